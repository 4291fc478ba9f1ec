"""Ledger entries. Their balances are in `balances`.

Functions that return a Put do not write: their result is one write of a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.shared.messaging.stream import Change
from services.shared.table.items import ABSENT, Item, Key, Put, Query
from services.shared.table.pages import get_all, query_all
from services.shared.table.port import Table

ENTRY_PREFIX = "ENTRY#"
OWNER_INDEX = "gsi1"  # sparse: an entry with a commission, once per order


def append_entry(entry: LedgerEntry, buyer_id: str = "", *, is_counted: bool = False) -> Put:
    """Write an entry once. The condition fails if the order already has an entry with this reason and subject.

    buyer_id: of the order; the first entry of an order has it, so that staff find the order by its id.
    is_counted: whether the same transaction counts it, so that the stream need not.
    """
    item = {
        **_entry_key(entry.order_id, entry.id).attributes(),
        "order_id": entry.order_id,
        "reason": str(entry.reason),
        "subject": entry.subject,
        "currency": entry.currency,
        "lines": [[line.ledger_account, line.amount] for line in entry.lines],
    }
    if is_counted:
        item["is_counted"] = True
    if entry.payment_id:
        item["payment_id"] = entry.payment_id
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


def find_entry(table: Table, order_id: str, entry_id: str) -> LedgerEntry | None:
    """Find an entry of an order or payout. Cost: 0.5 read units."""
    item = table.get(_entry_key(order_id, entry_id))
    return entry_from_item(item) if item else None


def get_entries(table: Table, names: Sequence[tuple[str, str]]) -> list[LedgerEntry]:
    """Return the entries with these orders or payouts and ids. Cost: 0.5 read units each."""
    keys = [_entry_key(*name) for name in names]
    items = get_all(table, keys)
    return [entry_from_item(items[key]) for key in keys]


def _entry_key(order_id: str, entry_id: str) -> Key:
    return Key(f"LEDGER#{order_id}", f"{ENTRY_PREFIX}{entry_id}")


def is_new_entry(change: Change) -> bool:
    """Whether the stream must count an entry."""
    is_counted = change.new is None or "is_counted" in change.new
    return change.old is None and change.key.sk.startswith(ENTRY_PREFIX) and not is_counted


def entry_from_change(change: Change) -> LedgerEntry:
    return entry_from_item(change.new or {})


def entry_from_item(item: Item) -> LedgerEntry:
    lines = tuple(EntryLine(ledger_account, amount) for ledger_account, amount in item["lines"])
    about = (item["order_id"], EntryReason(item["reason"]), item["currency"], lines, item["subject"])
    return LedgerEntry(*about, item.get("payment_id", ""))
