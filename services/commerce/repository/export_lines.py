"""What commerce writes of a user for a data export: their listings, orders and sales in the circle."""

from __future__ import annotations

import json

from services.commerce.repository.orders import SELLER_INDEX
from services.shared.exports.format import export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table

ITEMS_PER_PAGE = 500
ORDER = ("circle_id", "id", "listing_id", "channel", "title", "quantity", "amount", "currency", "created_at", "state")
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
# The attribute `kind` of an item is the `channel` of the line, because `kind` is that of the line.
EXPORTED: dict[str, tuple[str, ...]] = {
    "listing": (
        *("circle_id", "id", "channel", "title", "amount", "currency", "stock", "created_at"),
        *("revision", "on_sale", "state"),
    ),
    "order": ORDER,
    "sale": (*ORDER, "platform_share", "owner_share"),
}
KINDS = list(EXPORTED)


def get_export_page(table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of the circle's listings, of the orders that the user placed, or of those that they sell."""
    kind, start = json.loads(job.after) if job.after else (KINDS[0], None)
    page = table.query(_query(kind, job, start))
    items = [item for item in (_whole(table, kind, item) for item in page.items) if item and _is_own(kind, job, item)]
    lines = [export_line(kind, EXPORTED[kind], {**item, "channel": item["kind"], **_state_of(item)}) for item in items]
    if page.next:
        return ExportPage(lines, json.dumps([kind, page.next]))
    later = KINDS[KINDS.index(kind) + 1 :]
    return ExportPage(lines, json.dumps([later[0], None]) if later else None)


def _state_of(item: Item) -> Item:
    """Return the state of a listing that the platform has taken down; other listings have none, and orders have their own."""
    return {"state": "taken_down"} if is_down(item) else {}


def _query(kind: str, job: ExportJob, start: Item | None) -> Query:
    if kind == "listing":
        return Query(pk=f"CIRCLE#{job.circle_id}", prefix="LISTING#", limit=ITEMS_PER_PAGE, start=start)
    if kind == "order":
        return Query(pk=f"BUYER#{job.user_id}", prefix="ORDER#", limit=ITEMS_PER_PAGE, start=start)
    return Query(pk=f"SELLER#{job.user_id}", index=SELLER_INDEX, limit=ITEMS_PER_PAGE, start=start)


def _whole(table: Table, kind: str, item: Item) -> Item | None:
    """Return the item of a query. The index of sales has keys only: one more read per order."""
    return table.get(Key.of(item)) if kind == "sale" else item


def _is_own(kind: str, job: ExportJob, item: Item) -> bool:
    is_own = kind != "listing" or item["seller_id"] == job.user_id
    return bool(is_own and item["circle_id"] == job.circle_id and item["created_at"] <= millis(job.requested_at))
