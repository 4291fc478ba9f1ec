"""The contract between services: one frozen class per event.

Publisher, consumer and rule pattern are tested against it.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from services.shared.messaging.events.activity import MemberActive, MemberDayData, MemberOpened, NotePosted, NotePostedData
from services.shared.messaging.events.base import (
    ContentReported,
    ContentReportedData,
    Event,
    EventData,
    ExportedPart,
    PartsExported,
    PartsExportedData,
    UserErased,
    UserErasedData,
)
from services.shared.messaging.events.campaigns import (
    CampaignConsentChanged,
    CampaignConsentChangedData,
    CampaignMessageSent,
    CampaignMessageSentData,
)
from services.shared.messaging.events.chat import (
    MessageReported,
    MessageReportedData,
    MessagesErased,
    MessagesExported,
    SurroundingMessageData,
)
from services.shared.messaging.events.circles import (
    AccountDeleted,
    AccountDeletedData,
    BlocksChanged,
    BlocksChangedData,
    CircleActivated,
    CircleChanged,
    CircleData,
    CircleDormant,
    CommentChanged,
    CommentChangedData,
    DeletionRequested,
    DeletionRequestedData,
    DigestPreferenceChanged,
    DigestPreferenceChangedData,
    DigestReady,
    DigestReadyData,
    ExportRequested,
    ExportRequestedData,
    GuessingAlarmRaised,
    GuessingAlarmRaisedData,
    HealthMeasured,
    HealthMeasuredData,
    MembershipChanged,
    MembershipChangedData,
    NoteChanged,
    NoteChangedData,
    NoteLiked,
    NoteLikedData,
    NoteReported,
    SignedOut,
    SignedOutData,
    SuccessionOffered,
    SuccessionOfferedData,
)
from services.shared.messaging.events.commerce import (
    ChargebackChanged,
    ChargebackChangedData,
    DeletionChecked,
    DeletionCheckedData,
    DeletionObstacle,
    DifferenceReported,
    DisputeChanged,
    DisputeChangedData,
    ListingAttributionData,
    ListingChanged,
    ListingChangedData,
    ListingRemoved,
    ListingRemovedData,
    ListingReported,
    OrderAttributed,
    OrderAttributedData,
    OrderChanged,
    OrderChangedData,
    OrderLineData,
    OrderPartlyRefunded,
    OrderPartlyRefundedData,
    OrderSuspected,
    OrderSuspectedData,
    PaymentReported,
    PayoutAccountChanged,
    PayoutAccountChangedData,
    PayoutChanged,
    PayoutChangedData,
    ReceiptChanged,
    ReceiptChangedData,
    ReceiptLineData,
    ReturnChanged,
    ReturnChangedData,
    SellingReported,
    TradesErased,
    TradesExported,
    TradesReported,
)
from services.shared.messaging.events.review import (
    AccountStatusChanged,
    AccountStatusChangedData,
    AccountVerified,
    AccountVerifiedData,
    AppealDecided,
    AppealDecidedData,
    ApplicationData,
    ApplicationExpired,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    CircleNameChanged,
    CircleNameChangedData,
    DisputeOverdue,
    DisputeOverdueData,
    DisputeRuled,
    DisputeRuledData,
    InformationRequested,
    OwnerRemoved,
    OwnerRemovedData,
    ReportsDecided,
    ReportsDecidedData,
    ReportsErased,
    ReportsExported,
    ReviewerChanged,
    ReviewerChangedData,
    ReviewOverdue,
    SeatGranted,
    SeatGrantedData,
    SuccessionDecided,
    SuccessionDecidedData,
    TakeDownChanged,
    TakeDownChangedData,
    TradesDecided,
    TradesDecidedData,
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
    CircleNameChanged,
    AccountStatusChanged,
    SuccessionDecided,
    AccountVerified,
    ReviewerChanged,
    TakeDownChanged,
    ReportsDecided,
    AppealDecided,
    DisputeOverdue,
    DisputeRuled,
    TradesDecided,
    ChargebackChanged,
    ReturnChanged,
    DisputeChanged,
    CircleActivated,
    CircleChanged,
    SuccessionOffered,
    MembershipChanged,
    BlocksChanged,
    SignedOut,
    DigestReady,
    DigestPreferenceChanged,
    HealthMeasured,
    CircleDormant,
    CommentChanged,
    NoteChanged,
    NoteLiked,
    NoteReported,
    GuessingAlarmRaised,
    CampaignConsentChanged,
    CampaignMessageSent,
    ExportRequested,
    MessageReported,
    MessagesExported,
    ListingChanged,
    ListingRemoved,
    ListingReported,
    OrderAttributed,
    OrderChanged,
    OrderPartlyRefunded,
    ReceiptChanged,
    OrderSuspected,
    PaymentReported,
    DifferenceReported,
    SellingReported,
    TradesReported,
    PayoutChanged,
    PayoutAccountChanged,
    TradesExported,
    ReportsExported,
    DeletionRequested,
    DeletionChecked,
    AccountDeleted,
    MessagesErased,
    TradesErased,
    ReportsErased,
    MemberActive,
    MemberOpened,
    NotePosted,
)
BY_NAME = {event.name(): event for event in EVENTS}


class EventInvalid(Exception):
    """The envelope is not an event of the contract. The message is the reason, without any value of the event."""


def parse_event(detail: Any) -> Event:
    """Return the event in an envelope.

    Raises: EventInvalid (unknown name or schema version, or data that does not match the class).
    """
    if not isinstance(detail, dict):
        raise EventInvalid("no event in the message")
    event = BY_NAME.get(str(detail.get("name")))
    if event is None:
        raise EventInvalid("unknown event")
    if detail.get("schema_version") != event.SCHEMA_VERSION:
        raise EventInvalid(f"unknown schema version of {event.name()}")
    try:
        return event.model_validate(detail)
    except ValidationError as error:
        fields = sorted({".".join(map(str, flaw["loc"])) for flaw in error.errors(include_input=False, include_url=False)})
        raise EventInvalid(f"invalid data of {event.name()}: {', '.join(fields)}") from None
