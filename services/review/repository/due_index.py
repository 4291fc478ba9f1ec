"""The due index: what waits, by review queue and by when it is due. It is eventually consistent, so state must be checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.review.domain.due import DueEntry
from services.shared.kernel.clock import from_millis, from_rfc3339, rfc3339
from services.shared.kernel.pages import Page, PageRequest, is_any
from services.shared.table.items import Item, Query
from services.shared.table.pages import query_page
from services.shared.table.port import Table

INDEX = "gsi2"
PREFIX = "DUE#"
ESCALATED, FIRST = "!", "0"  # sorts before every time; the first sort key of what is not escalated


def due_index_keys(queue: str, due_at: datetime, entity_id: str, *, is_escalated: bool = False) -> Item:
    """Return the attributes that list an item in a review queue. What is escalated is listed first, and is due no more."""
    return {"gsi2pk": f"{PREFIX}{queue}", "gsi2sk": f"{ESCALATED if is_escalated else ''}{rfc3339(due_at)}#{entity_id}"}


def list_entries(table: Table, queue: str, page: PageRequest, is_listed: Callable[[DueEntry], bool] = is_any) -> Page[DueEntry]:
    """Return a page of the entries of a review queue that are listed, earliest due first."""
    query = Query(pk=f"{PREFIX}{queue}", index=INDEX, limit=page.limit, start=page.start)

    def entry_of(item: Item) -> DueEntry | None:
        entry = _entry_from_item(item)
        return entry if is_listed(entry) else None

    return query_page(table, query, entry_of)


def list_due_ids(table: Table, queue: str, at: datetime, limit: int) -> list[str]:
    """Return the ids of the entities of a review queue that are due, the longest overdue first."""
    query = Query(pk=f"{PREFIX}{queue}", first=FIRST, last=f"{rfc3339(at)}~", index=INDEX, limit=limit)
    return [_entry_from_item(item).id for item in table.query(query).items]


def _entry_from_item(item: Item) -> DueEntry:
    due_at, _, entity_id = item["gsi2sk"].removeprefix(ESCALATED).partition("#")
    return DueEntry(
        id=entity_id,
        queue=item["gsi2pk"].removeprefix(PREFIX),
        due_at=from_rfc3339(due_at),
        circle_name=item.get("circle_name", ""),
        state=item.get("state", ""),
        approvals=item.get("approvals", 0),
        submitted_at=from_millis(item["submitted_at"]) if "submitted_at" in item else None,
        reviewer=item.get("reviewer", ""),
        lease_until=from_millis(item["lease_until"]) if "lease_until" in item else None,
    )
