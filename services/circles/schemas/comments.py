"""Comments on notes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.circles.domain import Comment, ContentState
from services.circles.settings import settings
from services.shared.http.schemas import (
    CommentId,
    Disclosed,
    DisclosureResponse,
    RequestModel,
    ResponseModel,
    TakeDownReason,
    ViolationResponse,
)
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Text

CommentText = Annotated[
    str,
    Text(1000, lambda: settings().max_comment_length),
    Field(description="The text of the comment.", examples=["I saw it there too, yesterday."]),
]


class CommentRequest(RequestModel):
    """A comment. `parent_id` is the comment that it replies to."""

    text: CommentText
    parent_id: Annotated[
        CommentId | None,
        Field(description="The comment that this one replies to.", examples=["com_01JD8V5T9GZ4Q2X7M3N6P8R1SA"]),
    ] = None


class UpdateCommentRequest(RequestModel):
    """The new text of a comment."""

    text: CommentText


class CommentResponse(ResponseModel):
    """A comment as the caller sees it.

    One that is deleted, removed or taken down is a tombstone without text, author and reason. Its author gets these; of one
    that is taken down also the text.
    """

    comment_id: Annotated[str, Field(description="The comment.", examples=["com_01JD8V5T9GZ4Q2X7M3N6P8R1SA"])]
    note_id: Annotated[str, Field(description="The note.", examples=["note_01JD8V5T9GZ4Q2X7M3N6P8R1SA"])]
    author: Annotated[
        str | None,
        Field(
            description="The author; null in a tombstone of another user.", examples=["0d3c6ef0-4b55-4f0e-9d0a-6f2f7f1f6c11"]
        ),
    ]
    text: Annotated[
        str, Field(description="The text; empty in a tombstone of another user.", examples=["I saw it there too, yesterday."])
    ]
    created_at: Moment = Field(description="When it was posted.", examples=["2026-08-03T12:00:00.000Z"])
    parent_id: Annotated[
        str | None, Field(description="The comment that it replies to.", examples=["com_01JD8V5T9GZ4Q2X7M3N6P8R1SA"])
    ]
    state: Annotated[
        ContentState,
        Field(
            description="`deleted` by its author, `removed` by a moderator, `taken_down` by the platform: all are tombstones.",
            examples=["visible"],
        ),
    ]
    edited_at: Annotated[Moment | None, Field(description="When it was last edited.", examples=["2026-08-03T12:05:00.000Z"])]
    removal_reason: Annotated[
        str | None, Field(description="Why a moderator removed it; for its author.", examples=["It insults another member."])
    ]
    violation: TakeDownReason
    disclosure: Disclosed
    etag: Annotated[str, Field(description="Send it in If-Match to edit the comment.", examples=["1785758400000"])]

    @classmethod
    def of(cls, comment: Comment) -> CommentResponse:
        return cls(
            comment_id=comment.id,
            note_id=comment.note_id,
            author=comment.author or None,
            text=comment.text,
            created_at=comment.created_at,
            parent_id=comment.parent_id,
            state=comment.shown_state,
            edited_at=comment.edited_at,
            removal_reason=comment.removal.reason if comment.removal else None,
            violation=ViolationResponse.of(comment.take_downs.violation),
            disclosure=DisclosureResponse.of(comment.disclosure),
            etag=str(comment.version),
        )
