"""The pinned notes of a circle, and its highlights with their search text."""

from __future__ import annotations

from collections.abc import Iterable

from services.circles.domain import Pins
from services.shared.table.port import Item, Key, Page, Query, Table
from services.shared.table.versioned import Versioned

MAX_SEARCH_TEXT = 1000  # characters
HIGHLIGHT = "HIGHLIGHT#"


def pins_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "PINS")


def load_pins(table: Table, circle_id: str, *, consistent_read: bool = False) -> Versioned[Pins]:
    item = table.get(pins_key(circle_id), consistent_read=consistent_read)
    pins = Pins(circle_id, tuple(item["note_ids"]), item["version"]) if item else Pins(circle_id)
    return Versioned(pins, item)


def pins_to_item(pins: Pins) -> Item:
    return {**pins_key(pins.circle_id).attributes(), "note_ids": list(pins.note_ids), "version": pins.version}


def highlight_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#HIGHLIGHTS", f"{HIGHLIGHT}{note_id}")


def put_highlight(table: Table, circle_id: str, note_id: str, texts: Iterable[str]) -> None:
    """Store a highlight with the texts that the search compares, cut off at 1,000 characters."""
    item: Item = {**highlight_key(circle_id, note_id).attributes(), "note_id": note_id}
    table.put({**item, "search_text": " ".join(texts)[:MAX_SEARCH_TEXT]}, when=None)


def delete_highlight(table: Table, circle_id: str, note_id: str) -> None:
    table.delete(highlight_key(circle_id, note_id), when=None)


def list_highlights(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    pk = highlight_key(circle_id, "").pk
    return table.query(Query(pk=pk, prefix=HIGHLIGHT, limit=limit, start=start, newest_first=True))
