"""Read markers: the highest sequence number that a user has read in a room."""

from __future__ import annotations

from services.shared.table.items import Attr, Key
from services.shared.table.port import ConditionFailed, Table


def marker_key(user_id: str, room_id: str) -> Key:
    return Key(f"USER#{user_id}", f"READ#{room_id}")


def advance_read_marker(table: Table, user_id: str, room_id: str, seq: int) -> int:
    """Move a marker forwards; return where it is afterwards. Unchanged if the marker is as far or further."""
    ahead = Attr("seq").not_exists() | Attr("seq").lt(seq)
    try:
        table.update(marker_key(user_id, room_id), set={"seq": seq}, when=ahead)
    except ConditionFailed as failed:
        return int((failed.old or {})["seq"])
    return seq


def get_read_marker(table: Table, user_id: str, room_id: str) -> int:
    """Return the marker; 0 if the user has read nothing."""
    return int((table.get(marker_key(user_id, room_id)) or {}).get("seq", 0))
