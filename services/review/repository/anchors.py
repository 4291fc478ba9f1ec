"""Items of the hourly anchors: the heads of audit chains per hour, the hash of each anchor, and the next hour to anchor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import GENESIS_HASH, AuditEntry
from services.shared.table.items import Attr, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table

NEXT_HOUR = Key("ANCHORED", "NEXT_HOUR")
PAGE = 500


def put_head(table: Table, chain: str, entry: AuditEntry, now: datetime) -> None:
    """Store the head of a chain in the list of this hour. Unchanged if the stored head is not older."""
    key = Key(f"HEADS#{hour_name(now)}", chain)
    is_newer = Attr("length").not_exists() | Attr("length").lt(entry.index)
    try:
        table.update(key, set={"length": entry.index, "head": entry.hash}, when=is_newer)
    except ConditionFailed:
        return


def iter_heads(table: Table, hour: datetime) -> Iterator[list[Any]]:
    """Yield the chain, length and head of each chain that changed in an hour."""
    items = query_all(table, Query(pk=f"HEADS#{hour_name(hour)}", limit=PAGE, consistent_read=True))
    return ([item["sk"], item["length"], item["head"]] for item in items)


def put_anchor_hash(table: Table, hour: datetime, anchor_hash: str) -> None:
    table.put({"pk": "ANCHORS", "sk": hour_name(hour), "hash": anchor_hash}, when=None)


def get_last_anchor_hash(table: Table) -> str:
    items = table.query(Query(pk="ANCHORS", limit=1, newest_first=True, consistent_read=True)).items
    return items[0]["hash"] if items else GENESIS_HASH


def find_next_hour(table: Table) -> datetime | None:
    """Find the first hour that is not anchored yet. None before the first run."""
    item = table.get(NEXT_HOUR, consistent_read=True)
    return from_millis(item["hour"]) if item else None


def put_next_hour(table: Table, hour: datetime) -> None:
    table.put({**NEXT_HOUR.attributes(), "hour": millis(hour)}, when=None)


def start_of_hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_name(at: datetime) -> str:
    """Return the hour as `2026-11-24T08:00+00:00`, which sorts by time."""
    return start_of_hour(at).isoformat(timespec="minutes")
