"""The events that this service subscribes to, each with the function that applies it."""

from services.circles.usecases import projections
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountVerified,
    ListingChanged,
    OwnerRemoved,
    SeatGranted,
    SuccessionDecided,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    AccountVerified: projections.apply_account_verified,
    SeatGranted: projections.apply_seat_granted,
    ListingChanged: projections.apply_listing_changed,
    OwnerRemoved: projections.apply_owner_removed,
    SuccessionDecided: projections.apply_succession_decided,
    AccountStatusChanged: projections.apply_account_status_changed,
}
