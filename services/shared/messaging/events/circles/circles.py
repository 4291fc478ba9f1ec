"""The events of circles, their members, digests and health."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import ContentReported, Event, EventData


class CircleData(EventData):
    """activated_at: when its owner activated it. selling_paused_until: the end of the latest pause of sales."""

    circle_id: str
    name: str
    owner_id: str
    state: Literal["provisioned", "active", "read_only", "closed"]
    read_only_until: Moment | None = None
    activated_at: Moment | None = None
    selling_paused_until: Moment | None = None
    tags: tuple[str, ...] = ()


class CircleActivated(Event):
    """The owner activated a circle."""

    SOURCE = "coterie.circles"
    data: CircleData


class CircleChanged(Event):
    """A circle became read-only, active again, or closed, or has a new owner or another name.

    read_only_until: None if the circle is read-only until another event.
    """

    SOURCE = "coterie.circles"
    data: CircleData


class SuccessionOfferedData(EventData):
    succession_id: str
    circle_id: str
    owner_id: str
    candidate_id: str
    kind: Literal["transfer", "succession"]
    state: Literal["offered", "withdrawn"]
    expires_at: Moment


class SuccessionOffered(Event):
    """A circle was offered to a candidate, or the offer was withdrawn.

    kind: a transfer by the owner, or a succession because the owner is absent.
    """

    SOURCE = "coterie.circles"
    data: SuccessionOfferedData


class MembershipChangedData(EventData):
    circle_id: str
    user_id: str
    role: Literal["owner", "co_owner", "moderator", "buyer", "regular", "member", "newcomer"]
    state: Literal["pending", "member", "left", "kicked", "banned"]
    invited_by: str = ""
    muted_until: Moment | None = None
    member_since: Moment | None = None
    approved_at: Moment | None = None
    excluded_at: Moment | None = None
    needs_approval: bool = False


class MembershipChanged(Event):
    """A membership changed: its state, its role or its mute.

    member_since: when the user became a member; None in any other state.
    approved_at: when a moderator approved this membership; None if none did. excluded_at: when the user was kicked or banned.
    needs_approval: whether a pending user waits for a moderator, and not for their own answers.
    """

    SOURCE = "coterie.circles"
    data: MembershipChangedData


class DigestReadyData(EventData):
    circle_id: str
    day: date
    notes: int
    note_ids: list[str]


class DigestReady(Event):
    """The daily digest of a circle, for the service that notifies members.

    notes: number of notes of the day. note_ids: the notes with the most activity.
    """

    SOURCE = "coterie.circles"
    data: DigestReadyData


class DigestPreferenceChangedData(EventData):
    circle_id: str
    user_id: str
    on: bool
    quiet_from: time
    quiet_until: time


class DigestPreferenceChanged(Event):
    """A member chose whether to get a circle's digest.

    quiet_from, quiet_until: the hours in China time without push notifications.
    """

    SOURCE = "coterie.circles"
    data: DigestPreferenceChangedData


class HealthMeasuredData(EventData):
    circle_id: str
    owner_id: str
    posts: int
    authors: int
    first_reply: int | None
    concentration: int | None
    insularity: int | None
    commercial: int | None
    silent_days: int
    score: int


class HealthMeasured(Event):
    """The health metrics of a circle, measured once a week, in thousandths (docs/health.md)."""

    SOURCE = "coterie.circles"
    data: HealthMeasuredData


class CircleDormant(ContentReported):
    """A circle has had no post for 14 days (by default). The platform reports it without a reporter."""

    SOURCE = "coterie.circles"
