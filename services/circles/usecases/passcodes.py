"""Issuing, rotating, listing, revoking and quarantining passcodes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from ulid import ULID

from services.circles.domain import Action, Passcode, spell_passcode
from services.circles.repository import circles
from services.circles.repository import passcodes as repository
from services.circles.usecases.members import change_member
from services.circles.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import create_if_absent, retry_on_write_conflict


def derive_passcode_id(key: bytes, symbols: str) -> str:
    """A code's keyed hash, 128 bits, as its id: the table holds no code, and no code can be told from its id."""
    digest = hmac.new(key, f"passcode {symbols}".encode(), hashlib.sha256).digest()
    return f"pas_{ULID.from_bytes(digest[:16])}"


def code_of(secret: bytes, key: IdempotencyKey) -> str:
    """The code of a wish, as it is shown: a keyed pseudo-random function of it, 60 bits."""
    return spell_passcode(hmac.new(secret, f"entropy {key.id('cod')}".encode(), hashlib.sha256).digest())


def issue_passcode(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, life: timedelta, max_uses: int
) -> tuple[str, Passcode]:
    """A new code and what is kept of it. A retry is shown the same one, although it is stored
    nowhere. A code is never issued again: its row stays."""
    circles.require_member(ports.table, circle_id, caller.user_id).require_issue(max_uses)
    circles.find_circle(ports.table, circle_id).entity.require_writable(ports.clock())
    secret = ports.passcode_keys.newest
    text = code_of(secret, key)
    passcode_id = derive_passcode_id(secret, text.replace("-", ""))
    passcode = Passcode.issue(passcode_id, circle_id, caller.user_id, life, max_uses, at=ports.clock())
    return text, repository.passcode_from_item(create_if_absent(ports.table, repository.passcode_to_item(passcode), key))


def rotate_passcode(
    ports: Ports, caller: Caller, circle_id: str, passcode_id: str, key: IdempotencyKey, grace: timedelta
) -> tuple[str, Passcode]:
    """A new code for an old one, which still opens for `grace` or until its own end, whichever comes first. A retry is shown
    the same code and moves nothing."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.ISSUE_PASSCODE)
    circles.find_circle(ports.table, circle_id).entity.require_writable(ports.clock())
    secret = ports.passcode_keys.newest
    text = code_of(secret, key)
    new_id = derive_passcode_id(secret, text.replace("-", ""))

    def attempt() -> Passcode:
        at, old = ports.clock(), repository.find_passcode_of(ports.table, circle_id, passcode_id)
        if kept := repository.find_kept(ports.table, new_id, key.body_hash):
            return kept
        new = old.successor(new_id, caller.user_id, at=at)
        item = {**repository.passcode_to_item(new), "body_hash": key.body_hash}
        repository.replace(ports.table, old, item, at + grace, ports.new_id("txn"))
        return new

    return text, retry_on_write_conflict(attempt)


def list_passcodes(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Passcode], Item | None]:
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.LIST_PASSCODES)
    page = repository.list_passcodes(ports.table, circle_id, limit, start)
    ids = [row["pk"].removeprefix("PASSCODE#") for row in page.items]
    return [repository.find_passcode_of(ports.table, circle_id, passcode_id) for passcode_id in ids], page.next


def revoke_passcode(ports: Ports, caller: Caller, circle_id: str, passcode_id: str) -> None:
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.REVOKE_PASSCODE)
    repository.revoke(ports.table, repository.find_passcode_of(ports.table, circle_id, passcode_id))


def quarantine_passcode(ports: Ports, caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a code that got about. Who came in by it waits to be let in anew, as soon as the stream has told of it."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.REVOKE_PASSCODE)
    passcode = repository.find_passcode_of(ports.table, circle_id, passcode_id)
    repository.quarantine(ports.table, passcode, caller.user_id, ports.clock())


def quarantine_joiners(ports: Ports, changes: Sequence[Change]) -> None:
    """Of each code that was quarantined just now, exactly those who came in by it: after its revocation nobody else can. Told
    twice, or cut off and told again, the same people."""
    for change in changes:
        if change.new and "quarantined_at" in change.new and "quarantined_at" not in (change.old or {}):
            passcode = repository.passcode_from_item(change.new)
            for user_id in circles.came_in_by(ports.table, passcode.circle_id, passcode.id):
                _quarantine(ports, passcode, user_id)


def _quarantine(ports: Ports, passcode: Passcode, user_id: str) -> None:
    change_member(ports, passcode.circle_id, user_id, lambda member: member.quarantine(passcode, at=ports.clock()))
