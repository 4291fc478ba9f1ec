"""What is called about pinned notes and the archive."""

from __future__ import annotations

from services.circles import schemas, usecases, wiring
from services.circles.app.api import OPEN, ROLE, api
from services.circles.errors import TooManyPins
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.security.auth import Caller


@api.put("/circles/{circle_id}/notes/{note_id}/pin", raises=(*ROLE, *OPEN, TooManyPins))
def pin_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Put a note at the head of the feed; five at most."""
    usecases.pin_note(wiring.ports(), caller, circle_id, note_id)


@api.delete("/circles/{circle_id}/notes/{note_id}/pin", raises=(*ROLE, *OPEN))
def unpin_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a note from the head of the feed."""
    usecases.unpin_note(wiring.ports(), caller, circle_id, note_id)


@api.get("/circles/{circle_id}/pins")
def list_pins(caller: Caller, circle_id: str) -> PageResponse[schemas.NoteResponse]:
    """Read the pinned notes."""
    return PageResponse(items=[schemas.NoteResponse.of(one) for one in usecases.list_pins(wiring.ports(), caller, circle_id)])


@api.put("/circles/{circle_id}/notes/{note_id}/archive", raises=(*ROLE, *OPEN))
def highlight_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Put a note among the circle's best."""
    usecases.highlight_note(wiring.ports(), caller, circle_id, note_id, on=True)


@api.delete("/circles/{circle_id}/notes/{note_id}/archive", raises=(*ROLE, *OPEN))
def unhighlight_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a note out of the circle's best."""
    usecases.highlight_note(wiring.ports(), caller, circle_id, note_id, on=False)


@api.get("/circles/{circle_id}/archive")
def list_highlights(
    caller: Caller, circle_id: str, page: PageRequest, query: schemas.ArchiveQuery
) -> PageResponse[schemas.NoteResponse]:
    """Read the circle's best, newest first, or search it; a page of a search may be short and still have a next."""
    found, rest = usecases.list_highlights(wiring.ports(), caller, circle_id, query.q or "", page.limit, page.start)
    return page.answer([schemas.NoteResponse.of(one) for one in found], rest)
