"""Notes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from services.circles.domain import Content, ContentState, Draft, Revision
from services.circles.domain.show import BADGE, Show
from services.circles.settings import settings
from services.circles.usecases.notes import NoteInput, NoteView
from services.circles.usecases.receipts import ShowInput
from services.shared.http.pictures import PictureResponse, StoredPictureResponse, stored_fields
from services.shared.http.schemas import (
    Disclosed,
    DisclosureResponse,
    ListingId,
    OptionId,
    OrderId,
    PictureId,
    ProductCardResponse,
    ReportRequest,
    RequestModel,
    ResponseModel,
    TakeDownReason,
    ViolationResponse,
)
from services.shared.kernel.limits import list_at_most
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Line, Paragraph, Text
from services.shared.pictures.addresses import PictureAddresses
from services.shared.security.violations import Violation

NoteText = Annotated[str, Text(4000, lambda: settings().max_note_length)]
Tags = Annotated[list[Line], Field(default_factory=list, max_length=5), list_at_most(lambda: settings().max_tags)]


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


class ShowRequest(RequestModel):
    """The product of an order that you received in this circle. The server decides whether it is verified."""

    order_id: OrderId
    listing_id: ListingId
    option_id: OptionId = ""

    @property
    def show_input(self) -> ShowInput:
        return ShowInput(self.order_id, self.listing_id, self.option_id)


class PostNoteRequest(NoteRequest):
    """A note to publish, as a note or as the show of a product that you bought and received (买家秀)."""

    show: Annotated[
        ShowRequest | None, Field(description="What the note shows; null for a note that is no show.", examples=[None])
    ] = None

    @property
    def note_input(self) -> NoteInput:
        content = super().note_input
        return replace(content, show=self.show.show_input) if self.show else content


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


class ContentResponse(ResponseModel):
    """The content of a note, a draft or a revision."""

    text: str
    tags: list[str]


class DraftResponse(ContentResponse):
    """A draft. Name the ids of its `pictures` again when you update it."""

    draft_id: str
    circle_id: str
    pictures: Annotated[list[PictureResponse], Field(description="The pictures, in their order.", examples=[[]])]
    listings: list[str]
    saved_at: Moment
    etag: str

    @classmethod
    def of(cls, draft: Draft, addresses: PictureAddresses) -> DraftResponse:
        ids = draft.circle_id, draft.author
        return cls(
            draft_id=draft.id,
            circle_id=draft.circle_id,
            **_content_fields(draft.content),
            pictures=[PictureResponse.of(picture, *ids, addresses) for picture in draft.content.pictures],
            listings=list(draft.content.listings),
            saved_at=draft.saved_at,
            etag=str(draft.version),
        )


class RevisionResponse(ContentResponse):
    """An earlier revision of a note or comment, and when its author wrote it. A comment has neither tags nor pictures."""

    revision: int
    written_at: Moment
    pictures: Annotated[
        list[StoredPictureResponse], Field(description="The pictures. An edit changes none: the note has them.", examples=[[]])
    ]

    @classmethod
    def of(cls, revision: Revision) -> RevisionResponse:
        pictures = [StoredPictureResponse(**stored_fields(picture)) for picture in revision.content.pictures]
        content = _content_fields(revision.content)
        return cls(revision=revision.number, written_at=revision.written_at, pictures=pictures, **content)


class NoteReportRequest(ReportRequest):
    """The reason of a report of a note, or of one picture of it."""

    picture_id: Annotated[
        PictureId | None,
        Field(
            description="The picture of the note that breaks the rules; null for the whole note.",
            examples=["pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"],
        ),
    ] = None


class HiddenPictureResponse(ResponseModel):
    """A picture of your note that the platform has taken down, and the rule that it breaks."""

    picture_id: Annotated[str, Field(description="The picture.", examples=["pic_01K3ZKXB4M8Q2V5T7W9Y1A3C5E"])]
    violation: ViolationResponse = Field(description="The rule that it breaks.")

    @classmethod
    def of(cls, picture_id: str, violation: Violation) -> HiddenPictureResponse:
        return cls.model_validate({"picture_id": picture_id, "violation": ViolationResponse.of(violation)})


class ShowResponse(ResponseModel):
    """The badge of a verified buyer: the author bought, received and kept this option. Only the server sets it."""

    listing_id: str
    option_id: str
    verified: Annotated[Literal[True], Field(description="Always true: a note without the badge has no show.", examples=[True])]
    en: Annotated[str, Field(description="The badge in English.", examples=[BADGE[0]])]
    zh_cn: Annotated[str, Field(description="The badge in Chinese.", examples=[BADGE[1]])]

    @classmethod
    def of(cls, show: Show | None) -> ShowResponse | None:
        """Return the response; None for a note without the badge."""
        if show is None:
            return None
        en, zh_cn = BADGE
        return cls(listing_id=show.listing_id, option_id=show.option_id, verified=True, en=en, zh_cn=zh_cn)


class NoteResponse(ContentResponse):
    """A note as the caller sees it.

    `revision` counts its edits, from 1. `cards` are its listings as they are on sale now.
    """

    note_id: str
    circle_id: str
    author: str
    pictures: Annotated[list[PictureResponse], Field(description="The pictures, in their order.", examples=[[]])]
    cards: list[ProductCardResponse]
    disclosure: Disclosed
    show: Annotated[
        ShowResponse | None,
        Field(description="What its verified buyer shows; null for other notes, and once it is returned.", examples=[None]),
    ]
    created_at: Moment
    revision: int
    edited_at: Moment | None
    highlighted: bool
    likes: int
    comments: int
    liked_by_caller: bool
    state: Annotated[
        ContentState,
        Field(
            description="For its author, `removed` by a moderator or `taken_down` by the platform; otherwise `visible`.",
            examples=["visible"],
        ),
    ]
    removal_reason: Annotated[
        str | None, Field(description="Why it was removed; for its author.", examples=["It shows where a nest is."])
    ]
    violation: TakeDownReason
    hidden_pictures: Annotated[
        list[HiddenPictureResponse],
        Field(description="The pictures that the platform has taken down; for its author.", examples=[[]]),
    ]
    etag: str

    @classmethod
    def of(cls, view: NoteView, addresses: PictureAddresses, *, full: bool = False) -> NoteResponse:
        """Return the response. full: with the addresses of the full size, where one note is read."""
        note = view.note
        ids = note.circle_id, note.author
        return cls(
            note_id=note.id,
            circle_id=note.circle_id,
            author=note.author,
            pictures=[PictureResponse.of(picture, *ids, addresses, full=full) for picture in note.shown_pictures],
            **_content_fields(note.content),
            cards=[ProductCardResponse.of(card) for card in view.cards],
            disclosure=DisclosureResponse.of(note.disclosure),
            show=ShowResponse.of(note.show),
            created_at=note.created_at,
            revision=note.revision,
            edited_at=note.edited_at,
            highlighted=note.highlighted_at is not None,
            likes=note.likes,
            comments=note.comments,
            liked_by_caller=view.liked,
            state=note.shown_state,
            removal_reason=note.removal.reason if note.removal else None,
            violation=ViolationResponse.of(note.take_downs.violation),
            hidden_pictures=[HiddenPictureResponse.of(*hidden) for hidden in view.hidden_pictures],
            etag=str(note.version),
        )


def _content_fields(content: Content) -> dict[str, Any]:
    return {"text": content.text, "tags": list(content.tags)}
