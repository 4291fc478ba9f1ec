"""What tags are counted by, which were merged, and the record of all that was counted.

A tag's counters are spread over shards, each a partition of its own, so that no tag is too hot to be counted; numbers in the
table are exact far beyond 10^10 (38 digits)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from services.circles.repository.presence import READING
from services.shared.messaging.stream import Change
from services.shared.table.port import (
    Item,
    Key,
    Query,
    Table,
    Update,
)
from services.shared.table.queries import query_all
from services.shared.table.versioned import Versioned

SHARDS = 4
RECORDS = 16  # partitions of the record
COUNTED = ("notes", "views")

Counts = dict[str, dict[str, int]]


def shard_key(slug: str, shard: int) -> Key:
    return Key(f"TAG#{slug}#{shard}", "COUNT")


def get_counts(table: Table, slug: str) -> dict[str, int]:
    """A tag's own counters over its shards."""
    rows = [table.get(shard_key(slug, shard)) or {} for shard in range(SHARDS)]
    return {name: sum(row.get(name, 0) for row in rows) for name in COUNTED}


def counts_of(change: Change, slugs: Callable[[Sequence[str]], list[str]]) -> Counts:
    """What a change moves, by slug: notes that are to be seen, by their tags' names; views, as a reader's row has them."""
    if change.key.sk.startswith("NOTE#"):
        gone, come = (set(slugs(_shown_tags(image))) for image in (change.old, change.new))
        return {slug: {"notes": 1} for slug in come - gone} | {slug: {"notes": -1} for slug in gone - come}
    if change.key.sk == READING and change.new:
        before = change.old["views"] if change.old and change.old["day"] == change.new["day"] else {}
        more = {slug: views - before.get(slug, 0) for slug, views in change.new["views"].items()}
        return {slug: {"views": views} for slug, views in more.items() if views}
    return {}


def _shown_tags(image: Item | None) -> list[str]:
    return image["tags"] if image and image["state"] == "visible" else []


def add_up(counts: Sequence[Counts]) -> Counts:
    total: Counts = {}
    for one in counts:
        for slug, moved in one.items():
            mine = total.setdefault(slug, {})
            for name, by in moved.items():
                mine[name] = mine.get(name, 0) + by
    return total


def updates(counts: Counts, sequence: str) -> list[Update]:
    shard = _spread(sequence, SHARDS)
    return [Update(shard_key(slug, shard), None, add=moved) for slug, moved in counts.items()]


def record(counts: Counts, sequence: str) -> Item:
    """What one transaction has counted, for good: the marker that it was counted and the line of the log in one."""
    return {"pk": f"COUNTED#{_spread(sequence, RECORDS)}", "sk": sequence, "counts": counts}


def list_records(table: Table) -> Iterator[Counts]:
    """The whole log, for a recount."""
    for number in range(RECORDS):
        yield from (row["counts"] for row in query_all(table, Query(pk=f"COUNTED#{number}", limit=500, consistent_read=True)))


MERGES = Key("TAGS", "MERGES")  # all in one item, so that no two merges can lead around in a circle


def find_merges(table: Table, *, consistent_read: bool = False) -> Versioned[dict[str, str]]:
    """Which tags are merged into which; a few among thousands."""
    item = table.get(MERGES, consistent_read=consistent_read)
    return Versioned(dict(item["merges"]) if item else {}, item)


def merges_to_item(merges: dict[str, str], version: int) -> Item:
    return {**MERGES.attributes(), "merges": merges, "version": version}


def _spread(sequence: str, over: int) -> int:
    return hashlib.sha256(sequence.encode()).digest()[0] % over
