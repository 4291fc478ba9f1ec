"""Notes, pictures and comments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.circles.domain import (
    Comment,
    Note,
    PictureType,
)
from services.circles.domain.note import MOST_PICTURE_BYTES, MOST_PICTURES
from services.shared.bucket import Upload
from services.shared.ids import PATTERNS
from services.shared.schemas import Shown, Strict
from services.shared.text import Line, Paragraph

PictureId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['picture_id']}$")]
CommentId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['comment_id']}$")]


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
