"""Routes of notes, their pictures, likes and reports."""

from __future__ import annotations

from functools import partial

from services.circles import schemas, usecases, wiring
from services.circles.app.api import COMMERCIAL, CONTENT, ROLE, SHOWN, WRITABLE, api
from services.circles.errors import BlockedByAuthor, ListingNotFound, NewcomerLimitExceeded, TagsUnknown
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/pictures", kind=ActionKind.SPEAK, status=201, raises=WRITABLE)
def create_upload(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PictureRequest) -> schemas.UploadResponse:
    """Get a form to upload one picture with. A retry returns a new form for the same picture."""
    return schemas.UploadResponse.of(*usecases.create_upload(wiring.ports(), caller, circle_id, key, body.type, body.size))


@api.get("/circles/{circle_id}/pictures/{picture_id}")
def get_picture(caller: Caller, circle_id: str, picture_id: str) -> schemas.UploadedPictureResponse:
    """Get the state of a picture that you upload: whether it is ready, or why a note cannot have it."""
    ports = wiring.ports()
    upload = usecases.get_picture(ports, caller, circle_id, picture_id)
    addresses = usecases.picture_addresses(ports)
    return schemas.UploadedPictureResponse.of(upload, circle_id, caller.user_id, addresses)


@api.post("/circles/{circle_id}/notes", kind=ActionKind.SPEAK, status=201, raises=(*WRITABLE, *CONTENT, *COMMERCIAL, *SHOWN))
def post_note(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PostNoteRequest) -> schemas.NoteResponse:
    """Post a note with pictures and product cards, or the show of a product that you bought and received."""
    ports = wiring.ports()
    view = usecases.post_note(ports, caller, circle_id, key, body.note_input)
    return schemas.NoteResponse.of(view, usecases.picture_addresses(ports), full=True)


@api.get("/circles/{circle_id}/notes")
def list_notes(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.NoteResponse]:
    """List the notes of a circle, newest first."""
    ports = wiring.ports()
    with_addresses = partial(schemas.NoteResponse.of, addresses=usecases.picture_addresses(ports))
    return usecases.list_notes(ports, caller, circle_id, page).map(with_addresses)


@api.get("/circles/{circle_id}/listings/{listing_id}/shows", raises=(ListingNotFound,))
def list_shows(caller: Caller, circle_id: str, listing_id: str, page: PageRequest) -> Page[schemas.NoteResponse]:
    """List the shows of a product by its verified buyers, newest first."""
    ports = wiring.ports()
    with_addresses = partial(schemas.NoteResponse.of, addresses=usecases.picture_addresses(ports))
    return usecases.list_shows(ports, caller, circle_id, listing_id, page).map(with_addresses)


@api.get("/circles/{circle_id}/notes/{note_id}")
def get_note(caller: Caller, circle_id: str, note_id: str) -> schemas.NoteResponse:
    """Get a note."""
    ports = wiring.ports()
    view = usecases.get_note(ports, caller, circle_id, note_id)
    return schemas.NoteResponse.of(view, usecases.picture_addresses(ports), full=True)


@api.put(
    "/circles/{circle_id}/notes/{note_id}",
    kind=ActionKind.SPEAK,
    raises=(*WRITABLE, *ROLE, NewcomerLimitExceeded, TagsUnknown, *COMMERCIAL),
)
def update_note(
    caller: Caller, circle_id: str, note_id: str, request: ChangeRequest, body: schemas.UpdateNoteRequest
) -> schemas.NoteResponse:
    """Edit the text and tags of your note. You and the moderators can read its earlier revisions."""
    ports = wiring.ports()
    view = usecases.update_note(ports, caller, circle_id, note_id, request, body.text, body.tags)
    return schemas.NoteResponse.of(view, usecases.picture_addresses(ports), full=True)


@api.get("/circles/{circle_id}/notes/{note_id}/revisions", raises=ROLE)
def list_revisions(caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> Page[schemas.RevisionResponse]:
    """List the earlier revisions of a note, newest first, as its author or as a moderator."""
    revisions = usecases.list_revisions(wiring.ports(), caller, circle_id, note_id, page)
    return revisions.map(schemas.RevisionResponse.of)


@api.delete("/circles/{circle_id}/notes/{note_id}", kind=ActionKind.OWN_DATA, raises=ROLE)
def delete_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Delete your note for good, with its comments."""
    usecases.delete_note(wiring.ports(), caller, circle_id, note_id)


@api.post("/circles/{circle_id}/notes/{note_id}/removal", kind=ActionKind.MODERATE, raises=ROLE)
def remove_note(caller: Caller, circle_id: str, note_id: str, body: schemas.RemovalRequest) -> None:
    """Remove a note of a member below your rank. Its author reads the reason."""
    usecases.remove_note(wiring.ports(), caller, circle_id, note_id, body.reason)


@api.post("/circles/{circle_id}/notes/{note_id}/reports", kind=ActionKind.SPEAK)
def report_note(caller: Caller, circle_id: str, note_id: str, body: schemas.NoteReportRequest) -> None:
    """Report a note, or one picture of it, to the platform."""
    usecases.report_note(wiring.ports(), caller, circle_id, note_id, body.report_input, body.picture_id or "")


@api.put("/circles/{circle_id}/notes/{note_id}/like", kind=ActionKind.PARTICIPATE, raises=(*WRITABLE, BlockedByAuthor))
def like_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Like a note. A repeat changes nothing."""
    usecases.like_note(wiring.ports(), caller, circle_id, note_id)


@api.delete("/circles/{circle_id}/notes/{note_id}/like", kind=ActionKind.PARTICIPATE, raises=WRITABLE)
def unlike_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Remove your like of a note."""
    usecases.unlike_note(wiring.ports(), caller, circle_id, note_id)
