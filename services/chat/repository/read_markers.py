"""Read markers: the highest sequence number that a user has read in a room."""

from __future__ import annotations

from services.chat.domain import ReadMarker
from services.shared.table.items import Attr, Key
from services.shared.table.port import ConditionFailed, Table


def marker_key(user_id: str, room_id: str) -> Key:
    return Key(f"USER#{user_id}", f"READ#{room_id}")


def advance_read_marker(table: Table, user_id: str, room_id: str, seq: int) -> int:
    """Move a marker forwards; return where it is afterwards. Unchanged if the marker is as far or further."""
    ahead = Attr("seq").not_exists() | Attr("seq").lt(seq)
    try:
        table.update(marker_key(user_id, room_id), set={"seq": seq}, remove=("counted_seq", "counted"), when=ahead)
    except ConditionFailed as failed:
        return int((failed.old or {})["seq"])
    return seq


def get_read_marker(table: Table, user_id: str, room_id: str) -> ReadMarker:
    item = table.get(marker_key(user_id, room_id)) or {}
    return ReadMarker(item.get("seq", 0), item.get("counted_seq", 0), item.get("counted", 0))


def save_counted(table: Table, user_id: str, room_id: str, marker: ReadMarker) -> None:
    """Store how far the messages after a marker are counted. Unchanged if the marker has moved."""
    counted = {"seq": marker.seq, "counted_seq": marker.counted_seq, "counted": marker.counted}
    is_at = Attr("seq").eq(marker.seq) | Attr("seq").not_exists()
    try:
        table.update(marker_key(user_id, room_id), set=counted, when=is_at)
    except ConditionFailed:
        return
