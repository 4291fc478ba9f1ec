"""Routes of drafts."""

from __future__ import annotations

from functools import partial

from services.circles import schemas, usecases, wiring
from services.circles.app.api import COMMERCIAL, CONTENT, WRITABLE, api
from services.circles.errors import DraftLimitReached, NewcomerLimitExceeded
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/drafts", kind=ActionKind.SPEAK, status=201, raises=(*WRITABLE, *CONTENT, DraftLimitReached))
def create_draft(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.NoteRequest) -> schemas.DraftResponse:
    """Save a draft that only you can read."""
    ports = wiring.ports()
    draft = usecases.create_draft(ports, caller, circle_id, key, body.note_input)
    return schemas.DraftResponse.of(draft, usecases.picture_addresses(ports))


@api.get("/circles/{circle_id}/drafts")
def list_drafts(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.DraftResponse]:
    """List your drafts, newest first."""
    ports = wiring.ports()
    with_addresses = partial(schemas.DraftResponse.of, addresses=usecases.picture_addresses(ports))
    return usecases.list_drafts(ports, caller, circle_id, page).map(with_addresses)


@api.put("/circles/{circle_id}/drafts/{draft_id}", kind=ActionKind.SPEAK, raises=(*WRITABLE, *CONTENT))
def update_draft(
    caller: Caller, circle_id: str, draft_id: str, request: ChangeRequest, body: schemas.NoteRequest
) -> schemas.DraftResponse:
    """Replace the content of a draft."""
    ports = wiring.ports()
    draft = usecases.update_draft(ports, caller, circle_id, draft_id, request, body.note_input)
    return schemas.DraftResponse.of(draft, usecases.picture_addresses(ports))


@api.delete("/circles/{circle_id}/drafts/{draft_id}", kind=ActionKind.OWN_DATA)
def delete_draft(caller: Caller, circle_id: str, draft_id: str) -> None:
    """Delete a draft."""
    usecases.delete_draft(wiring.ports(), caller, circle_id, draft_id)


@api.post(
    "/circles/{circle_id}/drafts/{draft_id}/publication",
    kind=ActionKind.SPEAK,
    status=201,
    raises=(*WRITABLE, NewcomerLimitExceeded, *COMMERCIAL),
)
def publish_draft(caller: Caller, circle_id: str, draft_id: str) -> schemas.NoteResponse:
    """Publish a draft as a note. A retry within 2 days returns the same note."""
    ports = wiring.ports()
    view = usecases.publish_draft(ports, caller, circle_id, draft_id)
    return schemas.NoteResponse.of(view, usecases.picture_addresses(ports), full=True)
