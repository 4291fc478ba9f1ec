"""How the attempts of a user to guess a secret text are stored: one small item per user, which expires."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from services.shared.kernel.clock import from_millis, millis
from services.shared.security.guesses import GuessAttempts
from services.shared.table.items import Item, Key

LIFETIME = timedelta(days=1)
Attempts = TypeVar("Attempts", bound=GuessAttempts)


def attempts_to_item(key: Key, attempts: GuessAttempts) -> Item:
    item: Item = {
        **key.attributes(),
        "user_id": attempts.user_id,
        "attempts": [millis(attempt) for attempt in attempts.attempts],
        "version": attempts.version,
        "slots_free_at": attempts.slots_free_at,
        "expires_at": millis(from_millis(attempts.version) + LIFETIME) // 1000,
    }
    return {**item, "locked_until": millis(attempts.locked_until)} if attempts.locked_until else item


def attempts_from_item(kind: type[Attempts], item: Item) -> Attempts:
    locked = from_millis(item["locked_until"]) if "locked_until" in item else None
    attempts = tuple(map(from_millis, item["attempts"]))
    return kind(item["user_id"], attempts, locked, item["version"], item["slots_free_at"])
