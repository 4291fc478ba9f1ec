"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from services.shared.messaging.events import (
    AccountVerified,
    Answer,
    ApplicationLapsed,
    ApplicationRejected,
    ApplicationState,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    Human,
    InformationRequested,
    OwnerRemoved,
    Removal,
    ReviewOverdue,
    Seat,
    SeatGranted,
    StandingChanged,
    StandingState,
    SuccessionAnswered,
)
from services.shared.messaging.outbox import Fact, Publications
from services.shared.security.account_status import standing_from, state_of
from services.shared.table.port import Item

StateEvent = TypeVar(
    "StateEvent",
    ApplicationSubmitted,
    InformationRequested,
    ApplicationRejected,
    ApplicationWaitlisted,
    ApplicationLapsed,
    ReviewOverdue,
)


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


def owner_removed(item: Item, fact: Fact) -> OwnerRemoved:
    return OwnerRemoved(**fact.envelope(item["id"]), data=Removal(application_id=item["id"], owner_id=item["owner"]))


def standing_changed(item: Item, fact: Fact) -> StandingChanged:
    data = StandingState(user_id=item["user_id"], **state_of(standing_from(item)))
    return StandingChanged(**fact.envelope(item["user_id"]), data=data)


def succession_answered(item: Item, fact: Fact) -> SuccessionAnswered:
    data = Answer(
        succession_id=item["id"],
        circle_id=item["circle_id"],
        owner_id=item["owner"],
        candidate_id=item["candidate"],
        state=item["state"],
    )
    return SuccessionAnswered(**fact.envelope(item["id"]), data=data)


def account_verified(item: Item, fact: Fact) -> AccountVerified:
    return AccountVerified(**fact.envelope(item["user_id"]), data=Human(user_id=item["user_id"], human=item["human"]))


PUBLICATIONS: Publications = {
    "ApplicationSubmitted": state_event(ApplicationSubmitted),
    "InformationRequested": state_event(InformationRequested),
    "ApplicationRejected": state_event(ApplicationRejected),
    "ApplicationWaitlisted": state_event(ApplicationWaitlisted),
    "ApplicationLapsed": state_event(ApplicationLapsed),
    "ReviewOverdue": state_event(ReviewOverdue),
    "SeatGranted": seat_granted,
    "OwnerRemoved": owner_removed,
    "StandingChanged": standing_changed,
    "SuccessionAnswered": succession_answered,
    "AccountVerified": account_verified,
}
