"""A user's choices about notifications, with the read marker and the push marker, in one item."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from services.chat.domain import NEVER, NotificationPreferences
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Item, Key
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned

READ_UNTIL, PUSHED_UNTIL, WITHDRAWN_AT = "read_until", "pushed_until", "withdrawn_at"
DIGESTED_ON = "digested_on"  # the start of the last day of which a digest was sent


def preferences_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "NOTIFICATIONS")


def load_preferences(table: Table, user_id: str) -> Versioned[NotificationPreferences]:
    return PREFERENCES.load_or(table, preferences_key(user_id), NotificationPreferences(user_id))


def advance_marker(table: Table, user_id: str, name: str, until: datetime) -> datetime:
    """Move a marker forwards; return where it is afterwards. Unchanged if it is as far or further.

    The addition of 0 gives an item that this creates the version 0: no choice is stored yet.
    Cost: 1 write unit.
    """
    ahead = Attr(name).not_exists() | Attr(name).lt(millis(until))
    try:
        table.update(preferences_key(user_id), set={name: millis(until)}, add={"version": 0}, when=ahead)
    except ConditionFailed as failed:
        return from_millis((failed.old or {})[name])
    return until


def claim_digest(table: Table, user_id: str, day: datetime) -> bool:
    """Store that the digest of a day is sent now, and return whether it was not sent before, and is still wanted.

    day: its start. Cost: 1 write unit.
    """
    is_new = Attr(DIGESTED_ON).not_exists() | Attr(DIGESTED_ON).lt(millis(day))
    try:
        table.update(preferences_key(user_id), set={DIGESTED_ON: millis(day)}, when=Attr("daily_digest").eq(True) & is_new)
    except ConditionFailed:
        return False
    return True


def preferences_to_item(preferences: NotificationPreferences) -> Item:
    return {
        **preferences_key(preferences.user_id).attributes(),
        "unlisted": sorted(preferences.unlisted),
        "unpushed": sorted(preferences.unpushed),
        "quiet": preferences.quiet,
        "quiet_from": preferences.quiet_from.isoformat("minutes"),
        "quiet_until": preferences.quiet_until.isoformat("minutes"),
        "daily_digest": preferences.daily_digest,
        "digest_at": preferences.digest_at.isoformat("minutes"),
        "version": preferences.version,
    }


def preferences_from_item(item: Item) -> NotificationPreferences:
    """Return the choices in an item. A marker alone leaves one without a choice."""
    user_id = item["pk"].removeprefix("USER#")
    names = (READ_UNTIL, PUSHED_UNTIL, WITHDRAWN_AT)
    read_until, pushed_until, withdrawn_at = (from_millis(item[name]) if name in item else NEVER for name in names)
    new = NotificationPreferences(user_id, version=item["version"], read_until=read_until, pushed_until=pushed_until)
    new = replace(new, withdrawn_at=withdrawn_at)
    if "quiet" not in item:
        return new
    return replace(
        new,
        unlisted=frozenset(item["unlisted"]),
        unpushed=frozenset(item["unpushed"]),
        quiet=item["quiet"],
        quiet_from=time.fromisoformat(item["quiet_from"]),
        quiet_until=time.fromisoformat(item["quiet_until"]),
        daily_digest=item["daily_digest"],
        digest_at=time.fromisoformat(item["digest_at"]),
    )


MARKERS = frozenset({READ_UNTIL, PUSHED_UNTIL, WITHDRAWN_AT, DIGESTED_ON})
PREFERENCES = EntityStore(preferences_to_item, preferences_from_item, NotFound, counters=MARKERS)
