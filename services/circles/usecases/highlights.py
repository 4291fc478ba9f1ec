"""Pinned notes, and a circle's highlights with their search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from services.circles.domain import Action, Note, Pins
from services.circles.repository import highlights as repository
from services.circles.repository import notes
from services.circles.taxonomy import normalize_for_search
from services.circles.usecases.notes import NoteView, change_note, to_unblocked_note_views
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import update_entity

ITEMS_PER_SEARCH_PAGE = 50  # so that the cost of a search does not grow with the number of highlights


def pin_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Pin a note above the feed.

    Unchanged if it is pinned. A full list loses the pins of removed notes first.
    Cost: 1 write unit and 3 read units.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, NoteNotFound, PinLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    notes.get_note(ports.table, circle_id, note_id)

    def change(pins: Pins) -> Pins:
        is_full = pins.is_full and note_id not in pins.note_ids
        removed = [pinned for pinned in pins.note_ids if is_full and notes.find_note(ports.table, circle_id, pinned) is None]
        return pins.pin(note_id, removed, at=ports.clock())

    _change_pins(ports, circle_id, change)


def unpin_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Unpin a note, also a removed one, since its pin still counts. Unchanged if the note is not pinned.

    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, NoteNotFound.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    if note_id not in repository.load_pins(ports.table, circle_id).entity.note_ids:
        notes.get_note(ports.table, circle_id, note_id)
    _change_pins(ports, circle_id, lambda pins: pins.unpin(note_id, at=ports.clock()))


def list_pins(ports: Ports, caller: Caller, circle_id: str) -> list[NoteView]:
    """Return the pinned notes, newest pin first. Raises: CircleNotFound."""
    require_permission(ports, caller, circle_id, Action.READ)
    pins = repository.load_pins(ports.table, circle_id).entity
    return _to_visible_views(ports, caller, circle_id, pins.note_ids)


def highlight_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> Note:
    """Add a note to the circle's highlights and return it.

    The list of highlights is updated from the stream.
    Cost: 1 write unit and 2.5 read units.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, NoteNotFound.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    return change_note(ports, circle_id, note_id, lambda note: note.set_highlighted(True, at=ports.clock()))


def unhighlight_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> Note:
    """Remove a note from the circle's highlights and return it. Raises: as highlight_note."""
    require_permission_and_writable(ports, caller, circle_id, Action.HIGHLIGHT)
    return change_note(ports, circle_id, note_id, lambda note: note.set_highlighted(False, at=ports.clock()))


def list_highlights(
    ports: Ports, caller: Caller, circle_id: str, text: str, limit: int, start: Item | None
) -> tuple[list[NoteView], Item | None]:
    """Return a page of the highlights, newest first.

    With `text`, only those that contain it, in either Chinese script.

    A search reads 50 items per page, so a page can be short and still have a next one.
    Cost: 14 read units for 20.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    wanted = normalize_for_search(text) if text else ""
    page = repository.list_highlights(ports.table, circle_id, ITEMS_PER_SEARCH_PAGE if wanted else limit, start)
    items, next_start = [item for item in page.items if wanted in item["search_text"]], page.next
    if len(items) > limit:
        items = items[:limit]
        next_start = {name: items[-1][name] for name in ("pk", "sk")}
    return _to_visible_views(ports, caller, circle_id, [item["note_id"] for item in items]), next_start


def update_highlight_items(ports: Ports, changes: Sequence[Change]) -> None:
    """Write or delete the highlight item of each note that these changes highlighted, edited or removed.

    The note is read as it is now, so a late or repeated change leaves the right item.
    """
    for change in changes:
        images = [image for image in (change.old, change.new) if image]
        if change.key.sk.startswith("NOTE#") and any("highlighted_at" in image for image in images):
            _update_highlight_item(ports, images[-1]["circle_id"], images[-1]["id"])


def _update_highlight_item(ports: Ports, circle_id: str, note_id: str) -> None:
    note = notes.find_note(ports.table, circle_id, note_id, consistent_read=True)
    if note and note.highlighted_at:
        # Tags come first: the searchable text is cut off, and a long note must still be found by its tags.
        search_texts = map(normalize_for_search, (*note.content.tags, note.content.text))
        repository.put_highlight(ports.table, circle_id, note_id, search_texts)
    else:
        repository.delete_highlight(ports.table, circle_id, note_id)


def _to_visible_views(ports: Ports, caller: Caller, circle_id: str, note_ids: Sequence[str]) -> list[NoteView]:
    visible = [notes.find_note(ports.table, circle_id, note_id) for note_id in note_ids]
    return to_unblocked_note_views(ports, caller, circle_id, [note for note in visible if note])


def _change_pins(ports: Ports, circle_id: str, change: Callable[[Pins], Pins]) -> None:
    load = partial(repository.load_pins, ports.table, circle_id, consistent_read=True)
    update_entity(ports, load, change, repository.pins_to_item)
