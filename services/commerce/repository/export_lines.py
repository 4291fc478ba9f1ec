"""What commerce writes of a user for a data export: their listings, orders and sales in the circle, or all of them.

An export of an account also has the payments that no order keeps, the user's ledger accounts, address book and the
addresses of their orders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict

from services.commerce.domain.address import Address
from services.commerce.domain.ledger import accounts_of_owner, accounts_of_seller
from services.commerce.repository.addresses import PREFIX as ADDRESS_PREFIX
from services.commerce.repository.addresses import get_address_book, is_erased, order_id_of_address
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
ADDRESSES_PER_PAGE = 100  # a call of KMS each
OpenText = Callable[[str, str], str]  # of a text and its context
ORDER = ("circle_id", "id", "channel", "lines", "currency", "created_at", "state")
ADDRESS = ("recipient", "phone", "province", "city", "district", "street")
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
# The attribute `kind` of an item is the `channel` of the line, because `kind` is that of the line.
EXPORTED: dict[str, tuple[str, ...]] = {
    "listing": (
        *("circle_id", "id", "channel", "title", "amount", "currency", "stock", "created_at"),
        *("revision", "on_sale", "state"),
    ),
    "order": ORDER,
    "sale": (*ORDER, "platform_share", "owner_share"),
    "payment": ("circle_id", "order_id", "payment_id", "currency", "captured", "refunded", "requested"),
    "ledger_entry": ("order_id", "reason", "currency", "lines"),
    "balance": ("ledger_account", "currency", "balance"),
    "address": ("id", *ADDRESS),
    "order_address": ("order_id", *ADDRESS),
}
OF_CIRCLE = ("listing", "order", "sale")  # the kinds of the pages
KINDS = (*OF_CIRCLE, "payment", "commission", "address", "order_address", "balance")
FROM_INDEX = ("listing", "sale")  # an index lists keys only: one more read for each


def get_export_page(open_text: OpenText, table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of the user's listings, orders, sales, payments, commissions, addresses or balances.

    open_text: decrypts an address.
    """
    kinds = KINDS if job.is_of_account else OF_CIRCLE
    kind, start = json.loads(job.after) if job.after else (kinds[0], None)
    if kind == "balance":
        return ExportPage([_line(kind, item) for item in _balances(table, job)])
    if kind == "address":
        return ExportPage(list(_address_lines(open_text, table, job)), json.dumps(["order_address", None]))
    page = table.query(_query(kind, job, start))
    if kind == "order_address":
        lines = list(_order_address_lines(open_text, job, page.items))
    else:
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
    if kind == "order":
        return Query(pk=f"BUYER#{job.user_id}", prefix="ORDER#", limit=ITEMS_PER_PAGE, start=start)
    if kind == "order_address":
        return Query(pk=f"BUYER#{job.user_id}", prefix=ADDRESS_PREFIX, limit=ADDRESSES_PER_PAGE, start=start)
    if kind == "payment":
        return Query(pk=f"BUYER#{job.user_id}", prefix=PAYMENT, limit=ITEMS_PER_PAGE, start=start)
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


def _address_lines(open_text: OpenText, table: Table, job: ExportJob) -> Iterator[Line]:
    for entry in get_address_book(table, job.user_id).entries:
        yield _line("address", {"id": entry.id, **asdict(Address.parse(open_text(entry.text, job.user_id)))})


def _order_address_lines(open_text: OpenText, job: ExportJob, items: Iterable[Item]) -> Iterator[Line]:
    for item in items:
        if not is_erased(item, job.requested_at):
            order_id = order_id_of_address(item)
            address = Address.parse(open_text(item["address"], order_id))
            yield _line("order_address", {"order_id": order_id, **asdict(address)})


def _balances(table: Table, job: ExportJob) -> Iterator[Item]:
    for account in (*accounts_of_seller(job.user_id), *accounts_of_owner(job.user_id)):
        for item in query_all(table, Query(pk=LEDGER, prefix=f"{account}#", limit=100)):
            yield {**item, "ledger_account": account, "currency": item["sk"].rpartition("#")[2]}


def _line(kind: str, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], {**item, "channel": item.get("kind")})
