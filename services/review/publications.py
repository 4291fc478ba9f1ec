"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.shared.events import (
    ApplicationRejected,
    ApplicationState,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    PersonSuspended,
    Seat,
    SeatGranted,
    Standing,
)
from services.shared.facts import Fact, Publications
from services.shared.table import Item

StateEvent = TypeVar("StateEvent", ApplicationSubmitted, ApplicationRejected, ApplicationWaitlisted)


def state_event(event: type[StateEvent]) -> Callable[[Item, Fact], StateEvent]:
    def build(item: Item, fact: Fact) -> StateEvent:
        data = ApplicationState(application_id=item["id"], applicant_id=item["applicant"], state=item["state"])
        return event(**fact.envelope(item["id"]), data=data)

    return build


def seat_granted(item: Item, fact: Fact) -> SeatGranted:
    data = Seat(
        application_id=item["id"],
        applicant_id=item["applicant"],
        cohort=item["cohort"],
        seat=item["seat"],
        circle_name=item["circle_name"],
        circle_tags=item["content"]["circle_tags"],
    )
    return SeatGranted(**fact.envelope(item["id"]), data=data)


def person_suspended(item: Item, fact: Fact) -> PersonSuspended:
    data = Standing(user_id=item["user_id"], suspended=item["suspended"], valid_after=item["valid_after"])
    return PersonSuspended(**fact.envelope(item["user_id"]), data=data)


PUBLICATIONS: Publications = {
    "ApplicationSubmitted": state_event(ApplicationSubmitted),
    "ApplicationRejected": state_event(ApplicationRejected),
    "ApplicationWaitlisted": state_event(ApplicationWaitlisted),
    "SeatGranted": seat_granted,
    "PersonSuspended": person_suspended,
}
