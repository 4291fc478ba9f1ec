"""Notes, their pictures and comments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.domain.member import Action, Member
from services.circles.errors import NoteNotFound
from services.shared.clock import next_version

MOST_PICTURES = 18
MOST_PICTURE_BYTES = 8 * 1024 * 1024


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
class Note:
    """What a member posts. The counters are folded from the stream, outside the note's version."""

    id: str
    circle_id: str
    author: str
    text: str
    tags: tuple[str, ...]
    pictures: tuple[Picture, ...]
    created_at: datetime
    version: int
    state: NoteState = NoteState.VISIBLE
    likes: int = 0
    comments: int = 0

    def remove(self, by: Member, *, at: datetime) -> Note:
        """By its author, or by who keeps order."""
        if by.user_id != self.author:
            by.require(Action.REMOVE_NOTE)
        return replace(self, state=NoteState.REMOVED, version=next_version(self.version, at))

    def require_visible(self) -> None:
        if self.state is not NoteState.VISIBLE:
            raise NoteNotFound


@dataclass(frozen=True, slots=True)
class Comment:
    """A word on a note, or on another comment of it."""

    id: str
    note_id: str
    author: str
    text: str
    created_at: datetime
    parent_id: str | None = None
