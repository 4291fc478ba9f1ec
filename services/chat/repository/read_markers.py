"""Read markers: the highest sequence number that a user has read in a room."""

from __future__ import annotations

from services.chat.domain import ReadMarker
from services.shared.table.items import Attr, Item, Key
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import retry_on_write_conflict

MARKER = "#READ#"


def marker_key(user_id: str, circle_id: str, room_id: str) -> Key:
    """Return the key of a marker. It sorts right after the membership in the circle, so that one query reads both."""
    return Key(f"USER#{user_id}", f"CIRCLE#{circle_id}{MARKER}{room_id}")


def is_marker(item: Item) -> bool:
    """Whether an item of the user's circles is a read marker; the others are memberships."""
    return MARKER in item["sk"]


def circle_of_marker(item: Item) -> str:
    circle_id, _, _ = item["sk"].removeprefix("CIRCLE#").partition(MARKER)
    return str(circle_id)


def advance_read_marker(table: Table, user_id: str, circle_id: str, room_id: str, seq: int) -> int:
    """Move a marker forwards; return where it is afterwards. Unchanged if the marker is as far or further."""
    ahead, key = Attr("seq").not_exists() | Attr("seq").lt(seq), marker_key(user_id, circle_id, room_id)
    try:
        table.update(key, set={"seq": seq}, remove=("counted_seq", "counted", "blocks_version", "revision"), when=ahead)
    except ConditionFailed as failed:
        return int((failed.old or {})["seq"])
    return seq


def save_counted(table: Table, user_id: str, circle_id: str, marker: ReadMarker) -> None:
    """Store how far the messages after a marker are counted. Unchanged if the marker has moved."""
    counted = {"seq": marker.seq, "counted_seq": marker.counted_seq, "counted": marker.counted}
    counted |= {"blocks_version": marker.blocks_version, "revision": marker.revision}
    is_at = Attr("seq").eq(marker.seq) | Attr("seq").not_exists()
    try:
        table.update(marker_key(user_id, circle_id, marker.room_id), set=counted, when=is_at)
    except ConditionFailed:
        return


def put_mention(table: Table, user_id: str, circle_id: str, room_id: str, seq: int, *, is_mentioned: bool) -> None:
    """Store with a user's marker that a message mentions them, or does not any more. Unchanged if it is stored so.

    Cost: 1 read unit, and 1 write unit if it changes.
    """
    key = marker_key(user_id, circle_id, room_id)

    def attempt() -> None:
        stored = (table.get(key, consistent_read=True) or {}).get("mentions")
        before = ReadMarker(room_id, mentions=_mentions_from_text(stored))
        after = before.mention(seq, is_mentioned=is_mentioned)
        if after != before:
            # As text: a condition compares no lists.
            unchanged = Attr("mentions").not_exists() if stored is None else Attr("mentions").eq(stored)
            table.update(key, set={"mentions": " ".join(map(str, after.mentions))}, when=unchanged)

    retry_on_write_conflict(attempt)


def marker_from_item(item: Item) -> ReadMarker:
    room_id = item["sk"].partition(MARKER)[2]
    return ReadMarker(
        room_id=room_id,
        seq=item.get("seq", 0),
        counted_seq=item.get("counted_seq", 0),
        counted=item.get("counted", 0),
        blocks_version=item.get("blocks_version", 0),
        revision=item.get("revision", 0),
        mentions=_mentions_from_text(item.get("mentions")),
    )


def _mentions_from_text(stored: str | None) -> tuple[int, ...]:
    return tuple(map(int, (stored or "").split()))
