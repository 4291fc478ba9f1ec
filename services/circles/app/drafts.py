"""What is called about drafts."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import POSTING, WRITING, api
from services.circles.errors import NewcomerLimit
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/drafts", status=201, raises=(*WRITING, *POSTING, KeyReused))
def create_draft(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.NoteRequest) -> schemas.DraftResponse:
    """Keep a note for later; nobody else sees it."""
    return schemas.DraftResponse.of(usecases.create_draft(wiring.ports(), caller, circle_id, key, body.words))


@api.get("/circles/{circle_id}/drafts")
def list_drafts(caller: Caller, circle_id: str, page: PageRequest) -> PageResponse[schemas.DraftResponse]:
    """List your drafts, newest first."""
    found, rest = usecases.list_drafts(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.DraftResponse.of(one) for one in found], rest)


@api.put("/circles/{circle_id}/drafts/{draft_id}", raises=(*WRITING, *POSTING))
def update_draft(caller: Caller, circle_id: str, draft_id: str, body: schemas.NoteRequest) -> schemas.DraftResponse:
    """Put other words into a draft."""
    return schemas.DraftResponse.of(usecases.update_draft(wiring.ports(), caller, circle_id, draft_id, body.words))


@api.delete("/circles/{circle_id}/drafts/{draft_id}")
def delete_draft(caller: Caller, circle_id: str, draft_id: str) -> None:
    """Throw a draft away."""
    usecases.delete_draft(wiring.ports(), caller, circle_id, draft_id)


@api.post("/circles/{circle_id}/drafts/{draft_id}/publication", status=201, raises=(*WRITING, NewcomerLimit))
def publish_draft(caller: Caller, circle_id: str, draft_id: str) -> schemas.NoteResponse:
    """Post a draft as a note of now; again within two days, the same note."""
    return schemas.NoteResponse.of(usecases.publish_draft(wiring.ports(), caller, circle_id, draft_id))
