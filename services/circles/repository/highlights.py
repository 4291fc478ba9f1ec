"""A circle's best: its pinned notes, and its archive with the words that it is searched by."""

from __future__ import annotations

from collections.abc import Iterable

from services.circles.domain import Pins
from services.shared.table.port import (
    Item,
    Key,
    Page,
    Query,
    Table,
)
from services.shared.table.versioned import Versioned

MAX_WORDS = 1000  # characters of tags and text that the archive is searched by
BEST = "BEST#"


def pins_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "PINS")


def find_pins(table: Table, circle_id: str, *, consistent_read: bool = False) -> Versioned[Pins]:
    item = table.get(pins_key(circle_id), consistent_read=consistent_read)
    found = Pins(circle_id, tuple(item["note_ids"]), item["version"]) if item else Pins(circle_id)
    return Versioned(found, item)


def pins_to_item(pins: Pins) -> Item:
    return {
        **pins_key(pins.circle_id).attributes(),
        "note_ids": list(pins.note_ids),
        "version": pins.version,
    }


def archive_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#ARCHIVE", f"{BEST}{note_id}")


def keep_archived(table: Table, circle_id: str, note_id: str, words: Iterable[str]) -> None:
    item: Item = {**archive_key(circle_id, note_id).attributes(), "note_id": note_id}
    table.put({**item, "words": " ".join(words)[:MAX_WORDS]}, when=None)


def drop_archived(table: Table, circle_id: str, note_id: str) -> None:
    table.delete(archive_key(circle_id, note_id), when=None)


def list_highlights(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    pk = archive_key(circle_id, "").pk
    return table.query(Query(pk=pk, prefix=BEST, limit=limit, start=start, newest_first=True))
