"""The days on which members sent messages in a circle: an item each, which publishes MemberActive once and expires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.shared.kernel.clock import millis, start_of_china_day
from services.shared.kernel.ids import NewId
from services.shared.messaging.events import MemberActive
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable
from services.shared.table.versioned import put_if_absent

ACTIVE = "ACTIVE#"
LIFETIME = timedelta(days=3)  # of the item, from the beginning of its day: longer than the stream keeps a record


@dataclass(frozen=True, slots=True)
class MemberDay:
    """That a member sent a message in a circle on a day in China."""

    circle_id: str
    user_id: str
    day: date

    @property
    def key(self) -> Key:
        return Key(active_partition(self.user_id), f"{self.circle_id}#{self.day}")


def active_partition(user_id: str) -> str:
    return f"{ACTIVE}{user_id}"


def put_member_days(ports: HasTable, days: Iterable[MemberDay]) -> None:
    """Store each day that is not stored, with the event MemberActive: at most 100 days.

    Cost: 0.5 read units per day, and 1 write unit if it is new.
    """
    by_key = {day.key: day for day in days}
    stored = ports.table.get_many(list(by_key)) if by_key else {}
    for key, day in by_key.items():
        if key not in stored:
            put_if_absent(ports.table, day_to_item(day, ports.new_id, ports.clock()))


def day_to_item(day: MemberDay, new_id: NewId, at: datetime) -> Item:
    return {
        **day.key.attributes(),
        "circle_id": day.circle_id,
        "user_id": day.user_id,
        "day": day.day.isoformat(),
        "version": millis(at),
        "expires_at": millis(start_of_china_day(day.day) + LIFETIME) // 1000,
        **pending_events(new_id, at, MemberActive),
    }
