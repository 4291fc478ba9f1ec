"""Notes, pictures and comments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.circles.adapters.bucket import Upload
from services.circles.domain import Comment, Content, Draft, PictureType
from services.circles.domain.note import MAX_CARDS, MAX_PICTURE_BYTES, MAX_PICTURES, MAX_TAGS
from services.circles.usecases.notes import ShownNote, Words
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.clock import from_millis
from services.shared.kernel.ids import PATTERNS
from services.shared.kernel.text import Line, Paragraph
from services.shared.table.cards import CardOut

PictureId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['picture_id']}$")]
ListingId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['listing_id']}$")]
CommentId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['comment_id']}$")]


def _once(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


class PictureRequest(RequestModel):
    """The type and size in bytes of the picture to be uploaded."""

    type: PictureType
    size: Annotated[int, Field(ge=1, le=MAX_PICTURE_BYTES)]


class NoteRequest(RequestModel):
    """Tags by any of their names, pictures that you have uploaded, goods of this circle for its cards."""

    text: Paragraph
    tags: Annotated[list[Line], Field(default_factory=list, max_length=MAX_TAGS)]
    pictures: Annotated[list[PictureId], Field(default_factory=list, max_length=MAX_PICTURES)]
    listings: Annotated[list[ListingId], Field(default_factory=list, max_length=MAX_CARDS)]

    @property
    def words(self) -> Words:
        return Words(self.text, tuple(self.tags), _once(self.pictures), _once(self.listings))


class UpdateNoteRequest(RequestModel):
    """What the note shall say; its pictures and cards stay."""

    text: Paragraph
    tags: Annotated[list[Line], Field(default_factory=list, max_length=MAX_TAGS)]


class ArchiveQuery(RequestModel):
    """Words to look for in the archive, in either script."""

    q: Annotated[Line | None, Field(max_length=40)] = None


class CommentRequest(RequestModel):
    text: Annotated[Paragraph, Field(max_length=1000)]
    parent_id: CommentId | None = None


class UploadResponse(ResponseModel):
    """Where to POST the picture as a form: `fields` first, then `file`; then name `picture_id` in a note."""

    picture_id: str
    url: str
    fields: dict[str, str]

    @classmethod
    def of(cls, picture_id: str, upload: Upload) -> UploadResponse:
        return cls(picture_id=picture_id, url=upload.url, fields=upload.fields)


class PictureResponse(ResponseModel):
    """A picture's type and, in pixels, its size."""

    type: PictureType
    width: int
    height: int


class PictureQuery(RequestModel):
    """The picture itself, or its thumbnail of at most 480 pixels."""

    size: Literal["full", "thumb"] = "full"


class ContentResponse(ResponseModel):
    """What a note says."""

    text: str
    tags: list[str]
    pictures: list[PictureResponse]


class DraftResponse(ContentResponse):
    """What you have not posted yet; `picture_ids` are the ones to name again when you save it."""

    draft_id: str
    circle_id: str
    picture_ids: list[str]
    listings: list[str]
    saved_at: datetime

    @classmethod
    def of(cls, draft: Draft) -> DraftResponse:
        said = draft.content
        ids = {"draft_id": draft.id, "circle_id": draft.circle_id, "picture_ids": [one.id for one in said.pictures]}
        return cls(**ids, **_said(said), listings=list(said.listings), saved_at=draft.saved_at)


class RevisionResponse(ContentResponse):
    """What a note said before."""

    revision: int
    said_at: datetime

    @classmethod
    def of(cls, revision: int, at: int, said: Content) -> RevisionResponse:
        return cls(revision=revision, said_at=from_millis(at), **_said(said))


class NoteResponse(ContentResponse):
    """A note; its pictures are seen at `/circles/{circle_id}/notes/{note_id}/pictures/{index}`, from 0. `revision` counts what
    it has said; `cards` are goods as they are on sale now."""

    note_id: str
    circle_id: str
    author: str
    cards: list[CardOut]
    created_at: datetime
    revision: int
    edited_at: datetime | None
    archived: bool
    likes: int
    comments: int
    liked_by_caller: bool

    @classmethod
    def of(cls, shown: ShownNote) -> NoteResponse:
        note = shown.note
        return cls(
            note_id=note.id,
            circle_id=note.circle_id,
            author=note.author,
            **_said(note.content),
            cards=[CardOut.of(card) for card in shown.cards],
            created_at=note.created_at,
            revision=note.revision,
            edited_at=note.edited_at,
            archived=note.archived_at is not None,
            likes=note.likes,
            comments=note.comments,
            liked_by_caller=shown.liked,
        )


def _said(content: Content) -> dict[str, Any]:
    pictures = [PictureResponse(type=one.type, width=one.width, height=one.height) for one in content.pictures]
    return {"text": content.text, "tags": list(content.tags), "pictures": pictures}


class CommentResponse(ResponseModel):
    comment_id: str
    note_id: str
    author: str
    text: str
    created_at: datetime
    parent_id: str | None

    @classmethod
    def of(cls, comment: Comment) -> CommentResponse:
        return cls(
            comment_id=comment.id,
            note_id=comment.note_id,
            author=comment.author,
            text=comment.text,
            created_at=comment.created_at,
            parent_id=comment.parent_id,
        )
