"""The slow mode of a room: when each member can send again. Only in a slow room does a send write this item."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from services.chat.errors import SlowModeActive
from services.shared.kernel.clock import millis, millis_of
from services.shared.table.items import ABSENT, Attr, Key
from services.shared.table.port import ConditionFailed, Table

KEPT_AFTER_SLOT = timedelta(days=2)


def slow_mode_key(user_id: str, room_id: str) -> Key:
    return Key(f"USER#{user_id}", f"SLOW#{room_id}")


def acquire_slow_slot(table: Table, user_id: str, room_id: str, token: str, interval: timedelta, at: datetime) -> bool:
    """Use the member's slot of a slow room; return False for a retry of the message that has it.

    sent_at: when the slot was used. A shorter or longer interval applies at once.
    Cost: 1 write unit.
    Raises: SlowModeActive (`retry_after` is when the slot is free).
    """
    key, now, since = slow_mode_key(user_id, room_id), millis(at), millis(at - interval)
    expires_at = (now + millis_of(max(interval, KEPT_AFTER_SLOT))) // 1000
    item = {**key.attributes(), "sent_at": now, "token": token, "expires_at": expires_at}
    # Another token alone: the retry of a message must not move its slot, however late it comes.
    is_free = ABSENT | (Attr("sent_at").le(since) & Attr("token").ne(token))
    try:
        table.put(item, when=is_free)
    except ConditionFailed as failed:
        stored = failed.old or {}
        if stored.get("token") == token:
            return False
        wait = stored.get("sent_at", now) + millis_of(interval) - now
        raise SlowModeActive(retry_after=max(1, ceil(wait / 1000))) from None
    return True


def release_slow_slot(table: Table, user_id: str, room_id: str, token: str) -> None:
    """Free the slot of a message that was not sent. Unchanged if another message has it."""
    try:
        table.delete(slow_mode_key(user_id, room_id), when=Attr("token").eq(token))
    except ConditionFailed:
        return
