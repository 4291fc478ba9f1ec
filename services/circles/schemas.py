"""What comes in and goes out over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, ValidationInfo, field_validator

from services.circles.domain import (
    Circle,
    CircleState,
    Comment,
    Member,
    MemberState,
    Note,
    Passcode,
    PictureType,
    Role,
    Sanction,
    SanctionKind,
)
from services.circles.domain.note import MOST_PICTURE_BYTES, MOST_PICTURES
from services.circles.domain.passcode import LIFE, MOST_USES
from services.shared.bucket import Upload
from services.shared.ids import PATTERNS
from services.shared.schemas import Shown, Strict
from services.shared.text import Line, Paragraph

PictureId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['picture_id']}$")]
CommentId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['comment_id']}$")]


class PasscodeIn(Strict):
    """How long and how often a new passcode opens the circle."""

    expires_in_hours: Annotated[int, Field(ge=1, le=720)] = int(LIFE.total_seconds()) // 3600
    max_uses: Annotated[int, Field(ge=1, le=1000)] = MOST_USES

    @property
    def life(self) -> timedelta:
        return timedelta(hours=self.expires_in_hours)


class JoinIn(Strict):
    """Any pasted text that holds one passcode."""

    passcode: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class SanctionIn(Strict):
    """A mute until a time, a kick, or a ban until a time (without one: for good). The reason is kept."""

    kind: SanctionKind
    reason: Paragraph
    until: Annotated[AwareDatetime | None, Field(validate_default=True)] = None

    @field_validator("until")
    @classmethod
    def fit_the_kind(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        kind = info.data.get("kind")
        if kind is SanctionKind.MUTE and until is None:
            raise ValueError("a mute needs an end")
        if kind is SanctionKind.KICK and until is not None:
            raise ValueError("a kick has no end")
        return until


class PardonIn(Strict):
    reason: Paragraph


class RoleIn(Strict):
    role: Literal["moderator", "member"]


class PictureIn(Strict):
    """The type and size in bytes of the picture to be uploaded."""

    type: PictureType
    size: Annotated[int, Field(ge=1, le=MOST_PICTURE_BYTES)]


class NoteIn(Strict):
    text: Paragraph
    tags: Annotated[list[Line], Field(default_factory=list, max_length=10)]
    pictures: Annotated[list[PictureId], Field(default_factory=list, max_length=MOST_PICTURES)]


class CommentIn(Strict):
    text: Annotated[Paragraph, Field(max_length=1000)]
    parent_id: CommentId | None = None


class SanctionOut(Shown):
    """What somebody is or was under, why, and until when."""

    kind: SanctionKind
    reason: str
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, sanction: Sanction | None) -> SanctionOut | None:
        if sanction is None:
            return None
        return cls(kind=sanction.kind, reason=sanction.reason, since=sanction.at, until=sanction.until)


class CircleOut(Shown):
    """A circle as one of its members sees it; while it is read-only nothing can be said or sold in it."""

    circle_id: str
    name: str
    tags: list[str]
    state: CircleState
    read_only: bool
    seat: int
    created_at: datetime
    my_role: Role
    my_mute: SanctionOut | None

    @classmethod
    def of(cls, circle: Circle, member: Member, at: datetime) -> CircleOut:
        return cls(
            circle_id=circle.id,
            name=circle.name,
            tags=list(circle.tags),
            state=circle.state,
            read_only=circle.is_read_only(at),
            seat=circle.seat,
            created_at=circle.created_at,
            my_role=member.role,
            my_mute=SanctionOut.of(member.muted(at)),
        )


class MemberOut(Shown):
    """A membership: `sanction` is the last kick or ban, `mute` the last mute; what is over by `until` is over."""

    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    joined_at: datetime
    sanction: SanctionOut | None
    mute: SanctionOut | None

    @classmethod
    def of(cls, member: Member) -> MemberOut:
        return cls(
            circle_id=member.circle_id,
            user_id=member.user_id,
            role=member.role,
            state=member.state,
            joined_at=member.joined_at,
            sanction=SanctionOut.of(member.sanction),
            mute=SanctionOut.of(member.mute),
        )


class PasscodeOut(Shown):
    """What is kept of a passcode; the code itself is not."""

    code_id: str
    issuer: str
    created_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    revoked: bool

    @classmethod
    def of(cls, passcode: Passcode) -> PasscodeOut:
        return cls(
            code_id=passcode.id,
            issuer=passcode.issuer,
            created_at=passcode.created_at,
            expires_at=passcode.ends_at,
            max_uses=passcode.max_uses,
            uses=passcode.uses,
            revoked=passcode.revoked,
        )


class IssuedPasscode(PasscodeOut):
    """A new passcode, shown this once."""

    passcode: str

    @classmethod
    def showing(cls, text: str, passcode: Passcode) -> IssuedPasscode:
        return cls(**PasscodeOut.of(passcode).model_dump(), passcode=text)


class UploadOut(Shown):
    """Where to POST the picture as a form: `fields` first, then `file`; then name `picture_id` in a note."""

    picture_id: str
    url: str
    fields: dict[str, str]

    @classmethod
    def of(cls, picture_id: str, upload: Upload) -> UploadOut:
        return cls(picture_id=picture_id, url=upload.url, fields=upload.fields)


class PictureOut(Shown):
    """A picture's type and, in pixels, its size."""

    type: PictureType
    width: int
    height: int


class PictureQuery(Strict):
    """The picture itself, or its thumbnail of at most 480 pixels."""

    size: Literal["full", "thumb"] = "full"


class NoteOut(Shown):
    """A note; its pictures are seen at `/circles/{circle_id}/notes/{note_id}/pictures/{index}`, from 0."""

    note_id: str
    circle_id: str
    author: str
    text: str
    tags: list[str]
    pictures: list[PictureOut]
    created_at: datetime
    likes: int
    comments: int
    liked_by_me: bool

    @classmethod
    def of(cls, note: Note, liked: bool) -> NoteOut:
        return cls(
            note_id=note.id,
            circle_id=note.circle_id,
            author=note.author,
            text=note.text,
            tags=list(note.tags),
            pictures=[PictureOut(type=one.type, width=one.width, height=one.height) for one in note.pictures],
            created_at=note.created_at,
            likes=note.likes,
            comments=note.comments,
            liked_by_me=liked,
        )


class CommentOut(Shown):
    comment_id: str
    note_id: str
    author: str
    text: str
    created_at: datetime
    parent_id: str | None

    @classmethod
    def of(cls, comment: Comment) -> CommentOut:
        return cls(
            comment_id=comment.id,
            note_id=comment.note_id,
            author=comment.author,
            text=comment.text,
            created_at=comment.created_at,
            parent_id=comment.parent_id,
        )
