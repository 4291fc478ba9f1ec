"""Passcodes by their keyed hash, and the attempts of users and networks to guess them."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain import Passcode, PasscodeAttempts
from services.circles.domain.attempts import WINDOW, window_start
from services.circles.domain.days import DAY
from services.circles.errors import PasscodeNotFound
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.kernel.errors import KeyReused
from services.shared.table.port import ABSENT, Attr, ConditionFailed, Item, Key, Page, Put, Query, Table, Update
from services.shared.table.versioned import Versioned

NETWORK = "NETWORK#"
WRONG_GUESSES = "GUESSES#"


def passcode_key(passcode_id: str) -> Key:
    return Key(f"PASSCODE#{passcode_id}", "PASSCODE")


def find_passcode(table: Table, passcode_id: str) -> Passcode | None:
    item = table.get(passcode_key(passcode_id))
    return passcode_from_item(item) if item else None


def find_issued_passcode(table: Table, passcode_id: str, body_hash: str) -> Passcode | None:
    """Return the passcode that an earlier try of the same request created, with a consistent read.

    Raises: KeyReused (the earlier request had another body).
    """
    item = table.get(passcode_key(passcode_id), consistent_read=True)
    if item and item.get("body_hash") != body_hash:
        raise KeyReused
    return passcode_from_item(item) if item else None


def get_passcode(table: Table, circle_id: str, passcode_id: str) -> Passcode:
    """Raises: PasscodeNotFound (also for a passcode of another circle)."""
    passcode = find_passcode(table, passcode_id)
    if passcode is None or passcode.circle_id != circle_id:
        raise PasscodeNotFound
    return passcode


def list_passcodes(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    """Return the keys of a circle's passcodes, newest first."""
    return table.query(Query(pk=f"PASSCODES#{circle_id}", index="gsi1", limit=limit, start=start, newest_first=True))


def use_passcode(passcode: Passcode, at: datetime) -> Update:
    """Return the write that counts a use, on the condition that the passcode is still active."""
    is_active = Attr("revoked").eq(False) & Attr("valid_until").gt(millis(at)) & Attr("uses").lt(passcode.max_uses)
    return Update(passcode_key(passcode.id), is_active, add={"uses": 1})


def revoke_passcode(table: Table, passcode: Passcode) -> None:
    table.update(passcode_key(passcode.id), set={"revoked": True}, when=Attr("circle_id").eq(passcode.circle_id))


def rotate_passcode(table: Table, old: Passcode, new: Item, expires_at: datetime, token: str) -> None:
    """Create the new passcode and shorten the lifetime of the old one, in one transaction.

    Raises: ConditionFailed (the new one exists, or the old one was revoked or rotated in between).
    """
    unchanged = Attr("valid_until").eq(millis(old.expires_at)) & Attr("revoked").eq(False)
    earlier = min(millis(old.expires_at), millis(expires_at))
    table.transact([Put(new, ABSENT), Update(passcode_key(old.id), unchanged, set={"valid_until": earlier})], token=token)


def mark_quarantined(table: Table, passcode: Passcode, by: str, at: datetime) -> None:
    """Revoke the passcode and mark it, which starts the quarantine from the stream. Unchanged if it is marked."""
    changed = {"revoked": True, "quarantined_at": millis(at), "quarantined_by": by}
    exists = Attr("circle_id").eq(passcode.circle_id)
    try:
        table.update(passcode_key(passcode.id), set=changed, when=exists & Attr("quarantined_at").not_exists())
    except ConditionFailed:
        return


def passcode_to_item(passcode: Passcode) -> Item:
    # Not `expires_at`: that attribute makes DynamoDB delete an item, and a deleted passcode could be issued again.
    return {
        **passcode_key(passcode.id).attributes(),
        "id": passcode.id,
        "circle_id": passcode.circle_id,
        "issuer": passcode.issuer,
        "created_at": millis(passcode.created_at),
        "lifetime_seconds": int(passcode.lifetime.total_seconds()),
        "valid_until": millis(passcode.expires_at),
        "max_uses": passcode.max_uses,
        "uses": passcode.uses,
        "revoked": passcode.revoked,
        "gsi1pk": f"PASSCODES#{passcode.circle_id}",
        "gsi1sk": f"{rfc3339(passcode.created_at)}#{passcode.id}",
    }


def passcode_from_item(item: Item) -> Passcode:
    return Passcode(
        id=item["id"],
        circle_id=item["circle_id"],
        issuer=item["issuer"],
        created_at=from_millis(item["created_at"]),
        lifetime=timedelta(seconds=item["lifetime_seconds"]),
        expires_at=from_millis(item["valid_until"]),
        max_uses=item["max_uses"],
        uses=item["uses"],
        revoked=item["revoked"],
        quarantined_at=from_millis(item["quarantined_at"]) if "quarantined_at" in item else None,
        quarantined_by=item.get("quarantined_by", ""),
    )


def attempts_key(user_id: str) -> Key:
    return Key(f"GUESSER#{user_id}", "ATTEMPTS")


def load_attempts(table: Table, user_id: str) -> Versioned[PasscodeAttempts]:
    item = table.get(attempts_key(user_id))
    if item is None:
        return Versioned(PasscodeAttempts(user_id), None)
    locked = from_millis(item["locked_until"]) if "locked_until" in item else None
    attempts = PasscodeAttempts(user_id, tuple(map(from_millis, item["attempts"])), locked, item["version"])
    return Versioned(attempts, item)


def attempts_to_item(attempts: PasscodeAttempts, at: datetime) -> Item:
    item: Item = {
        **attempts_key(attempts.user_id).attributes(),
        "attempts": [millis(attempt) for attempt in attempts.attempts],
        "version": attempts.version,
        "expires_at": millis(at + DAY) // 1000,
    }
    return {**item, "locked_until": millis(attempts.locked_until)} if attempts.locked_until else item


def _network_key(network: str, at: datetime) -> Key:
    return Key(f"{NETWORK}{network}", f"{WRONG_GUESSES}{rfc3339(window_start(at))}")


def count_wrong_guesses(table: Table, network: str, at: datetime) -> int:
    """Count the wrong passcodes of a network in this window and the one before, so that a new window does not reset it."""
    windows = (at, at - WINDOW)
    return sum((table.get(_network_key(network, window)) or {}).get("wrong_guesses", 0) for window in windows)


def increment_wrong_guesses(table: Table, network: str, at: datetime) -> None:
    """Count a wrong passcode of a network. The platform's total is aggregated from the stream of these items."""
    expires_at = millis(at + DAY) // 1000
    table.update(_network_key(network, at), add={"wrong_guesses": 1}, set={"expires_at": expires_at}, when=None)
