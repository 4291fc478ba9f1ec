"""The counters of tags, the record of what they counted, and which tags were merged.

The counters of a tag are spread over shards, each a partition of its own, so that a popular tag does not exceed the write
limit of one partition. Numbers in the table are exact far beyond 10^10 (38 digits).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from services.circles.repository.reading_activity import READING
from services.shared.messaging.stream import Change
from services.shared.table.pages import query_all
from services.shared.table.port import Item, Key, Query, Table, Update
from services.shared.table.versioned import Versioned

SHARDS = 4
RECORD_PARTITIONS = 16
COUNTED = ("notes", "views")

Counts = dict[str, dict[str, int]]


def shard_key(slug: str, shard: int) -> Key:
    return Key(f"TAG#{slug}#{shard}", "COUNT")


def get_counts(table: Table, slug: str) -> dict[str, int]:
    """Return the sum of a tag's shards, without tags that were merged into it."""
    shards = [table.get(shard_key(slug, shard)) or {} for shard in range(SHARDS)]
    return {name: sum(shard.get(name, 0) for shard in shards) for name in COUNTED}


def tag_counts_of(change: Change, slugs: Callable[[Sequence[str]], list[str]]) -> Counts:
    """Return what a change adds, by slug: visible notes by their tags, or views by the reading activity of a member."""
    if change.key.sk.startswith("NOTE#"):
        before, after = (set(slugs(_visible_tags(image))) for image in (change.old, change.new))
        return {slug: {"notes": 1} for slug in after - before} | {slug: {"notes": -1} for slug in before - after}
    if change.key.sk == READING and change.new:
        counted = change.old["views"] if change.old and change.old["day"] == change.new["day"] else {}
        added = {slug: views - counted.get(slug, 0) for slug, views in change.new["views"].items()}
        return {slug: {"views": views} for slug, views in added.items() if views}
    return {}


def _visible_tags(image: Item | None) -> list[str]:
    return image["tags"] if image and image["state"] == "visible" else []


def sum_counts(counts: Sequence[Counts]) -> Counts:
    total: Counts = {}
    for by_slug in counts:
        for slug, by_name in by_slug.items():
            sums = total.setdefault(slug, {})
            for name, by in by_name.items():
                sums[name] = sums.get(name, 0) + by
    return total


def counter_updates(counts: Counts, sequence: str) -> list[Update]:
    shard = _spread(sequence, SHARDS)
    return [Update(shard_key(slug, shard), None, add=by_name) for slug, by_name in counts.items()]


def count_record(counts: Counts, sequence: str) -> Item:
    """Return the item that marks a transaction as counted and stores what it counted. It is never deleted."""
    return {"pk": f"COUNTED#{_spread(sequence, RECORD_PARTITIONS)}", "sk": sequence, "counts": counts}


def iter_count_records(table: Table) -> Iterator[Counts]:
    """Yield all records, for a recount."""
    for partition in range(RECORD_PARTITIONS):
        query = Query(pk=f"COUNTED#{partition}", limit=500, consistent_read=True)
        yield from (item["counts"] for item in query_all(table, query))


MERGES = Key("TAGS", "MERGES")  # one item, so that two merges at once cannot make a cycle


def load_merges(table: Table, *, consistent_read: bool = False) -> Versioned[dict[str, str]]:
    """Load which tags are merged into which: a few among thousands."""
    item = table.get(MERGES, consistent_read=consistent_read)
    return Versioned(dict(item["merges"]) if item else {}, item)


def merges_to_item(merges: dict[str, str], version: int) -> Item:
    return {**MERGES.attributes(), "merges": merges, "version": version}


def _spread(sequence: str, over: int) -> int:
    return hashlib.sha256(sequence.encode()).digest()[0] % over
