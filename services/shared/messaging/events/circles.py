"""What circles tells: circles, who is in them, their days and how they do, reports, guessing."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal

from services.shared.messaging.events.base import ContentReported, Event, EventData


class CircleData(EventData):
    circle_id: str
    name: str
    owner_id: str
    state: Literal["provisioned", "active", "read_only", "closed"]
    read_only_until: datetime | None = None


class CircleActivated(Event):
    """An owner opened a circle."""

    SOURCE = "coterie.circles"
    data: CircleData


class CircleChanged(Event):
    """A circle may only be read for now (without `read_only_until`: until it is told otherwise), or is open again."""

    SOURCE = "coterie.circles"
    data: CircleData


class SuccessionOfferedData(EventData):
    succession_id: str
    circle_id: str
    owner_id: str
    candidate_id: str
    kind: Literal["transfer", "succession"]
    state: Literal["offered", "withdrawn"]
    ends_at: datetime


class SuccessionOffered(Event):
    """A circle was offered to somebody, by its owner or since its owner is absent; or the offer was withdrawn."""

    SOURCE = "coterie.circles"
    data: SuccessionOfferedData


class MembershipChangedData(EventData):
    circle_id: str
    user_id: str
    role: Literal["owner", "co_owner", "moderator", "buyer", "regular", "member", "newcomer"]
    state: Literal["pending", "member", "left", "kicked", "banned"]
    invited_by: str = ""
    muted_until: datetime | None = None


class MembershipChanged(Event):
    """Somebody waits to be let in, joined, left, was muted, kicked or banned, or has another role."""

    SOURCE = "coterie.circles"
    data: MembershipChangedData


class DigestReadyData(EventData):
    circle_id: str
    day: date
    notes: int
    note_ids: list[str]


class DigestReady(Event):
    """What a circle's day brought: how many notes, and those most spoken of. For whoever tells members of it."""

    SOURCE = "coterie.circles"
    data: DigestReadyData


class DigestChosenData(EventData):
    circle_id: str
    user_id: str
    on: bool
    quiet_from: time
    quiet_until: time


class DigestChosen(Event):
    """Whether a member wants a circle's digest, and the hours, in China, in which nothing shall be pushed to them."""

    SOURCE = "coterie.circles"
    data: DigestChosenData


class HealthMeasuredData(EventData):
    circle_id: str
    owner_id: str
    words: int
    speakers: int
    first_reply: int | None
    concentration: int | None
    insularity: int | None
    commercial: int | None
    silent_days: int
    score: int


class HealthMeasured(Event):
    """How a circle does, measured once a week; in thousandths, by docs/health.md."""

    SOURCE = "coterie.circles"
    data: HealthMeasuredData


class NoteReported(ContentReported):
    """Somebody reported a note or a comment, as it looked then."""

    SOURCE = "coterie.circles"


class CircleDormant(ContentReported):
    """Nobody has spoken in a circle for two weeks: the platform's own report of it."""

    SOURCE = "coterie.circles"


class GuessingAlarmRaisedData(EventData):
    window_start: datetime
    wrong: int


class GuessingAlarmRaised(Event):
    """Wrong passcodes over the whole platform passed the alarm's limit within one window."""

    SOURCE = "coterie.circles"
    data: GuessingAlarmRaisedData
