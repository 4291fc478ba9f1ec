"""Digests of a circle's days, and who wants them."""

from __future__ import annotations

from datetime import date, time

from services.circles.domain.digest import DigestChoice
from services.circles.repository.presence import person_key
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned


def find_choice(table: Table, circle_id: str, user_id: str) -> Versioned[DigestChoice]:
    item = table.get(person_key(circle_id, user_id, "DIGEST"), consistent_read=True)
    return Versioned(_choice_from_item(item) if item else DigestChoice(circle_id, user_id), item)


def choice_to_item(choice: DigestChoice) -> Item:
    return {
        **person_key(choice.circle_id, choice.user_id, "DIGEST").attributes(),
        "circle_id": choice.circle_id,
        "user_id": choice.user_id,
        "on": choice.on,
        "quiet_from": choice.quiet_from.isoformat("minutes"),
        "quiet_until": choice.quiet_until.isoformat("minutes"),
        "version": choice.version,
    }


def _choice_from_item(item: Item) -> DigestChoice:
    hours = (time.fromisoformat(item["quiet_from"]), time.fromisoformat(item["quiet_until"]))
    return DigestChoice(item["circle_id"], item["user_id"], item["on"], *hours, item["version"])


def digest_to_item(circle_id: str, day: date, notes: int, note_ids: list[str], version: int) -> Item:
    """The digest of one day."""
    key = Key(f"CIRCLE#{circle_id}#DIGESTS", day.isoformat())
    item: Item = {**key.attributes(), "circle_id": circle_id, "day": day.isoformat()}
    return {**item, "notes": notes, "note_ids": note_ids, "version": version}
