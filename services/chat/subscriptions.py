"""The events this service listens to, and the use case that takes each."""

from services.chat import usecases
from services.shared.messaging.events import (
    AccountStatusChanged,
    CircleActivated,
    CircleChanged,
    ListingChanged,
    MembershipChanged,
)
from services.shared.messaging.inbox import Subscriptions
from services.shared.table.cards import apply_listing_changed

SUBSCRIPTIONS: Subscriptions = {
    CircleActivated: usecases.open_lobby,
    CircleChanged: usecases.keep_circle,
    MembershipChanged: usecases.keep_participant,
    ListingChanged: apply_listing_changed,
    AccountStatusChanged: usecases.apply_account_status_changed,
}
