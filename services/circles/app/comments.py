"""Routes of comments on notes."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import COMMERCIAL, ROLE, WRITABLE, api
from services.circles.errors import BlockedByAuthor, NewcomerLimitExceeded
from services.shared.http.schemas import ReportRequest
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

COMMENTS = "/circles/{circle_id}/notes/{note_id}/comments"
COMMENT = f"{COMMENTS}/{{comment_id}}"


@api.post(COMMENTS, kind=ActionKind.SPEAK, status=201, raises=(*WRITABLE, NewcomerLimitExceeded, BlockedByAuthor, *COMMERCIAL))
def add_comment(
    caller: Caller, circle_id: str, note_id: str, key: IdempotencyKey, body: schemas.CommentRequest
) -> schemas.CommentResponse:
    """Comment on a note, or reply to a comment that is neither deleted nor removed."""
    return schemas.CommentResponse.of(
        usecases.add_comment(wiring.ports(), caller, circle_id, note_id, key, text=body.text, parent_id=body.parent_id)
    )


@api.get(COMMENTS)
def list_comments(caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> Page[schemas.CommentResponse]:
    """List the comments of a note, oldest first. A deleted or removed one is a tombstone without text."""
    return usecases.list_comments(wiring.ports(), caller, circle_id, note_id, page).map(schemas.CommentResponse.of)


@api.put(COMMENT, kind=ActionKind.SPEAK, raises=(*WRITABLE, *ROLE, NewcomerLimitExceeded, *COMMERCIAL))
def update_comment(
    caller: Caller, circle_id: str, note_id: str, comment_id: str, request: ChangeRequest, body: schemas.UpdateCommentRequest
) -> schemas.CommentResponse:
    """Edit the text of your comment. You and the moderators can read its earlier texts."""
    comment = usecases.update_comment(wiring.ports(), caller, circle_id, note_id, comment_id, request, body.text)
    return schemas.CommentResponse.of(comment)


@api.delete(COMMENT, kind=ActionKind.OWN_DATA, raises=ROLE)
def delete_comment(caller: Caller, circle_id: str, note_id: str, comment_id: str) -> None:
    """Delete your comment for good. Its replies stay where they are."""
    usecases.delete_comment(wiring.ports(), caller, circle_id, note_id, comment_id)


@api.post(f"{COMMENT}/removal", kind=ActionKind.MODERATE, raises=ROLE)
def remove_comment(caller: Caller, circle_id: str, note_id: str, comment_id: str, body: schemas.RemovalRequest) -> None:
    """Remove a comment of a member below your rank. Its author reads the reason."""
    usecases.remove_comment(wiring.ports(), caller, circle_id, note_id, comment_id, body.reason)


@api.get(f"{COMMENT}/revisions", raises=ROLE)
def list_comment_revisions(
    caller: Caller, circle_id: str, note_id: str, comment_id: str, page: PageRequest
) -> Page[schemas.RevisionResponse]:
    """List the earlier texts of a comment, newest first, as its author or as a moderator."""
    revisions = usecases.list_comment_revisions(wiring.ports(), caller, circle_id, note_id, comment_id, page)
    return revisions.map(schemas.RevisionResponse.of)


@api.post(f"{COMMENT}/reports", kind=ActionKind.SPEAK)
def report_comment(caller: Caller, circle_id: str, note_id: str, comment_id: str, body: ReportRequest) -> None:
    """Report a comment to the platform."""
    usecases.report_comment(wiring.ports(), caller, circle_id, note_id, comment_id, body.report_input)
