"""Ledger entries, and the balances that are aggregated from the table's stream.

Functions that return a Put or an Update do not write: their result is one write of a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.shared.messaging.stream import Change
from services.shared.table.port import ABSENT, Item, Key, Page, Put, Query, Table, Update

LEDGER = "LEDGER"  # the partition of all balances
ENTRY_PREFIX = "ENTRY#"


def append_entry(entry: LedgerEntry) -> Put:
    """Write an entry once. The condition fails if the order already has an entry with this reason."""
    item = {
        "pk": f"LEDGER#{entry.order_id}",
        "sk": f"{ENTRY_PREFIX}{entry.reason}",
        "order_id": entry.order_id,
        "reason": str(entry.reason),
        "currency": entry.currency,
        "lines": [[line.ledger_account, line.amount] for line in entry.lines],
    }
    return Put(item, ABSENT)


def list_entries(table: Table, order_id: str) -> list[LedgerEntry]:
    page = table.query(Query(pk=f"LEDGER#{order_id}", limit=len(EntryReason), consistent_read=True))
    return [entry_from_item(item) for item in page.items]


def list_balances(table: Table, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=LEDGER, limit=limit, start=start, consistent_read=True))


def balance_updates(changes: Sequence[Change]) -> list[Update]:
    """Return one update per ledger account and currency: the sum of the lines of all entries created in `changes`."""
    sums: dict[Key, int] = {}
    for change in changes:
        if change.old is None and change.new and change.key.sk.startswith(ENTRY_PREFIX):
            entry = entry_from_item(change.new)
            for line in entry.lines:
                key = Key(LEDGER, f"{line.ledger_account}#{entry.currency}")
                sums[key] = sums.get(key, 0) + line.amount
    return [Update(key, None, add={"balance": amount}) for key, amount in sums.items()]


def entry_from_item(item: Item) -> LedgerEntry:
    lines = tuple(EntryLine(ledger_account, amount) for ledger_account, amount in item["lines"])
    return LedgerEntry(item["order_id"], EntryReason(item["reason"]), item["currency"], lines)
