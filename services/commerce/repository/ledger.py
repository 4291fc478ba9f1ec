"""The journal, one immutable entry an order and reason; and the accounts' balances, folded from its stream."""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.domain import Journal, Line, Reason
from services.shared.messaging.stream import Change
from services.shared.table.port import (
    ABSENT,
    Item,
    Key,
    Page,
    Put,
    Query,
    Table,
    Update,
)

LEDGER = "LEDGER"


def journal_put(journal: Journal) -> Put:
    """An entry is written once and never changed: its absence is the condition."""
    item = {
        "pk": f"JOURNAL#{journal.order_id}",
        "sk": f"ENTRY#{journal.reason}",
        "order_id": journal.order_id,
        "reason": str(journal.reason),
        "currency": journal.currency,
        "lines": [[line.account, line.amount] for line in journal.lines],
    }
    return Put(item, ABSENT)


def find_journal(table: Table, order_id: str) -> list[Journal]:
    page = table.query(Query(pk=f"JOURNAL#{order_id}", limit=len(Reason), consistent_read=True))
    return [journal_from_item(item) for item in page.items]


def list_accounts(table: Table, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=LEDGER, limit=limit, start=start, consistent_read=True))


def updates_of(changes: Sequence[Change]) -> list[Update]:
    """One update an account and currency: the sum of the lines that these changes brought."""
    sums: dict[Key, int] = {}
    for change in changes:
        if change.old is None and change.new and change.key.sk.startswith("ENTRY#"):
            journal = journal_from_item(change.new)
            for line in journal.lines:
                key = Key(LEDGER, f"{line.account}#{journal.currency}")
                sums[key] = sums.get(key, 0) + line.amount
    return [Update(key, None, add={"balance": amount}) for key, amount in sums.items()]


def journal_from_item(item: Item) -> Journal:
    lines = tuple(Line(account, amount) for account, amount in item["lines"])
    return Journal(item["order_id"], Reason(item["reason"]), item["currency"], lines)
