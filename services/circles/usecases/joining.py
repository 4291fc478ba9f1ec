"""Joining a circle with a passcode.

An attempt is counted before the passcode is looked up, so parallel guesses cannot exceed the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from services.circles.domain import Circle, Member, MemberState, Passcode, PasscodeAttempts, PendingStep, Role, parse_passcode
from services.circles.domain.issuing import is_right_in_force
from services.circles.errors import PasscodeLocked, PasscodeRejected
from services.circles.repository import circles, passcodes
from services.circles.repository.profiles import get_profile
from services.circles.repository.wrong_guesses import count_wrong_guesses, increment_wrong_guesses
from services.circles.settings import settings
from services.circles.usecases.identities import is_identity_banned
from services.circles.usecases.passcodes import derive_passcode_id
from services.circles.usecases.ports import Ports
from services.shared.kernel.networks import network_of
from services.shared.messaging.events import MembershipChanged
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, Versioned, update


def join_circle(ports: Ports, caller: Caller, pasted_text: str) -> Member:
    """Join the circle that the passcode in `pasted_text` belongs to, and return the membership.

    A caller who is already a member gets the existing membership; no use of the passcode is counted.
    The transaction checks that the right exists which the passcode was issued with: a demotion in between ends the passcode.
    Cost: 10 write units and 5 read units.
    Raises: PasscodeUnclear (no passcode or several in the text; not counted as a guess), PasscodeRejected (wrong, expired,
    revoked, used up, its issuer's right to issue has ended, or the caller is banned or was kicked recently: one answer for all,
    so that it reveals nothing), PasscodeLocked (too many wrong guesses; also for a right passcode), RateLimitReached.
    """
    symbols = parse_passcode(pasted_text)
    attempts = _change_attempts(ports, caller, PasscodeAttempts.add)
    _require_network_below_limit(ports, caller, attempts)
    try:
        member = _redeem(ports, caller, symbols)
    except PasscodeRejected:
        increment_wrong_guesses(ports.table, network_of(caller.ip), ports.clock())
        raise
    # If the function crashes before this, the attempt of a right passcode stays counted as wrong.
    _change_attempts(ports, caller, PasscodeAttempts.remove_last)
    return member


def _change_attempts(ports: Ports, caller: Caller, change: Callable[..., PasscodeAttempts]) -> PasscodeAttempts:
    load = partial(passcodes.load_attempts, ports.table, caller.user_id)
    return update(ports, load, lambda attempts: change(attempts, at=ports.clock()))


def _require_network_below_limit(ports: Ports, caller: Caller, attempts: PasscodeAttempts) -> None:
    # A mobile carrier puts thousands of users behind one address: only users with wrong guesses of their own are locked.
    if not attempts.has_wrong_guesses:
        return
    wrong_guesses = count_wrong_guesses(ports.table, network_of(caller.ip), ports.clock())
    if wrong_guesses >= settings().max_wrong_guesses_of_network:
        raise PasscodeLocked(retry_after=int(settings().guess_lock.total_seconds()))


def _redeem(ports: Ports, caller: Caller, symbols: str) -> Member:
    """Count a use of the passcode and store the membership, in one transaction.

    Everything is read again in each try, the passcode too: it can be used up or revoked in between.
    """
    passcode: Passcode

    def load() -> Versioned[Member]:
        nonlocal passcode
        passcode = _get_passcode_by_symbols(ports, symbols)
        return circles.load_member_or(ports.table, new_member(ports, caller, passcode.circle_id), consistent_read=False)

    def change(member: Member) -> Member | Changed[Member]:
        if member.is_active:
            return member
        circle, at = circles.get_circle(ports.table, member.circle_id, consistent_read=True), ports.clock()
        if member.is_pending and (circle.screening or member.pending_step is PendingStep.APPROVAL):
            return member
        _require_redeemable(ports, caller, passcode, circle)
        profile = get_profile(ports.table, caller.user_id)
        after = member.join(passcode.id, passcode.issuer, circle.screening, at=at)
        after = replace(after, appearance=after.appearance.copy(profile))
        return Changed(
            after, [MembershipChanged], [passcodes.use_passcode(passcode, at), passcodes.issuer_check(passcode, circle.owner)]
        )

    return update(ports, load, change)


def _require_redeemable(ports: Ports, caller: Caller, passcode: Passcode, circle: Circle) -> None:
    """Raises: PasscodeRejected (the passcode or its issuer's right has ended, the circle is read-only, or a ban)."""
    at, issuer_id = ports.clock(), passcode.issuer_now(circle.owner)
    if not passcode.is_active(at) or circle.is_read_only(at) or issuer_id == caller.user_id:
        raise PasscodeRejected
    issuer = circles.find_member(ports.table, circle.id, issuer_id)
    if not is_right_in_force(passcode, issuer) or is_identity_banned(ports, circle.id, caller.user_id):
        raise PasscodeRejected


def _get_passcode_by_symbols(ports: Ports, symbols: str) -> Passcode:
    """Return the passcode with these symbols, issued under the newest key or an older one.

    A passcode stays valid when the key is rotated. Only a counted attempt may look a passcode up.
    Raises: PasscodeRejected.
    """
    for key in ports.passcode_keys.newest_first():
        if passcode := passcodes.find_passcode(ports.table, derive_passcode_id(key, symbols)):
            return passcode
    raise PasscodeRejected


def new_member(ports: Ports, caller: Caller, circle_id: str) -> Member:
    """Return an unsaved membership for a caller who never was a member of the circle."""
    trail = AuditTrail(salt=ports.new_id("salt"))
    return Member(circle_id, caller.user_id, Role.MEMBER, MemberState.LEFT, ports.clock(), version=0, trail=trail)
