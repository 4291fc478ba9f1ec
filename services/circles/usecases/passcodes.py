"""Issuing, rotating, listing, revoking and quarantining passcodes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from ulid import ULID

from services.circles.domain import Action, Member, Passcode, format_passcode
from services.circles.domain.issuing import end_passcodes
from services.circles.repository import circles
from services.circles.repository import passcodes as repository
from services.circles.settings import settings
from services.circles.usecases.members import change_member
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


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


def _create(ports: Ports, key: IdempotencyKey, passcode_id: str, build: Callable[[], Passcode | Changed[Passcode]]) -> Passcode:
    slot = Slot.of_key(ports, key, settings().rate("passcode"))
    return create(ports, key, slot, repository.PASSCODES, repository.passcode_key(passcode_id), build)


def issue_passcode(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, lifetime: timedelta, max_uses: int
) -> tuple[str, Passcode]:
    """Issue a passcode and return its text and its stored state. A retry returns the same passcode.

    The item is never deleted, so the same text is never issued twice.
    Cost: 3 write units and 2.5 read units.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, KeyReused, RateLimitReached.
    """
    issuer = require_permission(ports, caller, circle_id, Action.INVITE)
    issuer.require_can_issue(max_uses, ports.clock())
    text, passcode_id = _derive(ports, key)

    def build() -> Passcode:
        at = ports.clock()
        circles.get_circle(ports.table, circle_id, consistent_read=True).require_writable(at)
        return Passcode.issue(passcode_id, issuer, lifetime, max_uses, at=at)

    return text, _create(ports, key, passcode_id, build)


def rotate_passcode(
    ports: Ports, caller: Caller, circle_id: str, passcode_id: str, key: IdempotencyKey, grace: timedelta
) -> tuple[str, Passcode]:
    """Issue a new passcode for an old one and return its text and its stored state.

    The old passcode stays active for `grace`, or until its own end if that is earlier.
    A retry returns the same passcode and does not move the end of the old one.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly, PasscodeNotFound, PasscodeInactive, KeyReused,
    RateLimitReached.
    """
    issuer = require_permission(ports, caller, circle_id, Action.ISSUE_PASSCODE)
    text, new_id = _derive(ports, key)

    def build() -> Changed[Passcode]:
        at = ports.clock()
        circles.get_circle(ports.table, circle_id, consistent_read=True).require_writable(at)
        old = repository.load_passcode(ports.table, circle_id, passcode_id)
        new = old.entity.replacement(new_id, issuer, at=at)
        return Changed(new, also=[old.write(ports, old.entity.expire_by(at + grace, at=at))])

    return text, _create(ports, key, new_id, build)


def list_passcodes(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Passcode]:
    """Return a page of the circle's passcodes, newest first.

    Cost: 3 read units.
    Raises: CircleNotFound, RoleNotAllowed.
    """
    require_permission(ports, caller, circle_id, Action.LIST_PASSCODES)
    return repository.list_passcodes(ports.table, circle_id, page)


def revoke_passcode(ports: Ports, caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a passcode at once. Unchanged if it is revoked.

    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, PasscodeNotFound.
    """
    _change(ports, caller, circle_id, passcode_id, lambda passcode, _: passcode.revoke(at=ports.clock()))


def quarantine_passcode(ports: Ports, caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a leaked passcode; the stream then makes the members below the caller's rank who joined with it pending.

    Unchanged if the same or a higher rank has quarantined the passcode.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, PasscodeNotFound.
    """

    def change(passcode: Passcode, by: Member) -> Passcode:
        return passcode.quarantine(by.user_id, by.role, at=ports.clock())

    _change(ports, caller, circle_id, passcode_id, change)


def _change(
    ports: Ports, caller: Caller, circle_id: str, passcode_id: str, change: Callable[[Passcode, Member], Passcode]
) -> None:
    by = require_permission(ports, caller, circle_id, Action.REVOKE_PASSCODE)
    load = partial(repository.load_passcode, ports.table, circle_id, passcode_id)
    update(ports, load, lambda passcode: change(passcode, by))


def end_passcodes_of_user(ports: Ports, user_id: str, suspension: int) -> None:
    """Invalidate every passcode that a suspended user issued, in all circles. `suspension` is the version of its event."""
    for circle_id in circles.iter_circle_ids(ports.table, user_id):
        load = partial(circles.load_member, ports.table, circle_id, user_id)
        update(ports, load, lambda member: end_passcodes(member, suspension, at=ports.clock()))


def quarantine_joined_members(ports: Ports, changes: Sequence[Change]) -> None:
    """Make the members pending who joined with a passcode that these changes quarantined.

    One pass finds them all, since the passcode was revoked before: no user can join with it any more. A repeat, also after a
    crash, changes no other member. A passcode without uses needs no pass.
    """
    for passcode in repository.quarantined_passcodes(changes):
        for member in circles.iter_members(ports.table, passcode.circle_id) if passcode.uses else ():
            if member.passcode_id == passcode.id:
                _quarantine_member(ports, passcode, member.user_id)


def _quarantine_member(ports: Ports, passcode: Passcode, user_id: str) -> None:
    change_member(ports, passcode.circle_id, user_id, lambda member: member.quarantine(passcode, at=ports.clock()))
