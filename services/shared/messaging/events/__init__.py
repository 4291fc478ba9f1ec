"""The contract between services: one frozen class per event.

Publisher, consumer and rule pattern are tested against it.
"""

from __future__ import annotations

from typing import Any

from services.shared.messaging.events.base import ContentReported, ContentReportedData, Event, EventData
from services.shared.messaging.events.chat import MessageReported
from services.shared.messaging.events.circles import (
    CircleActivated,
    CircleChanged,
    CircleData,
    CircleDormant,
    DigestPreferenceChanged,
    DigestPreferenceChangedData,
    DigestReady,
    DigestReadyData,
    GuessingAlarmRaised,
    GuessingAlarmRaisedData,
    HealthMeasured,
    HealthMeasuredData,
    MembershipChanged,
    MembershipChangedData,
    NoteReported,
    SuccessionOffered,
    SuccessionOfferedData,
)
from services.shared.messaging.events.commerce import (
    ListingChanged,
    ListingChangedData,
    ListingReported,
    OrderChanged,
    OrderChangedData,
)
from services.shared.messaging.events.review import (
    AccountStatusChanged,
    AccountStatusChangedData,
    AccountVerified,
    AccountVerifiedData,
    ApplicationData,
    ApplicationExpired,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    InformationRequested,
    OwnerRemoved,
    OwnerRemovedData,
    ReviewOverdue,
    SeatGranted,
    SeatGrantedData,
    SuccessionDecided,
    SuccessionDecidedData,
)

EVENTS: tuple[type[Event], ...] = (
    ApplicationSubmitted,
    InformationRequested,
    ApplicationRejected,
    ApplicationWaitlisted,
    ApplicationExpired,
    ReviewOverdue,
    SeatGranted,
    OwnerRemoved,
    AccountStatusChanged,
    SuccessionDecided,
    AccountVerified,
    CircleActivated,
    CircleChanged,
    SuccessionOffered,
    MembershipChanged,
    DigestReady,
    DigestPreferenceChanged,
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
    """Return the event in an envelope.

    Raises: KeyError (the name is not in the contract), ValidationError (the data does not match the class).
    """
    return BY_NAME[detail["name"]].model_validate(detail)
