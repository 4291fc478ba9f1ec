"""Pinned notes, and a circle's highlights with their search."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.circles.domain import Action, Note, Pins
from services.circles.repository import highlights as repository
from services.circles.repository import notes
from services.circles.taxonomy import normalize_for_search
from services.circles.usecases.notes import NoteView, change_note, is_unblocked_author, to_note_views
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.entities import EntityChange
from services.shared.table.versioned import update


def pin_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Pin a note above the feed.

    Unchanged if it is pinned. A full list loses the pins of removed notes first.
    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleNotActive, CircleReadOnly, NoteNotFound, PinLimitReached,
    RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    notes.get_note(ports.table, circle_id, note_id)

    def change(pins: Pins) -> Pins:
        is_full = pins.is_full and note_id not in pins.note_ids
        removed = [pinned for pinned in pins.note_ids if is_full and notes.find_note(ports.table, circle_id, pinned) is None]
        return pins.pin(note_id, removed, at=ports.clock())

    _change_pins(ports, caller, circle_id, change)


def unpin_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Unpin a note, also a removed one, since its pin still counts. Unchanged if the note is not pinned.

    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleNotActive, CircleReadOnly, NoteNotFound, RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    if note_id not in repository.get_pins(ports.table, circle_id).note_ids:
        notes.get_note(ports.table, circle_id, note_id)
    _change_pins(ports, caller, circle_id, lambda pins: pins.unpin(note_id, at=ports.clock()))


def list_pins(ports: Ports, caller: Caller, circle_id: str) -> Page[NoteView]:
    """Return the pinned notes, newest pin first. Raises: CircleNotFound."""
    require_permission(ports, caller, circle_id, Action.READ)
    pinned = notes.find_notes(ports.table, circle_id, repository.get_pins(ports.table, circle_id).note_ids)
    is_unblocked = is_unblocked_author(ports, caller)
    return Page(to_note_views(ports, caller, circle_id, [note for note in pinned if is_unblocked(note.author)]))


def highlight_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> Note:
    """Add a note to the circle's highlights and return it.

    The list of highlights is updated from the stream.
    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleNotActive, CircleReadOnly, NoteNotFound, RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    return _set_highlighted(ports, caller, circle_id, note_id, True)


def unhighlight_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> Note:
    """Remove a note from the circle's highlights and return it. Raises: as highlight_note."""
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    return _set_highlighted(ports, caller, circle_id, note_id, False)


def _set_highlighted(ports: Ports, caller: Caller, circle_id: str, note_id: str, highlighted: bool) -> Note:
    slot = change_slot(ports, caller)
    return change_note(ports, circle_id, note_id, lambda note: note.set_highlighted(highlighted, at=ports.clock()), slot=slot)


def list_highlights(ports: Ports, caller: Caller, circle_id: str, text: str, page: PageRequest) -> Page[NoteView]:
    """Return a page of the highlights, newest first.

    With `text`, only those that contain it, in either Chinese script.

    A search reads 50 items per page, so a page can be short and still have a next one.
    Cost: 14 read units for 20.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    wanted = normalize_for_search(text) if text else ""
    is_listed = is_unblocked_author(ports, caller)
    note_ids = repository.list_highlighted_note_ids(ports.table, circle_id, wanted, page, is_listed)
    return note_ids.replace(to_note_views(ports, caller, circle_id, notes.find_notes(ports.table, circle_id, note_ids.items)))


def update_highlight(ports: Ports, change: EntityChange[Note]) -> None:
    """Store or delete the highlight of a note if this change highlighted, edited or removed it.

    The note is read as it is now, so a late or repeated change leaves the right highlight.
    """
    for changed in (change.after, change.before):
        if changed and changed.highlighted_at:
            _update_highlight(ports, changed.circle_id, changed.id)
            return


def _update_highlight(ports: Ports, circle_id: str, note_id: str) -> None:
    note = notes.find_note(ports.table, circle_id, note_id, consistent_read=True)
    if note and note.highlighted_at:
        # Tags come first: the searchable text is cut off, and a long note must still be found by its tags.
        search_texts = map(normalize_for_search, (*note.content.tags, note.content.text))
        repository.put_highlight(ports.table, note, search_texts)
    else:
        repository.delete_highlight(ports.table, circle_id, note_id)


def _change_pins(ports: Ports, caller: Caller, circle_id: str, change: Callable[[Pins], Pins]) -> None:
    update(ports, partial(repository.load_pins, ports.table, circle_id), change, slot=change_slot(ports, caller))
