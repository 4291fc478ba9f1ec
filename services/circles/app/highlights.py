"""Routes of pinned notes and highlights."""

from __future__ import annotations

from functools import partial

from services.circles import schemas, usecases, wiring
from services.circles.app.api import ROLE, WRITABLE, api
from services.circles.errors import PinLimitReached
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.put("/circles/{circle_id}/notes/{note_id}/pin", kind=ActionKind.MODERATE, raises=(*ROLE, *WRITABLE, PinLimitReached))
def pin_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Pin a note above the feed, up to the limit of a circle."""
    usecases.pin_note(wiring.ports(), caller, circle_id, note_id)


@api.delete("/circles/{circle_id}/notes/{note_id}/pin", kind=ActionKind.MODERATE, raises=(*ROLE, *WRITABLE))
def unpin_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Unpin a note."""
    usecases.unpin_note(wiring.ports(), caller, circle_id, note_id)


@api.get("/circles/{circle_id}/pins")
def list_pins(caller: Caller, circle_id: str) -> Page[schemas.NoteResponse]:
    """List the pinned notes."""
    ports = wiring.ports()
    with_addresses = partial(schemas.NoteResponse.of, addresses=usecases.picture_addresses(ports))
    return usecases.list_pins(ports, caller, circle_id).map(with_addresses)


@api.put("/circles/{circle_id}/notes/{note_id}/highlight", kind=ActionKind.MODERATE, raises=(*ROLE, *WRITABLE))
def highlight_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Add a note to the circle's highlights."""
    usecases.highlight_note(wiring.ports(), caller, circle_id, note_id)


@api.delete("/circles/{circle_id}/notes/{note_id}/highlight", kind=ActionKind.MODERATE, raises=(*ROLE, *WRITABLE))
def unhighlight_note(caller: Caller, circle_id: str, note_id: str) -> None:
    """Remove a note from the circle's highlights."""
    usecases.unhighlight_note(wiring.ports(), caller, circle_id, note_id)


@api.get("/circles/{circle_id}/highlights")
def list_highlights(
    caller: Caller, circle_id: str, page: PageRequest, query: schemas.HighlightsQuery
) -> Page[schemas.NoteResponse]:
    """List or search the highlights, newest first.

    A page of a search can be short and still have a next one.
    """
    ports = wiring.ports()
    with_addresses = partial(schemas.NoteResponse.of, addresses=usecases.picture_addresses(ports))
    return usecases.list_highlights(ports, caller, circle_id, query.q or "", page).map(with_addresses)
