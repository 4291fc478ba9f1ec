"""What the daily reconciliation stores: how far it is, and which entries with cash the provider's list has confirmed.

The marker of an entry with cash is in a sparse index until then, the oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.commerce.repository.balances import COUNTED_PREFIX, UNRECONCILED, UNRECONCILED_INDEX, UNRECONCILED_SHARDS
from services.shared.kernel.clock import millis, rfc3339
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table

NEXT_DAY = Key("RECONCILIATION", "NEXT_DAY")
PROGRESS_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CountedCash:
    """The marker of a counted entry with cash. movement: the name of the provider's movement behind it."""

    key: Key
    cash: int
    currency: str
    movement: str
    is_unreconciled: bool

    @property
    def subject(self) -> str:
        """The order or payout."""
        return self.key.pk.removeprefix("LEDGER#")


def confirm_cash(table: Table, order_id: str, entry_id: str, cash: int, currency: str, movement: str) -> CountedCash | None:
    """Record that the provider has the movement of an entry, and take its marker out of the index.

    Returns None if it has this cash, also if that was recorded before; otherwise what the marker has.
    Cost: 1 write unit, and 1 of the index.
    Raises: ConditionFailed (no such entry is counted).
    """
    key = Key(f"LEDGER#{order_id}", f"{COUNTED_PREFIX}{entry_id}")
    is_same = Attr("cash").eq(cash) & Attr("currency").eq(currency) & Attr("movement").eq(movement)
    try:
        table.update(key, when=is_same, remove=("gsi1pk", "gsi1sk"))
    except ConditionFailed as failed:
        if failed.old is None:
            raise
        return _counted_cash(failed.old)
    return None


def iter_unreconciled(table: Table, until: datetime) -> Iterator[CountedCash]:
    """Yield the entries with cash that were counted before a moment, and that no list of the provider has confirmed."""
    for shard in range(UNRECONCILED_SHARDS):
        query = Query(pk=f"{UNRECONCILED}{shard}", last=rfc3339(until), index=UNRECONCILED_INDEX, limit=100)
        for item in query_all(table, query):
            marker = table.get(Key.of(item), consistent_read=True)
            if marker and (counted := _counted_cash(marker)).is_unreconciled:
                yield counted


def close_cash(table: Table, counted: CountedCash) -> None:
    """Take an entry that the provider does not have out of the index: it has its case."""
    table.update(counted.key, when=Attr("cash").exists(), remove=("gsi1pk", "gsi1sk"))


def _counted_cash(item: Item) -> CountedCash:
    about = (item.get("cash", 0), item.get("currency", ""), item.get("movement", ""))
    return CountedCash(Key.of(item), *about, is_unreconciled="gsi1pk" in item)


def find_next_day(table: Table) -> date | None:
    """Return the first day that is not reconciled; None before the first run."""
    item = table.get(NEXT_DAY, consistent_read=True)
    return date.fromisoformat(item["day"]) if item else None


def put_next_day(table: Table, day: date) -> None:
    """Store that all days before this one are reconciled. Unchanged if a later one is stored."""
    later = Attr("day").not_exists() | Attr("day").lt(day.isoformat())
    try:
        table.put({**NEXT_DAY.attributes(), "day": day.isoformat()}, when=later)
    except ConditionFailed:
        return


def find_cursor(table: Table, day: date) -> str | None:
    """Return where the provider's list of a day continues; None once it is read to its end, and empty at its beginning."""
    item = table.get(_progress_key(day), consistent_read=True)
    return item["cursor"] if item else ""


def put_cursor(table: Table, day: date, cursor: str | None, at: datetime) -> None:
    expires_at = millis(at + PROGRESS_LIFETIME) // 1000
    table.put({**_progress_key(day).attributes(), "cursor": cursor, "expires_at": expires_at}, when=None)


def _progress_key(day: date) -> Key:
    return Key(NEXT_DAY.pk, f"DAY#{day.isoformat()}")
