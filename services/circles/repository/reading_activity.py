"""What a member reads in a circle, and the likes that they receive there."""

from __future__ import annotations

from datetime import date

from services.circles.domain.reading_activity import ReadingActivity
from services.circles.repository.keys import user_item_key
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

READING = "READING"


def load_reading_activity(table: Table, circle_id: str, user_id: str) -> Versioned[ReadingActivity]:
    return READING_ACTIVITIES.load_or(table, user_item_key(circle_id, user_id, READING), ReadingActivity(circle_id, user_id))


def get_reading_activity(table: Table, circle_id: str, user_id: str) -> ReadingActivity:
    """Return the activity for display only: eventually consistent, 0.5 read units."""
    return READING_ACTIVITIES.find(table, user_item_key(circle_id, user_id, READING)) or ReadingActivity(circle_id, user_id)


def reading_activity_to_item(activity: ReadingActivity) -> Item:
    return {
        **user_item_key(activity.circle_id, activity.user_id, READING).attributes(),
        "circle_id": activity.circle_id,
        "user_id": activity.user_id,
        "day": activity.day.isoformat() if activity.day else "",
        "read_today": " ".join(sorted(activity.read_today)),
        "views": dict(activity.views),
        "days_read": activity.days_read,
        "notes_read": activity.notes_read,
        "last_read_at": millis(activity.last_read_at) if activity.last_read_at else 0,
        "version": activity.version,
    }


def reading_activity_from_item(item: Item) -> ReadingActivity:
    return ReadingActivity(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        day=date.fromisoformat(item["day"]) if item["day"] else None,
        read_today=frozenset(item["read_today"].split()),
        views=item["views"],
        days_read=item["days_read"],
        notes_read=item["notes_read"],
        last_read_at=from_millis(item["last_read_at"]) if item["last_read_at"] else None,
        version=item["version"],
    )


def likes_received_key(circle_id: str, user_id: str) -> Key:
    return user_item_key(circle_id, user_id, "LIKES_RECEIVED")


def get_likes_received(table: Table, circle_id: str, user_id: str) -> int:
    return int((table.get(likes_received_key(circle_id, user_id)) or {}).get("likes_received", 0))


READING_ACTIVITIES = EntityStore(reading_activity_to_item, reading_activity_from_item, NotFound)
