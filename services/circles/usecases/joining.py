"""Joining by a passcode: the attempt is reserved before anything is looked up."""

from __future__ import annotations

from services.circles.domain import Awaits, Guesses, Member, MemberState, Passcode, Role, network_of, parse_passcode
from services.circles.domain.guesses import LOCK, MAX_WRONG_OF_NETWORK
from services.circles.errors import PasscodeLocked, PasscodeRejected
from services.circles.repository import circles, passcodes
from services.circles.usecases.identities import is_identity_banned
from services.circles.usecases.passcodes import derive_passcode_id
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import MembershipChanged
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def join_circle(ports: Ports, caller: Caller, text: str) -> Member:
    """Join the circle that the passcode in `text` opens. Whoever is in already gets their membership, and no use is spent.

    Wrong, expired, revoked, used up and banned all answer PasscodeRejected; a locked account PasscodeLocked, even with a
    right code."""
    code = parse_passcode(text)
    guesses = _reserve_attempt(ports, caller)
    _check_network(ports, caller, guesses)
    try:
        member = retry_on_write_conflict(lambda: _redeem(ports, caller, code))
    except PasscodeRejected:
        passcodes.count_wrong(ports.table, network_of(caller.ip), ports.clock())
        raise
    _give_attempt_back(ports, caller)
    return member


def _reserve_attempt(ports: Ports, caller: Caller) -> Guesses:
    def attempt() -> Guesses:
        loaded = passcodes.find_guesses(ports.table, caller.user_id)
        at = ports.clock()
        after = loaded.entity.reserve(at=at)
        save(ports.table, loaded.put(passcodes.guesses_to_item(after, at), ports.new_id))
        return after

    return retry_on_write_conflict(attempt)


def _give_attempt_back(ports: Ports, caller: Caller) -> None:
    """If this does not happen, the attempt stays counted as a wrong one: the safe side."""

    def attempt() -> None:
        loaded = passcodes.find_guesses(ports.table, caller.user_id)
        at = ports.clock()
        after = loaded.entity.give_back(at=at)
        save(ports.table, loaded.put(passcodes.guesses_to_item(after, at), ports.new_id))

    retry_on_write_conflict(attempt)


def _check_network(ports: Ports, caller: Caller, guesses: Guesses) -> None:
    """A network over its limit refuses only who guessed wrong themselves: a carrier's address holds thousands of others."""
    if not guesses.has_guessed_before:
        return
    if passcodes.count_wrong_guesses(ports.table, network_of(caller.ip), ports.clock()) >= MAX_WRONG_OF_NETWORK:
        raise PasscodeLocked(retry_after=int(LOCK.total_seconds()))


def _redeem(ports: Ports, caller: Caller, code: str) -> Member:
    at = ports.clock()
    passcode = look_up(ports, code)
    if passcode is None:
        raise PasscodeRejected
    before = circles.find_member(ports.table, passcode.circle_id, caller.user_id)
    if before and before.entity.is_in:
        return before.entity
    circle = circles.find_circle(ports.table, passcode.circle_id).entity
    if before and before.entity.is_pending and (circle.screening or before.entity.awaits is Awaits.ADMISSION):
        return before.entity
    if not passcode.opens(at) or circle.is_read_only(at) or is_identity_banned(ports, passcode.circle_id, caller.user_id):
        raise PasscodeRejected
    person = before.entity if before else nobody_yet(ports, caller, passcode.circle_id)
    after = person.come_in(passcode.id, passcode.issuer, circle.screening, at=at)
    put = (before or Versioned(after, None)).put(circles.member_to_item(after), ports.new_id, MembershipChanged)
    ports.table.transact([passcodes.use(passcode, at), put], token=ports.new_id("txn"))
    return after


def look_up(ports: Ports, code: str) -> Passcode | None:
    """Under the current key, then under older ones: a code outlives a rotation."""
    for key in ports.passcode_keys.newest_first():
        if found := passcodes.find_passcode(ports.table, derive_passcode_id(key, code)):
            return found
    return None


def nobody_yet(ports: Ports, caller: Caller, circle_id: str) -> Member:
    """Somebody who never was in a circle, as the beginning of their membership."""
    trail = AuditTrail(salt=ports.new_id("salt"))
    return Member(circle_id, caller.user_id, Role.MEMBER, MemberState.LEFT, ports.clock(), version=0, trail=trail)
