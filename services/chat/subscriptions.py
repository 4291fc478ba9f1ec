"""The events this service listens to, and the use case that takes each."""

from services.chat import usecases
from services.shared.messaging.events import (
    CircleActivated,
    CircleChanged,
    ListingChanged,
    MembershipChanged,
    StandingChanged,
)
from services.shared.messaging.inbox import Subscriptions
from services.shared.table.cards import keep_card

SUBSCRIPTIONS: Subscriptions = {
    CircleActivated: usecases.open_lobby,
    CircleChanged: usecases.keep_circle,
    MembershipChanged: usecases.keep_participant,
    ListingChanged: keep_card,
    StandingChanged: usecases.keep_standing,
}
