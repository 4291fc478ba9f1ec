"""Daily digests of a circle, and each member's preference about them."""

from __future__ import annotations

from datetime import date, time

from services.circles.domain.digest import DigestPreference
from services.circles.repository.keys import user_item_key
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned

DIGEST = "DIGEST"


def load_digest_preference(table: Table, circle_id: str, user_id: str) -> Versioned[DigestPreference]:
    item = table.get(user_item_key(circle_id, user_id, DIGEST), consistent_read=True)
    return Versioned(_digest_preference_from_item(item) if item else DigestPreference(circle_id, user_id), item)


def digest_preference_to_item(preference: DigestPreference) -> Item:
    return {
        **user_item_key(preference.circle_id, preference.user_id, DIGEST).attributes(),
        "circle_id": preference.circle_id,
        "user_id": preference.user_id,
        "on": preference.on,
        "quiet_from": preference.quiet_from.isoformat("minutes"),
        "quiet_until": preference.quiet_until.isoformat("minutes"),
        "version": preference.version,
    }


def _digest_preference_from_item(item: Item) -> DigestPreference:
    hours = (time.fromisoformat(item["quiet_from"]), time.fromisoformat(item["quiet_until"]))
    return DigestPreference(item["circle_id"], item["user_id"], item["on"], *hours, item["version"])


def digest_to_item(circle_id: str, day: date, notes: int, note_ids: list[str], version: int) -> Item:
    key = Key(f"CIRCLE#{circle_id}#DIGESTS", day.isoformat())
    item: Item = {**key.attributes(), "circle_id": circle_id, "day": day.isoformat()}
    return {**item, "notes": notes, "note_ids": note_ids, "version": version}
