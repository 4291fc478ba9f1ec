"""The events this service listens to, and the use case that takes each."""

from services.circles import usecases
from services.shared.messaging.events import (
    AccountVerified,
    ListingChanged,
    OwnerRemoved,
    SeatGranted,
    StandingChanged,
    SuccessionAnswered,
)
from services.shared.messaging.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    AccountVerified: usecases.keep_human,
    SeatGranted: usecases.provision_circle,
    ListingChanged: usecases.keep_card,
    OwnerRemoved: usecases.lose_owner,
    SuccessionAnswered: usecases.take_answer,
    StandingChanged: usecases.keep_standing,
}
