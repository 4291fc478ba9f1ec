"""The events this service listens to, and the use case that takes each."""

from services.commerce import usecases
from services.shared.messaging.events import (
    AccountStatusChanged,
    CircleActivated,
    CircleChanged,
    MembershipChanged,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    CircleActivated: usecases.keep_owner,
    CircleChanged: usecases.keep_owner,
    MembershipChanged: usecases.keep_participant,
    AccountStatusChanged: usecases.apply_account_status_changed,
}
