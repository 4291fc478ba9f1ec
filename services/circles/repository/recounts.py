"""The nightly recount: which circles wait for it, how far it is, what it found, and the correction of a counter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from services.circles.domain.recount import Count, Differences, NoteRecount, TagRecount
from services.circles.repository.circles import circle_key, find_circle, iter_members
from services.circles.repository.comments import COMMENT, is_visible_comment
from services.circles.repository.notes import like_key, note_key, thread_pk
from services.circles.repository.tags import counts_to_item, get_counts, records_query, shard_key
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import PRESENT, Attr, Condition, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import put_if_absent

WAITING = "RECOUNT"  # the partition of the circles that wait for their recount
TAG_RECOUNT = Key("TAGS", "RECOUNT")
MEMBERS = "MEMBERS"  # the number of members, among the ids of notes
PAGE = 500


def create_note_recount(table: Table, circle_id: str) -> None:
    """Store that a circle waits for its recount. Unchanged if it waits already."""
    put_if_absent(table, _note_recount_to_item(NoteRecount(circle_id)))


def list_note_recounts(table: Table, limit: int) -> list[NoteRecount]:
    return [_note_recount_from_item(item) for item in table.query(Query(pk=WAITING, limit=limit, consistent_read=True)).items]


def put_note_recount(table: Table, progress: NoteRecount) -> None:
    table.put(_note_recount_to_item(progress), when=None)


def delete_note_recount(table: Table, circle_id: str) -> None:
    table.delete(Key(WAITING, circle_id), when=None)


def _note_recount_to_item(progress: NoteRecount) -> Item:
    return {
        **Key(WAITING, progress.circle_id).attributes(),
        "first": progress.first,
        "last": progress.last,
        "next_member": progress.next_member,
        "likes": dict(progress.likes),
    }


def _note_recount_from_item(item: Item) -> NoteRecount:
    return NoteRecount(item["sk"], item["first"], item["last"], item["next_member"], item["likes"])


def iter_note_counters(table: Table, circle_id: str, first: str, last: str = "~") -> Iterator[tuple[str, dict[str, int]]]:
    """Yield id and counters of the notes from `first` to `last`, oldest first."""
    query = Query(pk=f"CIRCLE#{circle_id}", first=f"NOTE#{first}", last=f"NOTE#{last}", limit=PAGE, consistent_read=True)
    for item in query_all(table, query):
        yield item["id"], {name: item.get(name, 0) for name in ("likes", "comments")}


def iter_member_ids(table: Table, circle_id: str, first: str) -> Iterator[str]:
    """Yield the users who are or were members, from `first` on."""
    query = Query(pk=f"CIRCLE#{circle_id}", first=f"MEMBER#{first}", last="MEMBER#~", limit=PAGE, consistent_read=True)
    return (item["user_id"] for item in query_all(table, query))


def iter_liked_note_ids(table: Table, circle_id: str, user_id: str, first: str, last: str) -> Iterator[str]:
    """Yield which of the notes from `first` to `last` a user likes."""
    query = Query(
        pk=like_key(circle_id, "", user_id).pk, first=f"LIKE#{first}", last=f"LIKE#{last}", limit=PAGE, consistent_read=True
    )
    return (item["note_id"] for item in query_all(table, query))


def count_comments(table: Table, circle_id: str, note_id: str) -> int:
    """Return the number of a note's comments, without tombstones."""
    query = Query(pk=thread_pk(circle_id, note_id), prefix=COMMENT, limit=PAGE, consistent_read=True)
    return sum(map(is_visible_comment, query_all(table, query)))


def find_differences(table: Table, circle_id: str) -> tuple[str, Differences | None]:
    """Return the note that the next recount of a circle starts at, and what the last one found there."""
    item = table.get(_differences_key(circle_id), consistent_read=True)
    return (item["next_note"], _differences_from_item(item)) if item else ("", None)


