"""Issuing, rotating, listing, revoking and quarantining passcodes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from ulid import ULID

from services.circles.domain import Action, Passcode, format_passcode
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
    """Return a passcode's id: its keyed hash of 128 bits.

    The table stores ids only, and without the key no passcode can be computed from its id.
    """
    digest = hmac.new(key, f"passcode {symbols}".encode(), hashlib.sha256).digest()
    return f"pas_{ULID.from_bytes(digest[:16])}"


def derive_passcode_text(secret: bytes, key: IdempotencyKey) -> str:
    """Return the passcode of a request as text, with 60 bits from a keyed pseudo-random function.

    A retry gets the same passcode, although it is stored nowhere.
    """
    return format_passcode(hmac.new(secret, f"entropy {key.id('pas')}".encode(), hashlib.sha256).digest())


def _derive(ports: Ports, key: IdempotencyKey) -> tuple[str, str]:
    """Return the text and the id of the passcode of a request."""
    secret = ports.passcode_keys.newest
    text = derive_passcode_text(secret, key)
    return text, derive_passcode_id(secret, text.replace("-", ""))


def issue_passcode(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, lifetime: timedelta, max_uses: int
) -> tuple[str, Passcode]:
    """Issue a passcode and return its text and its stored state. A retry returns the same passcode.

    The item is never deleted, so the same text is never issued twice.
    Cost: 2 write units and 2 read units.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, KeyReused.
    """
    circles.require_member(ports.table, circle_id, caller.user_id).require_can_issue(max_uses)
    circles.load_circle(ports.table, circle_id).entity.require_writable(ports.clock())
    text, passcode_id = _derive(ports, key)
    passcode = Passcode.issue(passcode_id, circle_id, caller.user_id, lifetime, max_uses, at=ports.clock())
    return text, repository.passcode_from_item(create_if_absent(ports.table, repository.passcode_to_item(passcode), key))


def rotate_passcode(
    ports: Ports, caller: Caller, circle_id: str, passcode_id: str, key: IdempotencyKey, grace: timedelta
) -> tuple[str, Passcode]:
    """Issue a new passcode for an old one and return its text and its stored state.

    The old passcode stays active for `grace`, or until its own end if that is earlier.
    A retry returns the same passcode and does not move the end of the old one.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, PasscodeNotFound, PasscodeInactive, KeyReused.
    """
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.ISSUE_PASSCODE)
    circles.load_circle(ports.table, circle_id).entity.require_writable(ports.clock())
    text, new_id = _derive(ports, key)

    def attempt() -> Passcode:
        at, old = ports.clock(), repository.get_passcode(ports.table, circle_id, passcode_id)
        if earlier := repository.find_issued_passcode(ports.table, new_id, key.body_hash):
            return earlier
        new = old.replacement(new_id, caller.user_id, at=at)
        item = {**repository.passcode_to_item(new), "body_hash": key.body_hash}
        repository.rotate_passcode(ports.table, old, item, at + grace, ports.new_id("txn"))
        return new

    return text, retry_on_write_conflict(attempt)


def list_passcodes(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Passcode], Item | None]:
    """Return a page of the circle's passcodes, newest first.

    Cost: 3 read units.
    Raises: CircleNotFound, RoleNotAllowed.
    """
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.LIST_PASSCODES)
    page = repository.list_passcodes(ports.table, circle_id, limit, start)
    ids = [item["pk"].removeprefix("PASSCODE#") for item in page.items]
    return [repository.get_passcode(ports.table, circle_id, passcode_id) for passcode_id in ids], page.next


def revoke_passcode(ports: Ports, caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a passcode at once. Raises: CircleNotFound, RoleNotAllowed, PasscodeNotFound."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.REVOKE_PASSCODE)
    repository.revoke_passcode(ports.table, repository.get_passcode(ports.table, circle_id, passcode_id))


def quarantine_passcode(ports: Ports, caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a leaked passcode; the stream then makes the members who joined with it pending.

    Unchanged if the passcode is quarantined.
    Raises: CircleNotFound, RoleNotAllowed, PasscodeNotFound.
    """
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.REVOKE_PASSCODE)
    passcode = repository.get_passcode(ports.table, circle_id, passcode_id)
    repository.mark_quarantined(ports.table, passcode, caller.user_id, ports.clock())


def quarantine_joined_members(ports: Ports, changes: Sequence[Change]) -> None:
    """Make the members pending who joined with a passcode that these changes quarantined.

    One pass finds them all, since the passcode was revoked before: no user can join with it any more. A repeat, also after a
    crash, changes no other member.
    """
    for change in changes:
        if change.new and "quarantined_at" in change.new and "quarantined_at" not in (change.old or {}):
            passcode = repository.passcode_from_item(change.new)
            for user_id in circles.iter_joiners_of_passcode(ports.table, passcode.circle_id, passcode.id):
                _quarantine_member(ports, passcode, user_id)


def _quarantine_member(ports: Ports, passcode: Passcode, user_id: str) -> None:
    change_member(ports, passcode.circle_id, user_id, lambda member: member.quarantine(passcode, at=ports.clock()))
