"""The events this service listens to, and the use case that takes each."""

from services.circles import usecases
from services.shared.events import PersonSuspended, SeatGranted
from services.shared.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {
    SeatGranted: usecases.provision_circle,
    PersonSuspended: usecases.keep_standing,
}
