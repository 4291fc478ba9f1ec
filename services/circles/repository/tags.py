"""The counters of tags, their nightly snapshots, the record of what they counted, and which tags were merged.

The counters of a tag are spread over shards, each a partition of its own. So a popular tag does not exceed the write limit of
one partition. Numbers in the table are exact far beyond 10^10 (38 digits).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from services.circles.domain.tags import TagMerges, TagSnapshot
from services.circles.errors import TagNotFound
from services.circles.repository.notes import is_visible_note
from services.circles.repository.reading_activity import READING
from services.shared.messaging.stream import Change
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query, Update
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

SHARDS = 4
RECORD_PARTITIONS = 16
COUNTED = ("notes", "views")
GROUP, CIRCLE_GROUPS = "group_", 32  # a circle is in one group; each shard counts the notes of each group

Counts = dict[str, dict[str, int]]
Slugs = Callable[[Sequence[str]], list[str]]  # returns the slugs of these names of tags


def shard_key(slug: str, shard: int) -> Key:
    return Key(f"TAG#{slug}#{shard}", "COUNT")


def get_counts(table: Table, slug: str, *, consistent_read: bool = False) -> dict[str, int]:
    """Return the sum of a tag's shards, without tags that were merged into it."""
    sums = _sum_shards(table, slug, consistent_read=consistent_read)
    return {name: sums.get(name, 0) for name in COUNTED}


def _sum_shards(table: Table, slug: str, *, consistent_read: bool) -> dict[str, int]:
    shards = (table.get(shard_key(slug, shard), consistent_read=consistent_read) or {} for shard in range(SHARDS))
    counters = ({name: by for name, by in shard.items() if name in COUNTED or name.startswith(GROUP)} for shard in shards)
    return sum_counts([{slug: by_name} for by_name in counters]).get(slug, {})


def put_snapshot(table: Table, slug: str) -> dict[str, int]:
    """Store the counters of a tag as its snapshot, and return them. Each night's replaces the one before."""
    sums = _sum_shards(table, slug, consistent_read=True)
    counts = {name: sums.get(name, 0) for name in COUNTED}
    groups = sorted(name for name, notes in sums.items() if name.startswith(GROUP) and notes > 0)
    table.put({**_snapshot_key(slug).attributes(), **counts, "circle_groups": groups}, when=None)
    return counts


def find_snapshot(table: Table, slug: str) -> TagSnapshot:
    """Return the last snapshot of a tag; an empty one if there is none."""
    item = table.get(_snapshot_key(slug))
    return TagSnapshot(item["notes"], item["views"], frozenset(item["circle_groups"])) if item else TagSnapshot()


def _snapshot_key(slug: str) -> Key:
    return Key(f"TAG#{slug}", "SNAPSHOT")


def tag_counts_of(change: Change, slugs: Slugs) -> Counts:
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
    return image["tags"] if image and is_visible_note(image) else []


def sum_counts(counts: Sequence[Mapping[str, Mapping[str, int]]]) -> Counts:
    total: Counts = {}
    for by_slug in counts:
        for slug, by_name in by_slug.items():
            sums = total.setdefault(slug, {})
            for name, by in by_name.items():
                sums[name] = sums.get(name, 0) + by
    return total


def tag_updates(slugs: Slugs, changes: Sequence[Change]) -> list[Update]:
    """Return what these changes add to the counters of tags. Changes of one group move the same shard of each tag."""
    shard = _spread(changes[0].sequence, SHARDS)
    sums = sum_counts([_with_circle_groups(change, tag_counts_of(change, slugs)) for change in changes])
    moves = ((slug, {name: by for name, by in by_name.items() if by}) for slug, by_name in sums.items())
    return [Update(shard_key(slug, shard), None, add=by_name) for slug, by_name in moves if by_name]


def circle_group(circle_pk: str) -> str:
    """Return the name of the group's counter of notes, by the partition key of a circle."""
    return f"{GROUP}{_spread(circle_pk, CIRCLE_GROUPS)}"


def _with_circle_groups(change: Change, counts: Counts) -> Counts:
    """Return what a change counts, and its notes for the group of its circle too."""
    group = circle_group(change.key.pk)
    return {slug: by | {group: by["notes"]} if "notes" in by else by for slug, by in counts.items()}


def tag_record(slugs: Slugs, changes: Sequence[Change]) -> Item:
    return counts_to_item(_sum_changes(slugs, changes), changes[0].sequence)


def _sum_changes(slugs: Slugs, changes: Sequence[Change]) -> Counts:
    counts = sum_counts([tag_counts_of(change, slugs) for change in changes])
    return {slug: by_name for slug, by_name in counts.items() if any(by_name.values())}


def counts_to_item(counts: Counts, sequence: str) -> Item:
    """Return the item that marks a transaction as counted and stores what it counted. It is never deleted."""
    return {"pk": f"COUNTED#{_spread(sequence, RECORD_PARTITIONS)}", "sk": sequence, "counts": counts}


def iter_count_records(table: Table) -> Iterator[Counts]:
    """Yield all records, for a recount."""
    for partition in range(RECORD_PARTITIONS):
        yield from (item["counts"] for item in query_all(table, records_query(partition, "", 500)))


def records_query(partition: int, after: str, limit: int) -> Query:
    """Return the query of the records of one partition whose key is greater than `after`."""
    return Query(pk=f"COUNTED#{partition}", first=f"{after}!", last="~", limit=limit, consistent_read=True)


MERGES = Key("TAGS", "MERGES")  # one item, so that two merges at once cannot make a cycle


def get_merges(table: Table) -> TagMerges:
    return TAG_MERGES.find(table, MERGES) or TagMerges()


def load_merges(table: Table) -> Versioned[TagMerges]:
    return TAG_MERGES.load_or(table, MERGES, TagMerges())


def merges_to_item(merges: TagMerges) -> Item:
    return {**MERGES.attributes(), "merges": dict(merges.into), "version": merges.version}


def merges_from_item(item: Item) -> TagMerges:
    return TagMerges(item["merges"], item["version"])


def _spread(sequence: str, over: int) -> int:
    return hashlib.sha256(sequence.encode()).digest()[0] % over


TAG_MERGES = EntityStore(merges_to_item, merges_from_item, TagNotFound)
