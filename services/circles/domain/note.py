"""Notes, their pictures and comments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.domain.member import Member
from services.circles.domain.roles import Action
from services.circles.errors import NewcomerLimit, NotAllowed, NoteNotFound, TooManyPins
from services.shared.kernel.clock import next_version

MAX_PICTURES = 18
MAX_PICTURE_BYTES = 8 * 1024 * 1024
MAX_TAGS = 5
MAX_CARDS = 3
NEWCOMER_PICTURES, NEWCOMER_MENTIONS = 1, 2

# An address of any kind: with a scheme, a name with a top level of letters (also written out), or four numbers.
_LINK = re.compile(
    r"[a-z][a-z0-9+.-]*:/|www\.|[a-z0-9-](?:\.| ?[。点] ?| dot )[a-z]{2,}(?![a-z])|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])",
    re.ASCII,
)
_MENTION = re.compile(r"(?<![A-Za-z0-9_.])@\w")
# Cyrillic and Greek letters that look like Latin ones.
_LOOK_ALIKES = str.maketrans("асеорхукмнтвіѕԁӏονικαρτχ", "aceopxykmhtbisdlovikaptx")


def _seen_as(text: str) -> str:
    """Text as a reader sees it: without what is invisible, in one width, in lower case, look-alikes as what they look like."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(one for one in plain if unicodedata.category(one) not in ("Cf", "Mn", "Me"))
    return visible.translate(_LOOK_ALIKES)


def require_fit(member: Member, text: str, pictures: int = 0) -> None:
    """What newcomers may post: no links, one picture, two mentions."""
    if member.may(Action.SPEAK_FREELY):
        return
    plain = _seen_as(text)
    if _LINK.search(plain) or pictures > NEWCOMER_PICTURES or len(_MENTION.findall(plain)) > NEWCOMER_MENTIONS:
        raise NewcomerLimit("No links, one picture, two mentions: read here on some days and more opens up.")


class NoteState(StrEnum):
    VISIBLE = "visible"
    REMOVED = "removed"


class PictureType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Picture:
    """`width` and `height` in pixels, as it is shown."""

    id: str
    type: PictureType
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What a note says: `tags` by their one name, `listings` the goods that its cards show."""

    text: str
    tags: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has not posted yet; nobody else sees it. Once it is posted, `note_id` tells retries of the
    note."""

    id: str
    circle_id: str
    author: str
    content: Content
    saved_at: datetime
    version: int
    note_id: str = ""
    dropped: bool = False

    @property
    def is_spent(self) -> bool:
        return self.dropped or bool(self.note_id)

    def say(self, content: Content, *, at: datetime) -> Draft:
        return replace(self, content=content, saved_at=at, version=next_version(self.version, at))

    def drop(self, *, at: datetime) -> Draft:
        return Draft(self.id, self.circle_id, self.author, Content(""), at, next_version(self.version, at), dropped=True)

    def publish(self, note_id: str, *, at: datetime) -> tuple[Draft, Note]:
        """A note of now, and the draft as what is left of it."""
        note = Note(note_id, self.circle_id, self.author, self.content, at, next_version(0, at))
        spent = Draft(self.id, self.circle_id, self.author, Content(""), at, next_version(self.version, at), note_id)
        return spent, note


@dataclass(frozen=True, slots=True)
class Note:
    """What a member posts. The counters are folded from the stream, outside the note's version. `revision` counts what it has
    said; what it said before is kept beside it. `archived_at` is when it was put among the circle's best."""

    id: str
    circle_id: str
    author: str
    content: Content
    created_at: datetime
    version: int
    state: NoteState = NoteState.VISIBLE
    likes: int = 0
    comments: int = 0
    revision: int = 1
    edited_at: datetime | None = None
    archived_at: datetime | None = None

    @property
    def is_visible(self) -> bool:
        return self.state is NoteState.VISIBLE

    def remove(self, by: Member, *, at: datetime) -> Note:
        """By its author, or by who keeps order."""
        if by.user_id != self.author:
            by.require(Action.REMOVE_NOTE)
        return replace(self, state=NoteState.REMOVED, version=next_version(self.version, at))

    def edit(self, by: Member, text: str, tags: tuple[str, ...], *, at: datetime) -> Note:
        """Say it otherwise; pictures and cards stay. By its author alone."""
        if by.user_id != self.author:
            raise NotAllowed
        content = replace(self.content, text=text, tags=tags)
        if content == self.content:
            return self
        after = replace(self, content=content, revision=self.revision + 1, edited_at=at)
        return replace(after, version=next_version(self.version, at))

    def archive(self, on: bool, *, at: datetime) -> Note:
        """Into the circle's best, or out again."""
        if bool(self.archived_at) is on:
            return self
        return replace(self, archived_at=at if on else None, version=next_version(self.version, at))

    def require_visible(self) -> None:
        if not self.is_visible:
            raise NoteNotFound


MAX_PINS = 5


@dataclass(frozen=True, slots=True)
class Pins:
    """The notes at the head of a circle's feed, the newest pin first."""

    circle_id: str
    note_ids: tuple[str, ...] = ()
    version: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.note_ids) >= MAX_PINS

    def pin(self, note_id: str, gone: Collection[str], *, at: datetime) -> Pins:
        """In place of what is `gone`, where there is no other."""
        if note_id in self.note_ids:
            return self
        kept = tuple(one for one in self.note_ids if one not in gone)
        if len(kept) >= MAX_PINS:
            raise TooManyPins
        return replace(self, note_ids=(note_id, *kept), version=next_version(self.version, at))

    def unpin(self, note_id: str, *, at: datetime) -> Pins:
        rest = tuple(one for one in self.note_ids if one != note_id)
        return self if rest == self.note_ids else replace(self, note_ids=rest, version=next_version(self.version, at))


@dataclass(frozen=True, slots=True)
class Comment:
    """A word on a note, or on another comment of it."""

    id: str
    note_id: str
    author: str
    text: str
    created_at: datetime
    parent_id: str | None = None
