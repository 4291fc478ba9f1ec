"""Items of the hourly anchors: the heads of audit chains per hour, the hash of each anchor, and the next hour to anchor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.observability import logger, record_metric
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table

HOUR = timedelta(hours=1)
NEXT_HOUR = Key("ANCHORED", "NEXT_HOUR")
PAGE = 500
CHAIN_PATTERN = r"[ -~]{1,1000}"  # the keys of audited entities are ids
Head = tuple[str, int, str]  # chain, length, hash of its last entry


def parse_head(chain: Any, length: Any, head: Any) -> Head:
    """Return a head whose values an honest writer can have stored. Raises: ValueError, TypeError (they were changed).

    No other values reach a key: what an insider wrote must not stop the verification of other chains.
    """
    if type(length) is not int or not 0 < length < 10**10 or not re.fullmatch(CHAIN_PATTERN, chain):
        raise ValueError
    return chain, length, str(head)


def head_item(chain: str, length: int, head: str, now: datetime) -> Item:
    """Return the item of a head in the list of this hour."""
    return {"pk": f"HEADS#{hour_name(now)}", "sk": chain, "length": length, "head": head}


def put_head(table: Table, chain: str, length: int, head: str, now: datetime) -> None:
    """Store the head of a chain in the list of this hour. Unchanged if the stored head is not older."""
    item = head_item(chain, length, head, now)
    is_newer = Attr("length").not_exists() | Attr("length").lt(length)
    try:
        table.update(Key.of(item), set={"length": length, "head": head}, when=is_newer)
    except ConditionFailed:
        return


def iter_heads(table: Table, hour: datetime) -> Iterator[Head]:
    """Yield the head of each chain that changed in an hour.

    Not one that was changed to no head: anchoring continues, and verification names its chain, which no list has.
    """
    for item in query_all(table, Query(pk=f"HEADS#{hour_name(hour)}", limit=PAGE, consistent_read=True)):
        try:
            yield parse_head(item["sk"], item.get("length"), item["head"])
        except (KeyError, TypeError, ValueError):
            logger().error("head differs", hour=hour_name(hour))
            record_metric("AuditTampered", 1)


def put_anchor_hash(table: Table, hour: datetime, anchor_hash: str) -> None:
    table.put({"pk": "ANCHORS", "sk": hour_name(hour), "hash": anchor_hash}, when=None)


def find_last_anchor_hash(table: Table) -> str | None:
    items = table.query(Query(pk="ANCHORS", limit=1, newest_first=True, consistent_read=True)).items
    return str(items[0]["hash"]) if items else None


def iter_anchor_hashes(table: Table) -> Iterator[tuple[str, str]]:
    """Yield the hour and the hash of each anchor, as the table has them."""
    items = query_all(table, Query(pk="ANCHORS", limit=PAGE, consistent_read=True))
    return ((item["sk"], item.get("hash", "")) for item in items)


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
