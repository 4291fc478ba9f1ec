"""THE contract between services: one frozen class per event, checked at the publisher, the consumer and the rule."""

from __future__ import annotations

from typing import Any

from services.shared.messaging.events.base import (
    ContentReported,
    Event,
    Frozen,
    ReportState,
)
from services.shared.messaging.events.chat import MessageReported
from services.shared.messaging.events.circles import (
    CircleActivated,
    CircleChanged,
    CircleDormant,
    CircleState,
    DigestChoiceState,
    DigestChosen,
    DigestReady,
    DigestState,
    GuessingAlarmRaised,
    GuessingState,
    HealthMeasured,
    HealthState,
    MembershipChanged,
    MembershipState,
    NoteReported,
    OfferState,
    SuccessionOffered,
)
from services.shared.messaging.events.commerce import (
    ListingChanged,
    ListingReported,
    ListingState,
    OrderChanged,
    OrderStateData,
)
from services.shared.messaging.events.review import (
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

EVENTS: tuple[type[Event], ...] = (
    ApplicationSubmitted,
    InformationRequested,
    ApplicationRejected,
    ApplicationWaitlisted,
    ApplicationLapsed,
    ReviewOverdue,
    SeatGranted,
    OwnerRemoved,
    StandingChanged,
    SuccessionAnswered,
    AccountVerified,
    CircleActivated,
    CircleChanged,
    SuccessionOffered,
    MembershipChanged,
    DigestReady,
    DigestChosen,
    HealthMeasured,
    CircleDormant,
    NoteReported,
    GuessingAlarmRaised,
    MessageReported,
    ListingChanged,
    ListingReported,
    OrderChanged,
)
BY_NAME = {event.name(): event for event in EVENTS}


def parse_event(detail: dict[str, Any]) -> Event:
    """The event in an envelope; KeyError for a name that is not in the contract, ValidationError for a broken one."""
    return BY_NAME[detail["name"]].model_validate(detail)


__all__ = [
    "BY_NAME",
    "EVENTS",
    "AccountVerified",
    "Answer",
    "ApplicationLapsed",
    "ApplicationRejected",
    "ApplicationState",
    "ApplicationSubmitted",
    "ApplicationWaitlisted",
    "CircleActivated",
    "CircleChanged",
    "CircleDormant",
    "CircleState",
    "ContentReported",
    "DigestChoiceState",
    "DigestChosen",
    "DigestReady",
    "DigestState",
    "Event",
    "Frozen",
    "GuessingAlarmRaised",
    "GuessingState",
    "HealthMeasured",
    "HealthState",
    "Human",
    "InformationRequested",
    "ListingChanged",
    "ListingReported",
    "ListingState",
    "MembershipChanged",
    "MembershipState",
    "MessageReported",
    "NoteReported",
    "OfferState",
    "OrderChanged",
    "OrderStateData",
    "OwnerRemoved",
    "Removal",
    "ReportState",
    "ReviewOverdue",
    "Seat",
    "SeatGranted",
    "StandingChanged",
    "StandingState",
    "SuccessionAnswered",
    "SuccessionOffered",
    "parse_event",
]
