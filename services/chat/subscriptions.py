"""The events this service listens to, and the use case that takes each."""

from services.chat import usecases
from services.shared.events import CircleActivated, ListingChanged, MembershipChanged, PersonSuspended
from services.shared.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    CircleActivated: usecases.open_lobby,
    MembershipChanged: usecases.keep_participant,
    ListingChanged: usecases.keep_card,
    PersonSuspended: usecases.keep_standing,
}
