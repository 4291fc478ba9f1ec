"""What is called about drafts."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import POSTING, WRITING, api
from services.circles.errors import NewcomerLimit
from services.shared.http.responses import Listed, PageRequest
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/drafts", status=201, raises=(*WRITING, *POSTING, KeyReused))
def start_draft(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.NoteIn) -> schemas.DraftOut:
    """Keep a note for later; nobody else sees it."""
    return schemas.DraftOut.of(usecases.start_draft(wiring.ports(), caller, circle_id, key, body.words))


@api.get("/circles/{circle_id}/drafts")
def list_drafts(caller: Caller, circle_id: str, page: PageRequest) -> Listed[schemas.DraftOut]:
    """List your drafts, newest first."""
    found, rest = usecases.list_drafts(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.DraftOut.of(one) for one in found], rest)


@api.put("/circles/{circle_id}/drafts/{draft_id}", raises=(*WRITING, *POSTING))
def save_draft(caller: Caller, circle_id: str, draft_id: str, body: schemas.NoteIn) -> schemas.DraftOut:
    """Put other words into a draft."""
    return schemas.DraftOut.of(usecases.save_draft(wiring.ports(), caller, circle_id, draft_id, body.words))


@api.delete("/circles/{circle_id}/drafts/{draft_id}")
def drop_draft(caller: Caller, circle_id: str, draft_id: str) -> None:
    """Throw a draft away."""
    usecases.drop_draft(wiring.ports(), caller, circle_id, draft_id)


@api.post("/circles/{circle_id}/drafts/{draft_id}/publication", status=201, raises=(*WRITING, NewcomerLimit))
def publish_draft(caller: Caller, circle_id: str, draft_id: str) -> schemas.NoteOut:
    """Post a draft as a note of now; again within two days, the same note."""
    return schemas.NoteOut.of(usecases.publish_draft(wiring.ports(), caller, circle_id, draft_id))
