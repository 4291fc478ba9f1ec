"""THE contract between services: one frozen class per event, checked at the publisher, the consumer and the rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Data of an event. A reader ignores what a newer publisher added. Built when first used: a function meets few of them."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Event(Frozen):
    """What happened to one entity: its public state after the fact, with its version.

    `entity_version` grows with every write of the entity, so a reader keeps what is newer and drops the rest."""

    SOURCE: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1

    id: str
    entity_id: str
    entity_version: int
    occurred_at: datetime
    correlation_id: str

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def detail(self) -> dict[str, Any]:
        """The envelope as it travels: `{id, name, source, schema_version, entity_id, ..., data}`."""
        body = self.model_dump(mode="json")
        return {**body, "name": self.name(), "source": self.SOURCE, "schema_version": self.SCHEMA_VERSION}


class ApplicationState(Frozen):
    application_id: str
    applicant_id: str
    state: Literal["submitted", "needs_info", "active", "waitlisted", "rejected", "appealed", "upheld", "lapsed"]


class ApplicationSubmitted(Event):
    """An applicant handed in an application to own a circle, answered what was asked, or appealed."""

    SOURCE = "coterie.review"
    data: ApplicationState


class ApplicationRejected(Event):
    """A reviewer turned an application down, with the reasons."""

    SOURCE = "coterie.review"
    data: ApplicationState


class InformationRequested(Event):
    """A reviewer asked an applicant for something; the clock stands until they answer."""

    SOURCE = "coterie.review"
    data: ApplicationState


class ApplicationLapsed(Event):
    """An applicant did not answer in time. No rejection: they may apply again at once."""

    SOURCE = "coterie.review"
    data: ApplicationState


class ReviewOverdue(Event):
    """A review took longer than it may, and was given to whoever is free; told once."""

    SOURCE = "coterie.review"
    data: ApplicationState


class ApplicationWaitlisted(Event):
    """An application was approved when every seat of its cohort was taken."""

    SOURCE = "coterie.review"
    data: ApplicationState


class Seat(Frozen):
    application_id: str
    applicant_id: str
    cohort: str
    seat: int
    circle_name: str
    circle_tags: list[str]


class SeatGranted(Event):
    """An application was approved and took a seat of its cohort: its applicant may open a circle."""

    SOURCE = "coterie.review"
    data: Seat


class Removal(Frozen):
    application_id: str
    owner_id: str


class OwnerRemoved(Event):
    """Two people removed the owner of a circle, after a probation: it needs another."""

    SOURCE = "coterie.review"
    data: Removal


class StandingState(Frozen):
    user_id: str
    level: Literal["none", "warned", "muted", "restricted", "suspended", "banned"]
    until: datetime | None
    valid_after: int


class StandingChanged(Event):
    """A person was put under a sanction, or is so no longer; without `until` it holds until it is lifted. Tokens issued before
    `valid_after` (seconds) are void."""

    SOURCE = "coterie.review"
    data: StandingState


class CircleState(Frozen):
    circle_id: str
    name: str
    owner_id: str
    state: Literal["provisioned", "active", "read_only", "closed"]
    read_only_until: datetime | None = None


class CircleActivated(Event):
    """An owner opened a circle."""

    SOURCE = "coterie.circles"
    data: CircleState


class CircleChanged(Event):
    """A circle may only be read for now (without `read_only_until`: until it is told otherwise), or is open again."""

    SOURCE = "coterie.circles"
    data: CircleState


class MembershipState(Frozen):
    circle_id: str
    user_id: str
    role: Literal["owner", "co_owner", "moderator", "buyer", "regular", "member", "newcomer"]
    state: Literal["pending", "member", "left", "kicked", "banned"]
    invited_by: str = ""
    muted_until: datetime | None = None


class MembershipChanged(Event):
    """Somebody waits to be let in, joined, left, was muted, kicked or banned, or has another role."""

    SOURCE = "coterie.circles"
    data: MembershipState


class ReportState(Frozen):
    service: str
    kind: str
    subject_id: str
    circle_id: str
    author_id: str
    reporter_id: str
    reason: str
    words: str
    evidence: dict[str, Any]


class ContentReported(Event):
    """Somebody reported what somebody made, as it looked then. Each service that shows such things has one of this kind."""

    data: ReportState


class NoteReported(ContentReported):
    """Somebody reported a note or a comment, as it looked then."""

    SOURCE = "coterie.circles"


class ListingReported(ContentReported):
    """Somebody reported goods on offer, as they looked then."""

    SOURCE = "coterie.commerce"


class GuessingState(Frozen):
    window_start: datetime
    wrong: int


class GuessingAlarmRaised(Event):
    """Wrong passcodes over the whole platform passed the alarm's limit within one window."""

    SOURCE = "coterie.circles"
    data: GuessingState


class ListingState(Frozen):
    listing_id: str
    circle_id: str
    seller_id: str
    kind: Literal["merchant", "c2c"]
    title: str
    amount: int
    currency: str
    stock: int
    on_sale: bool


class ListingChanged(Event):
    """A listing was made or edited, or its stock has moved."""

    SOURCE = "coterie.commerce"
    data: ListingState


class OrderStateData(Frozen):
    order_id: str
    circle_id: str
    listing_id: str
    buyer_id: str
    seller_id: str
    quantity: int
    state: Literal["reserved", "expired", "paid", "refunding", "refunded", "shipped", "received", "completed"]


class OrderChanged(Event):
    """An order took a step; every transition tells of itself."""

    SOURCE = "coterie.commerce"
    data: OrderStateData


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
    CircleActivated,
    CircleChanged,
    MembershipChanged,
    NoteReported,
    GuessingAlarmRaised,
    ListingChanged,
    ListingReported,
    OrderChanged,
)
BY_NAME = {event.name(): event for event in EVENTS}


def parse_event(detail: dict[str, Any]) -> Event:
    """The event in an envelope; KeyError for a name that is not in the contract, ValidationError for a broken one."""
    return BY_NAME[detail["name"]].model_validate(detail)
