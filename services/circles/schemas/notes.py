"""Notes and pictures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from services.circles.adapters.bucket import Upload
from services.circles.domain import Content, ContentState, Draft, PictureType, PictureUpload, Revision, UploadState
from services.circles.settings import settings
from services.circles.usecases.notes import NoteInput, NoteView
from services.shared.http.schemas import ListingId, PictureId, ProductCardResponse, RequestModel, ResponseModel
from services.shared.kernel.limits import at_most, list_at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line, Paragraph, Text

NoteText = Annotated[str, Text(4000, lambda: settings().max_note_length)]
Tags = Annotated[list[Line], Field(default_factory=list, max_length=5), list_at_most(lambda: settings().max_tags)]


class PictureRequest(RequestModel):
    """The type and the size in bytes of the picture to upload."""

    type: PictureType
    size: Annotated[int, Field(ge=1, le=8 * 1024 * 1024), at_most(lambda: settings().max_picture_bytes)]


class NoteRequest(RequestModel):
    """A note: tags by any of their names, uploaded pictures, and listings of this circle for product cards."""

    text: NoteText
    tags: Tags
    pictures: Annotated[
        list[PictureId], Field(default_factory=list, max_length=18), list_at_most(lambda: settings().max_pictures)
    ]
    listings: Annotated[list[ListingId], Field(default_factory=list, max_length=3), list_at_most(lambda: settings().max_cards)]

    @property
    def note_input(self) -> NoteInput:
        pictures, listings = tuple(dict.fromkeys(self.pictures)), tuple(dict.fromkeys(self.listings))
        return NoteInput(self.text, tuple(self.tags), pictures, listings)


class UpdateNoteRequest(RequestModel):
    """The new text and tags of a note; its pictures and product cards stay."""

    text: NoteText
    tags: Tags


class HighlightsQuery(RequestModel):
    """Text to search for in the highlights, in either Chinese script."""

    q: Annotated[str, Text(40, is_line=True)] | None = None


class RemovalRequest(RequestModel):
    """The reason for which a moderator removes a note or a comment. Its author reads it."""

    reason: Annotated[
        Paragraph, Field(description="Why it is removed. Its author reads it.", examples=["It shows where a nest is."])
    ]


class UploadResponse(ResponseModel):
    """Where to POST the picture as a form: first `fields`, then `file`. Then name `picture_id` in a note."""

    picture_id: str
    url: str
    fields: dict[str, str]

    @classmethod
    def of(cls, picture_id: str, upload: Upload) -> UploadResponse:
        return cls(picture_id=picture_id, url=upload.url, fields=upload.fields)


class PictureReasonResponse(ResponseModel):
    """Why a note cannot have an uploaded picture, with the text in both languages."""

    code: str
    en: str
    zh_cn: str

    @classmethod
    def of(cls, code: str) -> PictureReasonResponse:
        from services.shared.http.catalogue import FIELDS

        return cls(code=code, en=FIELDS[code].en, zh_cn=FIELDS[code].zh)


class UploadedPictureResponse(ResponseModel):
    """An uploaded picture. `type`, `width` and `height` are set if it is `ready`, otherwise `reason`.

    Ask again after a second while it is `processing`. A `rejected` picture stays rejected: upload another one.
    """

    picture_id: str
    state: UploadState
    reason: PictureReasonResponse | None
    type: PictureType | None
    width: int | None
    height: int | None

    @classmethod
    def of(cls, upload: PictureUpload) -> UploadedPictureResponse:
        picture = upload.picture
        return cls(
            picture_id=upload.id,
            state=upload.state,
            reason=PictureReasonResponse.of(upload.reason) if upload.reason else None,
            type=picture.type if picture else None,
            width=picture.width if picture else None,
            height=picture.height if picture else None,
        )


class PictureResponse(ResponseModel):
    """A picture's type, and its size in pixels."""

    type: PictureType
    width: int
    height: int


class PictureQuery(RequestModel):
    """The picture itself, or its thumbnail."""

    size: Literal["full", "thumb"] = "full"


class ContentResponse(ResponseModel):
    """The content of a note, a draft or a revision."""

    text: str
    tags: list[str]
    pictures: list[PictureResponse]


class DraftResponse(ContentResponse):
    """A draft. Name `picture_ids` again when you update it."""

    draft_id: str
    circle_id: str
    picture_ids: list[str]
    listings: list[str]
    saved_at: Moment
    etag: str

    @classmethod
    def of(cls, draft: Draft) -> DraftResponse:
        return cls(
            draft_id=draft.id,
            circle_id=draft.circle_id,
            picture_ids=[picture.id for picture in draft.content.pictures],
            **_content_fields(draft.content),
            listings=list(draft.content.listings),
            saved_at=draft.saved_at,
            etag=str(draft.version),
        )


class RevisionResponse(ContentResponse):
    """An earlier revision of a note or comment, and when its author wrote it. A comment has neither tags nor pictures."""

    revision: int
    written_at: Moment

    @classmethod
    def of(cls, revision: Revision) -> RevisionResponse:
        return cls(revision=revision.number, written_at=revision.written_at, **_content_fields(revision.content))


class NoteResponse(ContentResponse):
    """A note as the caller sees it.

    Its pictures are at `/circles/{circle_id}/notes/{note_id}/pictures/{index}`, from 0. `revision` counts its edits, from 1.
    `cards` are its listings as they are on sale now.
    """

    note_id: str
    circle_id: str
    author: str
    cards: list[ProductCardResponse]
    created_at: Moment
    revision: int
    edited_at: Moment | None
    highlighted: bool
    likes: int
    comments: int
    liked_by_caller: bool
    state: Annotated[
        ContentState, Field(description="`removed` for the author of a note that a moderator removed.", examples=["visible"])
    ]
    removal_reason: Annotated[
        str | None, Field(description="Why it was removed; for its author.", examples=["It shows where a nest is."])
    ]
    etag: str

    @classmethod
    def of(cls, view: NoteView) -> NoteResponse:
        note = view.note
        return cls(
            note_id=note.id,
            circle_id=note.circle_id,
            author=note.author,
            **_content_fields(note.content),
            cards=[ProductCardResponse.of(card) for card in view.cards],
            created_at=note.created_at,
            revision=note.revision,
            edited_at=note.edited_at,
            highlighted=note.highlighted_at is not None,
            likes=note.likes,
            comments=note.comments,
            liked_by_caller=view.liked,
            state=note.state,
            removal_reason=note.removal.reason if note.removal else None,
            etag=str(note.version),
        )


def _content_fields(content: Content) -> dict[str, Any]:
    pictures = [PictureResponse(type=picture.type, width=picture.width, height=picture.height) for picture in content.pictures]
    return {"text": content.text, "tags": list(content.tags), "pictures": pictures}
