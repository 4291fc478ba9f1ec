"""What is kept of a member's presence in a circle: reading, likes received, check-ins. A partition a person and circle."""

from __future__ import annotations

from datetime import date

from services.circles.domain.presence import CheckIns, Reading
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned

READING = "READING"


def person_key(circle_id: str, user_id: str, name: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#PERSON#{user_id}", name)


def find_reading(table: Table, circle_id: str, user_id: str) -> Versioned[Reading]:
    item = table.get(person_key(circle_id, user_id, READING), consistent_read=True)
    return Versioned(reading_from_item(item) if item else Reading(circle_id, user_id), item)


def look_at_reading(table: Table, circle_id: str, user_id: str) -> Reading:
    """The same for who only looks: half a unit."""
    item = table.get(person_key(circle_id, user_id, READING))
    return reading_from_item(item) if item else Reading(circle_id, user_id)


def reading_to_item(reading: Reading) -> Item:
    return {
        **person_key(reading.circle_id, reading.user_id, READING).attributes(),
        "circle_id": reading.circle_id,
        "user_id": reading.user_id,
        "day": reading.day.isoformat() if reading.day else "",
        "seen": " ".join(sorted(reading.seen)),
        "views": dict(reading.views),
        "days": reading.days,
        "notes": reading.notes,
        "seen_at": millis(reading.seen_at) if reading.seen_at else 0,
        "version": reading.version,
    }


def reading_from_item(item: Item) -> Reading:
    return Reading(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        day=_day(item["day"]),
        seen=frozenset(item["seen"].split()),
        views=item["views"],
        days=item["days"],
        notes=item["notes"],
        seen_at=from_millis(item["seen_at"]) if item["seen_at"] else None,
        version=item["version"],
    )


def liked_key(circle_id: str, user_id: str) -> Key:
    return person_key(circle_id, user_id, "LIKED")


def likes_received(table: Table, circle_id: str, user_id: str) -> int:
    return int((table.get(liked_key(circle_id, user_id)) or {}).get("liked", 0))


def find_check_ins(table: Table, circle_id: str, user_id: str) -> Versioned[CheckIns]:
    item = table.get(person_key(circle_id, user_id, "CHECKINS"), consistent_read=True)
    return Versioned(_check_ins_from_item(item) if item else CheckIns(circle_id, user_id), item)


def check_ins_to_item(check_ins: CheckIns) -> Item:
    runs = {"first": check_ins.first, "last": check_ins.last}
    return {
        **person_key(check_ins.circle_id, check_ins.user_id, "CHECKINS").attributes(),
        "circle_id": check_ins.circle_id,
        "user_id": check_ins.user_id,
        **{name: day.isoformat() if day else "" for name, day in runs.items()},
        "before": [day.isoformat() for day in check_ins.before or ()],
        "total": check_ins.total,
        "best": check_ins.best,
        "card": check_ins.card,
        "version": check_ins.version,
    }


def _check_ins_from_item(item: Item) -> CheckIns:
    before = [date.fromisoformat(day) for day in item["before"]]
    return CheckIns(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        first=_day(item["first"]),
        last=_day(item["last"]),
        before=(before[0], before[1]) if before else None,
        total=item["total"],
        best=item["best"],
        card=item["card"],
        version=item["version"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
