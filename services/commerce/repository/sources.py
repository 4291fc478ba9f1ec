"""The projection of notes with cards that have ended, or came back: tombstones of what led to an order."""

from __future__ import annotations

from collections.abc import Collection

from services.shared.messaging.events import NoteChanged
from services.shared.table.items import Key
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer

NOTE = "NOTE#"


def note_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{NOTE}{note_id}")


def put_note_state(table: Table, event: NoteChanged) -> None:
    """Store whether a note is visible. Unchanged if the stored state is as new or newer. Cost: 1 write unit."""
    data = event.data
    key = note_key(data.circle_id, data.note_id)
    put_if_newer(table, {**key.attributes(), "is_visible": data.is_visible, "version": event.entity_version})


def find_ended_notes(table: Table, circle_id: str, note_ids: Collection[str]) -> frozenset[str]:
    """Return the notes, of these, that are deleted, removed or down. Cost: 0.5 read units each, in one request."""
    keys = {note_id: note_key(circle_id, note_id) for note_id in note_ids}
    items = get_all(table, list(keys.values()))
    return frozenset(note_id for note_id, key in keys.items() if key in items and not items[key]["is_visible"])
