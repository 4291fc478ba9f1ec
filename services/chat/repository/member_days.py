"""The days on which members sent messages in a circle: an item each, which publishes MemberActive once and expires."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from services.shared.kernel.clock import CHINA, china_day, millis
from services.shared.messaging.events import MemberActive
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable
from services.shared.table.versioned import put_if_absent

ACTIVE = "ACTIVE#"
LIFETIME = timedelta(days=3)  # of the item, from the beginning of its day


def active_partition(user_id: str) -> str:
    return f"{ACTIVE}{user_id}"


def put_member_day(ports: HasTable, circle_id: str, user_id: str, at: datetime) -> None:
    """Store that a member sent a message today, with the event MemberActive, unless it is stored. Cost: 1 write unit."""
    day = china_day(at)
    item: Item = {
        **Key(active_partition(user_id), f"{circle_id}#{day}").attributes(),
        "circle_id": circle_id,
        "user_id": user_id,
        "day": day.isoformat(),
        "version": millis(at),
        "expires_at": millis(datetime.combine(day, time(), CHINA) + LIFETIME) // 1000,
        **pending_events(ports.new_id, at, MemberActive),
    }
    put_if_absent(ports.table, item)
