"""Ledger entries, and the balances that are aggregated from the table's stream.

Functions that return a Put or an Update do not write: their result is one write of a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.ledger import Balance
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.stream import Change
from services.shared.table.items import ABSENT, Item, Key, Put, Query, Update
from services.shared.table.pages import query_all, query_page
from services.shared.table.port import Table

LEDGER = "LEDGER"  # the partition of all balances
ENTRY_PREFIX = "ENTRY#"
COUNTED_PREFIX = "COUNTED#"
OWNER_INDEX = "gsi1"  # sparse: an entry with a commission, once per order


def append_entry(entry: LedgerEntry, buyer_id: str = "") -> Put:
    """Write an entry once. The condition fails if the order already has an entry with this reason and subject.

    buyer_id: of the order; the first entry of an order has it, so that staff find the order by its id.
    """
    item = {
        **_entry_key(entry.order_id, entry.id).attributes(),
        "order_id": entry.order_id,
        "reason": str(entry.reason),
        "subject": entry.subject,
        "currency": entry.currency,
        "lines": [[line.ledger_account, line.amount] for line in entry.lines],
    }
    if buyer_id:
        item["buyer_id"] = buyer_id
    if owner_id := entry.commission_owner_id:
        item |= {"gsi1pk": owner_partition(owner_id), "gsi1sk": entry.order_id}
    return Put(item, ABSENT)


def owner_partition(owner_id: str) -> str:
    """Return the partition of the index that has the orders with a commission of an owner."""
    return f"OWNER#{owner_id}"


def find_buyer_id(table: Table, order_id: str) -> str | None:
    """Return the buyer of an order for which money has moved; None for any other. Cost: 1 read unit."""
    query = Query(pk=f"LEDGER#{order_id}", prefix=ENTRY_PREFIX, limit=100, consistent_read=True)
    return next((item["buyer_id"] for item in query_all(table, query) if "buyer_id" in item), None)


def list_entries(table: Table, order_id: str) -> list[LedgerEntry]:
    items = query_all(table, Query(pk=f"LEDGER#{order_id}", prefix=ENTRY_PREFIX, limit=100, consistent_read=True))
    return [entry_from_item(item) for item in items]


def has_entry(table: Table, entry: LedgerEntry) -> bool:
    """Whether an entry with the reason and subject of this one is stored."""
    return table.get(_entry_key(entry.order_id, entry.id), consistent_read=True) is not None


def _entry_key(order_id: str, entry_id: str) -> Key:
    return Key(f"LEDGER#{order_id}", f"{ENTRY_PREFIX}{entry_id}")


def list_balances(table: Table, page: PageRequest) -> Page[Balance]:
    query = Query(pk=LEDGER, limit=page.limit, start=page.start, consistent_read=True)
    return query_page(table, query, _balance_from_item)


def _balance_from_item(item: Item) -> Balance:
    ledger_account, _, currency = item["sk"].rpartition("#")
    return Balance(ledger_account, currency, item["balance"])


def is_new_entry(change: Change) -> bool:
    return change.old is None and change.key.sk.startswith(ENTRY_PREFIX)


def entry_from_change(change: Change) -> LedgerEntry:
    return entry_from_item(change.new or {})


def count_entries(entries: Sequence[LedgerEntry]) -> list[Put | Update]:
    """Return the marker of each entry, and one update per ledger account and currency.

    The condition of a marker fails if its entry was counted before.
    """
    markers = [Put(_marker_key(entry).attributes(), ABSENT) for entry in entries]
    return [*markers, *(Update(key, None, add={"balance": amount}) for key, amount in sum_entries(entries).items())]


def sum_entries(entries: Iterable[LedgerEntry]) -> dict[Key, int]:
    """Return the balances that these entries result in."""
    sums: dict[Key, int] = {}
    for entry in entries:
        for line in entry.lines:
            key = Key(LEDGER, f"{line.ledger_account}#{entry.currency}")
            sums[key] = sums.get(key, 0) + line.amount
    return sums


def is_counted(table: Table, entry: LedgerEntry) -> bool:
    return table.get(_marker_key(entry), consistent_read=True) is not None


def _marker_key(entry: LedgerEntry) -> Key:
    return Key(f"LEDGER#{entry.order_id}", f"{COUNTED_PREFIX}{entry.id}")


def entry_from_item(item: Item) -> LedgerEntry:
    lines = tuple(EntryLine(ledger_account, amount) for ledger_account, amount in item["lines"])
    return LedgerEntry(item["order_id"], EntryReason(item["reason"]), item["currency"], lines, item["subject"])
