"""What is called about notes, their pictures, comments and likes."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import (
    OPEN,
    POSTING,
    ROLE,
    WRITING,
    api,
)
from services.circles.errors import Blocked, NewcomerLimit, TagsUnknown
from services.shared.http.responses import PageRequest, PageResponse, Redirect
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportIn


@api.post("/circles/{circle_id}/pictures", status=201, raises=WRITING)
def create_upload(caller: Caller, circle_id: str, body: schemas.PictureRequest) -> schemas.UploadResponse:
    """Get an address to upload one picture to."""
    return schemas.UploadResponse.of(*usecases.create_upload(wiring.ports(), caller, circle_id, body.type, body.size))


@api.post("/circles/{circle_id}/notes", status=201, raises=(*WRITING, *POSTING, KeyReused))
def post_note(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.NoteRequest) -> schemas.NoteResponse:
    """Post a note, with up to 18 pictures."""
    return schemas.NoteResponse.of(usecases.post_note(wiring.ports(), caller, circle_id, key, body.words))


@api.get("/circles/{circle_id}/notes")
def list_notes(caller: Caller, circle_id: str, page: PageRequest) -> PageResponse[schemas.NoteResponse]:
    """Read the feed of a circle, newest first."""
    found, rest = usecases.list_notes(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.NoteResponse.of(one) for one in found], rest)


@api.get("/circles/{circle_id}/notes/{note_id}")
def get_note(caller: Caller, circle_id: str, note_id: str) -> schemas.NoteResponse:
    """Read a note."""
    return schemas.NoteResponse.of(usecases.get_note(wiring.ports(), caller, circle_id, note_id))


@api.put("/circles/{circle_id}/notes/{note_id}", raises=(*WRITING, *ROLE, NewcomerLimit, TagsUnknown))
def update_note(caller: Caller, circle_id: str, note_id: str, body: schemas.UpdateNoteRequest) -> schemas.NoteResponse:
    """Say a note of yours otherwise; what it said before is kept for you and for who keeps order."""
    return schemas.NoteResponse.of(usecases.update_note(wiring.ports(), caller, circle_id, note_id, body.text, body.tags))


@api.get("/circles/{circle_id}/notes/{note_id}/revisions", raises=ROLE)
def list_revisions(caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> PageResponse[schemas.RevisionResponse]:
    """Read what a note said before, newest first: its author may, and who keeps order."""
    found, rest = usecases.list_revisions(wiring.ports(), caller, circle_id, note_id, page.limit, page.start)
    return page.answer([schemas.RevisionResponse.of(*one) for one in found], rest)


@api.delete("/circles/{circle_id}/notes/{note_id}", raises=ROLE)
def remove_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a note out of sight."""
    usecases.remove_note(wiring.ports(), caller, circle_id, note_id)


@api.get("/circles/{circle_id}/notes/{note_id}/pictures/{index}")
def get_picture_url(caller: Caller, circle_id: str, note_id: str, index: str, query: schemas.PictureQuery) -> Redirect:
    """See a picture of a note or its thumbnail, by an address that lasts a minute."""
    thumb = query.size == "thumb"
    return Redirect(usecases.get_picture_url(wiring.ports(), caller, circle_id, note_id, int(index), thumb=thumb))


@api.post("/circles/{circle_id}/notes/{note_id}/comments", status=201, raises=(*WRITING, NewcomerLimit, Blocked, KeyReused))
def add_comment(
    caller: Caller, circle_id: str, note_id: str, key: IdempotencyKey, body: schemas.CommentRequest
) -> schemas.CommentResponse:
    """Comment on a note, or answer a comment."""
    return schemas.CommentResponse.of(
        usecases.add_comment(wiring.ports(), caller, circle_id, note_id, key, text=body.text, parent_id=body.parent_id)
    )


@api.get("/circles/{circle_id}/notes/{note_id}/comments")
def list_comments(caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> PageResponse[schemas.CommentResponse]:
    """Read the comments of a note, oldest first."""
    found, rest = usecases.list_comments(wiring.ports(), caller, circle_id, note_id, page.limit, page.start)
    return page.answer([schemas.CommentResponse.of(one) for one in found], rest)


@api.post("/circles/{circle_id}/notes/{note_id}/reports")
def report_note(caller: Caller, circle_id: str, note_id: str, body: ReportIn) -> None:
    """Report a note to the platform."""
    usecases.report_note(wiring.ports(), caller, circle_id, note_id, body)


@api.post("/circles/{circle_id}/notes/{note_id}/comments/{comment_id}/reports")
def report_comment(caller: Caller, circle_id: str, note_id: str, comment_id: str, body: ReportIn) -> None:
    """Report a comment to the platform."""
    usecases.report_comment(wiring.ports(), caller, circle_id, note_id, comment_id, body)


@api.put("/circles/{circle_id}/notes/{note_id}/like", raises=(*OPEN, Blocked))
def like_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Like a note; twice is once."""
    usecases.like_note(wiring.ports(), caller, circle_id, note_id)


@api.delete("/circles/{circle_id}/notes/{note_id}/like", raises=OPEN)
def unlike_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a like back."""
    usecases.unlike_note(wiring.ports(), caller, circle_id, note_id)
