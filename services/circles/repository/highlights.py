"""The pinned notes of a circle, and its highlights with their search text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from services.circles.domain import Note, Pins
from services.circles.errors import NoteNotFound
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_page
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

MAX_SEARCH_TEXT = 1000  # characters
ITEMS_PER_SEARCH_PAGE = 50  # so that the cost of a search does not grow with the number of highlights
HIGHLIGHT = "HIGHLIGHT#"


def pins_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "PINS")


def get_pins(table: Table, circle_id: str) -> Pins:
    return PINS.find(table, pins_key(circle_id)) or Pins(circle_id)


def load_pins(table: Table, circle_id: str) -> Versioned[Pins]:
    return PINS.load_or(table, pins_key(circle_id), Pins(circle_id))


def pins_to_item(pins: Pins) -> Item:
    return {**pins_key(pins.circle_id).attributes(), "note_ids": list(pins.note_ids), "version": pins.version}


def pins_from_item(item: Item) -> Pins:
    return Pins(item["pk"].removeprefix("CIRCLE#"), tuple(item["note_ids"]), item["version"])


def highlight_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#HIGHLIGHTS", f"{HIGHLIGHT}{note_id}")


def put_highlight(table: Table, note: Note, texts: Iterable[str]) -> None:
    """Store a highlight with its author and with the texts that the search compares, cut off at 1,000 characters."""
    item: Item = {**highlight_key(note.circle_id, note.id).attributes(), "note_id": note.id, "author": note.author}
    table.put({**item, "search_text": " ".join(texts)[:MAX_SEARCH_TEXT]}, when=None)


def delete_highlight(table: Table, circle_id: str, note_id: str) -> None:
    table.delete(highlight_key(circle_id, note_id), when=None)


def list_highlighted_note_ids(
    table: Table, circle_id: str, text: str, page: PageRequest, is_listed: Callable[[str], bool]
) -> Page[str]:
    """Return a page of the highlighted notes whose author is listed, newest first.

    With `text`, those whose search text contains it. A search reads 50 items per page, so a page can be short and still have a
    next one.
    """
    pk = highlight_key(circle_id, "").pk
    query = Query(pk=pk, prefix=HIGHLIGHT, limit=page.limit, start=page.start, newest_first=True)

    def entry_of(item: Item) -> str | None:
        return item["note_id"] if text in item["search_text"] and is_listed(item["author"]) else None

    if text:
        return query_page(table, query, entry_of, first_read=ITEMS_PER_SEARCH_PAGE + 1, queries=1)
    return query_page(table, query, entry_of)


PINS = EntityStore(pins_to_item, pins_from_item, NoteNotFound)
