"""Passcodes by their keyed hash; the attempts of accounts and networks to guess them."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain import Guesses, Passcode
from services.circles.domain.guesses import window_start
from services.circles.errors import PasscodeNotFound
from services.shared.kernel.clock import (
    from_millis,
    millis,
    parse,
    rfc3339,
)
from services.shared.kernel.errors import KeyReused
from services.shared.table.port import (
    ABSENT,
    Attr,
    ConditionFailed,
    Item,
    Key,
    Page,
    Put,
    Query,
    Table,
    Update,
)
from services.shared.table.versioned import Versioned

DAY = timedelta(days=1)
NETWORK = "NETWORK#"
WINDOW = "GUESSES#"


def passcode_key(passcode_id: str) -> Key:
    return Key(f"PASSCODE#{passcode_id}", "PASSCODE")


def find_passcode(table: Table, passcode_id: str) -> Passcode | None:
    item = table.get(passcode_key(passcode_id))
    return passcode_from_item(item) if item else None


def find_kept(table: Table, passcode_id: str, body_hash: str) -> Passcode | None:
    """What an earlier try of the same wish has left, read strongly; KeyReused when its body was another."""
    item = table.get(passcode_key(passcode_id), consistent_read=True)
    if item and item.get("body_hash") != body_hash:
        raise KeyReused
    return passcode_from_item(item) if item else None


def find_passcode_of(table: Table, circle_id: str, passcode_id: str) -> Passcode:
    passcode = find_passcode(table, passcode_id)
    if passcode is None or passcode.circle_id != circle_id:
        raise PasscodeNotFound
    return passcode


def list_passcodes(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    """Keys of a circle's passcodes, newest first."""
    return table.query(Query(pk=f"CODES#{circle_id}", index="gsi1", limit=limit, start=start, newest_first=True))


def use(passcode: Passcode, at: datetime) -> Update:
    """One more use, on the condition that the code still opens."""
    still = Attr("revoked").eq(False) & Attr("ends_at").gt(millis(at)) & Attr("uses").lt(passcode.max_uses)
    return Update(passcode_key(passcode.id), still, add={"uses": 1})


def revoke(table: Table, passcode: Passcode) -> None:
    table.update(passcode_key(passcode.id), set={"revoked": True}, when=Attr("circle_id").eq(passcode.circle_id))


def replace(table: Table, old: Passcode, new: Item, ends_at: datetime, token: str) -> None:
    """Put a new code in and bring the old one's end forward, both or neither. ConditionFailed when the new one is there, or
    the old one was revoked or rotated meanwhile."""
    live = Attr("ends_at").eq(millis(old.ends_at)) & Attr("revoked").eq(False)
    earlier = min(millis(old.ends_at), millis(ends_at))
    table.transact([Put(new, ABSENT), Update(passcode_key(old.id), live, set={"ends_at": earlier})], token=token)


def quarantine(table: Table, passcode: Passcode, by: str, at: datetime) -> None:
    """Revoked, and marked for the stream; the first mark stands."""
    changed = {"revoked": True, "quarantined_at": millis(at), "quarantined_by": by}
    here = Attr("circle_id").eq(passcode.circle_id)
    try:
        table.update(passcode_key(passcode.id), set=changed, when=here & Attr("quarantined_at").not_exists())
    except ConditionFailed:
        return


def passcode_to_item(passcode: Passcode) -> Item:
    return {
        **passcode_key(passcode.id).attributes(),
        "id": passcode.id,
        "circle_id": passcode.circle_id,
        "issuer": passcode.issuer,
        "created_at": rfc3339(passcode.created_at),
        "life_s": int(passcode.life.total_seconds()),
        "ends_at": millis(passcode.ends_at),
        "max_uses": passcode.max_uses,
        "uses": passcode.uses,
        "revoked": passcode.revoked,
        "gsi1pk": f"CODES#{passcode.circle_id}",
        "gsi1sk": f"{rfc3339(passcode.created_at)}#{passcode.id}",
    }


def passcode_from_item(item: Item) -> Passcode:
    return Passcode(
        id=item["id"],
        circle_id=item["circle_id"],
        issuer=item["issuer"],
        created_at=parse(item["created_at"]),
        life=timedelta(seconds=item["life_s"]),
        ends_at=from_millis(item["ends_at"]),
        max_uses=item["max_uses"],
        uses=item["uses"],
        revoked=item["revoked"],
        quarantined_at=from_millis(item["quarantined_at"]) if "quarantined_at" in item else None,
        quarantined_by=item.get("quarantined_by", ""),
    )


def guesses_key(user_id: str) -> Key:
    return Key(f"GUESSER#{user_id}", "ATTEMPTS")


def find_guesses(table: Table, user_id: str) -> Versioned[Guesses]:
    item = table.get(guesses_key(user_id))
    if item is None:
        return Versioned(Guesses(user_id), None)
    locked = from_millis(item["locked_until"]) if "locked_until" in item else None
    return Versioned(Guesses(user_id, tuple(map(from_millis, item["attempts"])), locked, item["version"]), item)


def guesses_to_item(guesses: Guesses, at: datetime) -> Item:
    item: Item = {
        **guesses_key(guesses.user_id).attributes(),
        "attempts": [millis(attempt) for attempt in guesses.attempts],
        "version": guesses.version,
        "expires_at": millis(at + DAY) // 1000,
    }
    return {**item, "locked_until": millis(guesses.locked_until)} if guesses.locked_until else item


def _network_key(network: str, at: datetime) -> Key:
    return Key(f"{NETWORK}{network}", f"{WINDOW}{rfc3339(window_start(at))}")


def count_wrong_guesses(table: Table, network: str, at: datetime) -> int:
    """Wrong codes that came from a network in this window and the one before, so that its edge is no way round."""
    windows = (at, at - timedelta(minutes=10))
    return sum((table.get(_network_key(network, one)) or {}).get("wrong", 0) for one in windows)


def count_wrong(table: Table, network: str, at: datetime) -> None:
    """One more wrong code of a network. The platform's total is folded from these rows' stream."""
    expires_at = millis(at + DAY) // 1000
    table.update(_network_key(network, at), add={"wrong": 1}, set={"expires_at": expires_at}, when=None)
