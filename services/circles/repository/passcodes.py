"""Passcodes by their keyed hash, and the attempts of users to guess them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from services.circles.domain import Passcode, PasscodeAttempts, Role
from services.circles.errors import PasscodeNotFound
from services.circles.repository.circles import member_key
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.kernel.errors import NotFound
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.stream import Change
from services.shared.table import guesses
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Check, Item, Key, Query, Update
from services.shared.table.port import Table, Write
from services.shared.table.versioned import Versioned


def passcode_key(passcode_id: str) -> Key:
    return Key(f"PASSCODE#{passcode_id}", "PASSCODE")


def find_passcode(table: Table, passcode_id: str) -> Passcode | None:
    return PASSCODES.find(table, passcode_key(passcode_id))


def load_passcode(table: Table, circle_id: str, passcode_id: str) -> Versioned[Passcode]:
    """Load a passcode for a change, eventually consistent: the change fails if it is outdated.

    Raises: PasscodeNotFound (also for a passcode of another circle).
    """
    loaded = PASSCODES.load(table, passcode_key(passcode_id), consistent_read=False)
    if loaded.entity.circle_id != circle_id:
        raise PasscodeNotFound
    return loaded


def list_passcodes(table: Table, circle_id: str, page: PageRequest) -> Page[Passcode]:
    """Return a page of a circle's passcodes, newest first."""
    query = Query(pk=f"PASSCODES#{circle_id}", index="gsi1", limit=page.limit, start=page.start, newest_first=True)
    return PASSCODES.list_by_index(table, query)


def use_passcode(passcode: Passcode, at: datetime) -> Write:
    """Return the write that counts a use, on the condition that the passcode is still active."""
    is_active = Attr("revoked").eq(False) & Attr("valid_until").gt(millis(at)) & Attr("uses").lt(passcode.max_uses)
    return Update(passcode_key(passcode.id), is_active, add={"uses": 1})


def issuer_check(passcode: Passcode, owner: str) -> Check:
    """Return the condition that the right exists which the passcode was issued with; `owner` is the circle's owner.

    A membership has these attributes only while it is active and its role can issue.
    """
    attribute = "owner_since" if passcode.by_owner else "issuing_since"
    return Check(member_key(passcode.circle_id, passcode.issuer_now(owner)), Attr(attribute).eq(passcode.issued_with))


def quarantined_passcodes(changes: Sequence[Change]) -> Iterator[Passcode]:
    """Yield the passcodes that these changes of the stream quarantined, or quarantined by a higher rank than before."""
    for change in PASSCODES.changes(changes, "PASSCODE"):
        before = change.before.quarantined_by_role if change.before else Role.MEMBER
        if change.after and change.after.quarantined_by_role is not before:
            yield change.after


def passcode_to_item(passcode: Passcode) -> Item:
    # Not `expires_at`: that attribute makes DynamoDB delete an item, and a deleted passcode could be issued again.
    item: Item = {
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
        "version": passcode.version,
        "issued_with": passcode.issued_with,
        "by_owner": passcode.by_owner,
    }
    if passcode.quarantined_at:
        item |= {
            "quarantined_at": millis(passcode.quarantined_at),
            "quarantined_by": passcode.quarantined_by,
            "quarantined_by_role": str(passcode.quarantined_by_role),
        }
    return item


def passcode_from_item(item: Item) -> Passcode:
    return Passcode(
        id=item["id"],
        circle_id=item["circle_id"],
        issuer=item["issuer"],
        created_at=from_millis(item["created_at"]),
        lifetime=timedelta(seconds=item["lifetime_seconds"]),
        expires_at=from_millis(item["valid_until"]),
        max_uses=item["max_uses"],
        version=item["version"],
        issued_with=item["issued_with"],
        by_owner=item["by_owner"],
        uses=item["uses"],
        revoked=item["revoked"],
        quarantined_at=from_millis(item["quarantined_at"]) if "quarantined_at" in item else None,
        quarantined_by=item.get("quarantined_by", ""),
        quarantined_by_role=Role(item.get("quarantined_by_role", Role.MEMBER)),
    )


PASSCODES = EntityStore(passcode_to_item, passcode_from_item, PasscodeNotFound, counters=frozenset({"uses"}))


def attempts_key(user_id: str) -> Key:
    return Key(f"GUESSER#{user_id}", "ATTEMPTS")


def load_attempts(table: Table, user_id: str) -> Versioned[PasscodeAttempts]:
    """Load the attempts for a change, eventually consistent: the change fails if they are outdated."""
    return ATTEMPTS.load_or(table, attempts_key(user_id), PasscodeAttempts(user_id), consistent_read=False)


def _attempts_to_item(attempts: PasscodeAttempts) -> Item:
    return guesses.attempts_to_item(attempts_key(attempts.user_id), attempts)


ATTEMPTS = EntityStore(_attempts_to_item, partial(guesses.attempts_from_item, PasscodeAttempts), NotFound)