def put_differences(table: Table, circle_id: str, next_note: str, differences: Differences) -> None:
    table.put(
        {**_differences_key(circle_id).attributes(), "next_note": next_note, **_differences_to_item(differences)}, when=None
    )


def count_members(table: Table, circle_id: str) -> dict[str, Count]:
    """Return the number of active members and its counter, under `MEMBERS`; nothing of a circle that does not exist."""
    circle = find_circle(table, circle_id, consistent_read=True)
    if circle is None:
        return {}
    active = sum(member.is_active for member in iter_members(table, circle_id))
    return {MEMBERS: Count({"members": active}, {"members": circle.members})}


def correct_members(table: Table, circle_id: str, count: Count) -> bool:
    """Move the number of members by its difference, if it is still what was compared."""
    return _correct(table, circle_key(circle_id), count)


def correct_note(table: Table, circle_id: str, note_id: str, count: Count) -> bool:
    """Move the counters of a note by their difference, if they are still what was compared."""
    return _correct(table, note_key(circle_id, note_id), count)


def _correct(table: Table, key: Key, count: Count) -> bool:
    try:
        table.update(key, add=count.difference, when=_unchanged(count.stored) & PRESENT)
    except ConditionFailed:
        return False
    return True


def _unchanged(stored: Mapping[str, int]) -> Condition:
    conditions = (
        Attr(name).eq(value) if value else Attr(name).eq(0) | Attr(name).not_exists() for name, value in stored.items()
    )
    return reduce(and_, conditions)


def _differences_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "RECOUNT")


def _differences_to_item(differences: Differences) -> Item:
    found: dict[str, Any] = {key: [dict(count.counted), dict(count.stored)] for key, count in differences.found.items()}
    return {"found_at": millis(differences.at), "found": found}


def _differences_from_item(item: Item) -> Differences:
    return Differences(from_millis(item["found_at"]), {key: Count(*counts) for key, counts in item["found"].items()})


# tags


def get_tag_recount(table: Table) -> tuple[TagRecount, Differences | None]:
    """Return how far the recount of tags is, and the differences of the last one that was completed."""
    item = table.get(TAG_RECOUNT, consistent_read=True)
    if item is None:
        return TagRecount(), None
    names = ("day", "partition", "after", "counted", "next_tag", "is_complete")
    return TagRecount(*(item[name] for name in names)), _differences_from_item(item)


def put_tag_recount(table: Table, recount: TagRecount, differences: Differences) -> None:
    progress: Item = {
        "day": recount.day,
        "partition": recount.partition,
        "after": recount.after,
        "counted": {slug: dict(counts) for slug, counts in recount.counted.items()},
        "next_tag": recount.next_tag,
        "is_complete": recount.is_complete,
    }
    table.put({**TAG_RECOUNT.attributes(), **progress, **_differences_to_item(differences)}, when=None)


def list_count_records(
    table: Table, partition: int, after: str, limit: int
) -> tuple[list[Mapping[str, Mapping[str, int]]], str]:
    """Return a page of the records of counted changes, and the key that the next page starts after; empty on the last page."""
    page = table.query(records_query(partition, after, limit))
    return [item["counts"] for item in page.items], page.items[-1]["sk"] if page.next else ""


def correct_tag(table: Table, slug: str, count: Count) -> bool:
    """Move the counters of a tag by their difference, if they are still what was compared."""
    if get_counts(table, slug, consistent_read=True) != count.stored:
        return False
    first = table.get(shard_key(slug, 0), consistent_read=True) or {}
    unchanged = _unchanged({name: first.get(name, 0) for name in count.difference})
    try:
        table.update(shard_key(slug, 0), add=count.difference, when=unchanged)
    except ConditionFailed:
        return False
    return True


def put_count_correction(table: Table, slug: str, difference: Mapping[str, int], at: datetime) -> None:
    """Record that the records of counted changes of a tag are wrong by this difference."""
    table.put(counts_to_item({slug: dict(difference)}, f"CORRECTION#{millis(at)}#{slug}"), when=None)
