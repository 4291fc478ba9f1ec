"""Daily digests of a circle, and each member's preference about them."""

from __future__ import annotations

from datetime import date, time

from services.circles.domain.digest import DigestPreference
from services.circles.repository.keys import user_item_key
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import NotFound
from services.shared.messaging.events import DigestReady
from services.shared.messaging.outbox import pending_events
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import Versioned, put_if_absent

DIGEST = "DIGEST"


def load_digest_preference(table: Table, circle_id: str, user_id: str) -> Versioned[DigestPreference]:
    key = user_item_key(circle_id, user_id, DIGEST)
    return DIGEST_PREFERENCES.load_or(table, key, DigestPreference(circle_id, user_id))


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


def put_digest(ports: HasTable, circle_id: str, day: date, notes: int, note_ids: list[str]) -> None:
    """Store the digest of a day with its event. Unchanged if that digest exists."""
    key, at = Key(f"CIRCLE#{circle_id}#DIGESTS", day.isoformat()), ports.clock()
    item: Item = {**key.attributes(), "circle_id": circle_id, "day": day.isoformat(), "notes": notes, "note_ids": note_ids}
    put_if_absent(ports.table, {**item, "version": next_version(0, at), **pending_events(ports.new_id, at, DigestReady)})


DIGEST_PREFERENCES = EntityStore(digest_preference_to_item, _digest_preference_from_item, NotFound)
