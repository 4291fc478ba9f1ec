"""What commerce writes of a user for a data export: their listings, orders and sales in the circle, or all of them.

An export of an account also has the payments that no order keeps, and the user's ledger accounts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from services.commerce.domain.ledger import accounts_of_owner, accounts_of_seller
from services.commerce.repository.coupons import CLAIM, ISSUER_INDEX, issuer_partition
from services.commerce.repository.ledger import ENTRY_PREFIX, LEDGER, OWNER_INDEX, owner_partition
from services.commerce.repository.listings import LISTER_INDEX, lister_partition
from services.commerce.repository.orders import LINE, SELLER_INDEX
from services.commerce.repository.payments import PREFIX as PAYMENT
from services.shared.exports.format import Line, export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

ITEMS_PER_PAGE = 500
ORDER = ("circle_id", "id", "channel", "lines", "discount", "coupon_id", "currency", "created_at", "state")
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
# The attribute `kind` of an item is the `channel` of the line, because `kind` is that of the line.
EXPORTED: dict[str, tuple[str, ...]] = {
    "listing": (
        *("circle_id", "id", "channel", "title", "amount", "currency", "stock", "created_at"),
        *("revision", "on_sale", "state"),
    ),
    "order": ORDER,
    "sale": (*ORDER, "platform_share", "owner_share"),
    "coupon": (
        *("circle_id", "id", "amount", "currency", "percent", "min_spend", "kinds", "max_uses", "max_uses_per_user", "uses"),
        *("starts_at", "ends_at", "created_at", "ended"),
    ),
    "coupon_claim": ("circle_id", "coupon_id", "created_at", "uses"),
    "payment": ("circle_id", "order_id", "payment_id", "currency", "captured", "refunded", "charged_back", "requested"),
    "ledger_entry": ("order_id", "reason", "currency", "lines"),
    "balance": ("ledger_account", "currency", "balance"),
}
OF_CIRCLE = ("listing", "order", "sale", "coupon", "coupon_claim")  # the kinds of the pages
KINDS = (*OF_CIRCLE, "payment", "commission", "balance")
BY_BUYER = {"order": "ORDER#", "payment": PAYMENT, "coupon_claim": CLAIM}  # the prefix in the partition of the buyer
FROM_INDEX = ("listing", "sale", "coupon")  # an index lists keys only: one more read for each


def get_export_page(table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of the user's listings, orders, sales, payments, commissions or balances."""
    kinds = KINDS if job.is_of_account else OF_CIRCLE
    kind, start = json.loads(job.after) if job.after else (kinds[0], None)
    if kind == "balance":
        return ExportPage([_line(kind, item) for item in _balances(table, job)])
    page = table.query(_query(kind, job, start))
    lines = list(_lines(table, kind, job, page.items))
    if page.next:
        return ExportPage(lines, json.dumps([kind, page.next]))
    later = kinds[kinds.index(kind) + 1 :]
    return ExportPage(lines, json.dumps([later[0], None]) if later else None)


def _state_of(item: Item) -> Item:
    """Return the state of a listing that the platform has taken down; other listings have none, and orders have their own."""
    return {"state": "taken_down"} if is_down(item) else {}


def _lines_of(item: Item) -> Item:
    """Return the lines of an order with the names of their values; other items have none."""
    return {"lines": [dict(zip(LINE, line, strict=True)) for line in item["lines"]]} if "lines" in item else {}


def _lines(table: Table, kind: str, job: ExportJob, found: list[Item]) -> Iterator[Line]:
    """Yield the lines of a page, with the ledger entries of sales and commissions."""
    if kind == "commission":
        yield from _entry_lines(table, (item["gsi1sk"] for item in found), accounts_of_owner(job.user_id))
        return
    whole = (table.get(Key.of(item)) if kind in FROM_INDEX else item for item in found)
    items = [item for item in whole if item and _is_own(kind, job, item)]
    yield from (_line(kind, item | _state_of(item) | _lines_of(item)) for item in items)
    if kind == "sale" and job.is_of_account:
        yield from _entry_lines(table, (item["id"] for item in items), accounts_of_seller(job.user_id))


def _query(kind: str, job: ExportJob, start: Item | None) -> Query:
    if kind == "listing":
        return Query(pk=lister_partition(job.user_id), index=LISTER_INDEX, limit=ITEMS_PER_PAGE, start=start)
    if kind == "coupon":
        return Query(pk=issuer_partition(job.user_id), index=ISSUER_INDEX, limit=ITEMS_PER_PAGE, start=start)
    if kind in BY_BUYER:
        return Query(pk=f"BUYER#{job.user_id}", prefix=BY_BUYER[kind], limit=ITEMS_PER_PAGE, start=start)
    if kind == "commission":
        return Query(pk=owner_partition(job.user_id), index=OWNER_INDEX, limit=ITEMS_PER_PAGE, start=start)
    return Query(pk=f"SELLER#{job.user_id}", index=SELLER_INDEX, limit=ITEMS_PER_PAGE, start=start)


def _is_own(kind: str, job: ExportJob, item: Item) -> bool:
    is_new = kind != "payment" and item["created_at"] > millis(job.requested_at)
    return job.has_circle(item["circle_id"]) and not is_new


def _entry_lines(table: Table, order_ids: Iterable[str], own: tuple[str, ...]) -> Iterator[Line]:
    """Yield the ledger entries of orders, each with the lines of the user's own ledger accounts and no others."""
    for order_id in order_ids:
        for item in query_all(table, Query(pk=f"LEDGER#{order_id}", prefix=ENTRY_PREFIX, limit=100)):
            lines = [line for line in item["lines"] if line[0] in own]
            if lines:
                yield _line("ledger_entry", {**item, "lines": lines})


def _balances(table: Table, job: ExportJob) -> Iterator[Item]:
    for account in (*accounts_of_seller(job.user_id), *accounts_of_owner(job.user_id)):
        for item in query_all(table, Query(pk=LEDGER, prefix=f"{account}#", limit=100)):
            yield {**item, "ledger_account": account, "currency": item["sk"].rpartition("#")[2]}


def _line(kind: str, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], {**item, "channel": item.get("kind")})
