"""The events of the circles service: circles, memberships, digests, health, reports, alarms."""

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


class BlocksChangedData(EventData):
    user_id: str
    blocked: list[str]


class BlocksChanged(Event):
    """A user blocked or unblocked another user. blocked: all users that they have blocked, in every circle."""

    SOURCE = "coterie.circles"
    data: BlocksChangedData


class SignedOutData(EventData):
    user_id: str
    signed_out_at: int


class SignedOut(Event):
    """A user signed out everywhere.

    signed_out_at: seconds since 1970; tokens of a sign-in before this second ends are invalid, also refreshed ones.
    """

    SOURCE = "coterie.circles"
    data: SignedOutData


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


class CommentChangedData(EventData):
    circle_id: str
    note_id: str
    comment_id: str
    author_id: str
    note_author_id: str
    parent_author_id: str = ""
    created_at: Moment
    is_visible: bool


class CommentChanged(Event):
    """A comment was added, or it ended: its author deleted it, or a moderator removed it. An edit is not published.

    is_visible: whether members see its text.
    """

    SOURCE = "coterie.circles"
    data: CommentChangedData


class NoteChangedData(EventData):
    """has_cards: whether it shows product cards, or did before it was deleted."""

    circle_id: str
    note_id: str
    author_id: str
    is_visible: bool
    has_cards: bool


class NoteChanged(Event):
    """A note ended: its author deleted it, or a moderator removed it. A new note is not published."""

    SOURCE = "coterie.circles"
    data: NoteChangedData


class NoteLikedData(EventData):
    circle_id: str
    note_id: str
    author_id: str
    likes: int
    liker_ids: list[str]


class NoteLiked(Event):
    """Users liked a note. Published for the first like of a minute, and after it if there were more; with all likes of then.

    The version is the moment, because counting likes does not change the version of the note.
    """

    SOURCE = "coterie.circles"
    data: NoteLikedData


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


class NoteReported(ContentReported):
    """A user reported content of circles: a note, a comment, a picture of a note, a profile, or the page or name of a circle.

    evidence: if it has pictures also `picture_folder`, where their copies are in the bucket of evidence.
    """

    SOURCE = "coterie.circles"


class CircleDormant(ContentReported):
    """A circle has had no post for 14 days (by default). The platform reports it without a reporter."""

    SOURCE = "coterie.circles"


class GuessingAlarmRaisedData(EventData):
    window_start: Moment
    wrong_guesses: int


class GuessingAlarmRaised(Event):
    """The wrong passcodes on the whole platform reached the threshold in the time of one guess window.

    window_start: of the fixed window in which that time ends. Each fixed window has at most one event.
    """

    SOURCE = "coterie.circles"
    data: GuessingAlarmRaisedData


class ExportRequestedData(EventData):
    """circle_id: empty for the whole account.

    requested_at: what is newer is not exported. expires_at: after that the export cannot be downloaded.
    """

    export_id: str
    circle_id: str
    user_id: str
    requested_at: Moment
    expires_at: Moment


class ExportRequested(Event):
    """A user requested an export of what is theirs in a circle or on the platform. Each service writes what it stores of it."""

    SOURCE = "coterie.circles"
    data: ExportRequestedData


class DeletionRequestedData(EventData):
    """check: the number of the check, which its results repeat."""

    user_id: str
    check: int


class DeletionRequested(Event):
    """A user requested the deletion of their account, or the time to withdraw has ended.

    Services check what must be finished first.
    """

    SOURCE = "coterie.circles"
    data: DeletionRequestedData


class AccountDeletedData(EventData):
    """content: what happens to what the user wrote for others."""

    user_id: str
    content: Literal["keep", "delete"]


class AccountDeleted(Event):
    """The erasure of an account has begun. Each service erases what it stores of the user."""

    SOURCE = "coterie.circles"
    data: AccountDeletedData
