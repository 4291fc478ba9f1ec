"""The events this service listens to, and the use case that takes each."""

from services.circles import usecases
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountVerified,
    ListingChanged,
    OwnerRemoved,
    SeatGranted,
    SuccessionAnswered,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    AccountVerified: usecases.apply_account_verified,
    SeatGranted: usecases.provision_circle,
    ListingChanged: usecases.apply_listing_changed,
    OwnerRemoved: usecases.lose_owner,
    SuccessionAnswered: usecases.take_answer,
    AccountStatusChanged: usecases.apply_account_status_changed,
}
