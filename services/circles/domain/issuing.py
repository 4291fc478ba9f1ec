"""The right of a member to issue passcodes. A passcode is valid only as long as the right that it was issued with.

A right ends when the role no longer permits to issue, when the membership ends, and with a platform suspension. A right that
is regained is another one, so earlier passcodes stay invalid. A mute ends no right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from services.circles.domain.permissions import PERMISSIONS, Action
from services.circles.domain.roles import Role, Trust
from services.shared.kernel.clock import next_version

if TYPE_CHECKING:
    from services.circles.domain.member import Member
    from services.circles.domain.passcode import Passcode


class IssuingLevel(IntEnum):
    """What a member can issue, and why: an ordinary member by trust, any other by an assigned role."""

    NONE = 0
    BY_TRUST = 1
    BY_ROLE = 2
    ANY_USES = 3


@dataclass(frozen=True, slots=True)
class IssuingRight:
    """The right of one member. since: the version of the membership at which it began."""

    level: IssuingLevel
    since: int


def issuing_right_of(member: Member) -> IssuingRight | None:
    """Return the right after a change: a higher level continues it, a lower one ends it and begins another."""
    before, level = member.issuing, _level_of(member)
    if level is IssuingLevel.NONE:
        return before if _is_only_muted(member) else None
    continues = before is not None and level >= before.level
    return IssuingRight(level, before.since if before and continues else member.version)


def _level_of(member: Member) -> IssuingLevel:
    permitted = PERMISSIONS[member.effective_role] if member.is_active else frozenset()
    if Action.ISSUE_PASSCODE in permitted:
        return IssuingLevel.ANY_USES
    if Action.INVITE not in permitted:
        return IssuingLevel.NONE
    return IssuingLevel.BY_TRUST if member.role is Role.MEMBER else IssuingLevel.BY_ROLE


def _is_only_muted(member: Member) -> bool:
    """Whether the right came from trust, which a mute has reset."""
    is_by_trust = member.issuing is not None and member.issuing.level is IssuingLevel.BY_TRUST
    return is_by_trust and member.is_active and member.mute is not None and member.trust is Trust.NEWCOMER


def owner_since_of(member: Member) -> int:
    """Return the version at which the ownership began; 0 for any other member."""
    is_owner = member.is_active and member.role is Role.OWNER
    return (member.owner_since or member.version) if is_owner else 0


def right_to_issue(member: Member) -> int:
    """Return what a new passcode of the member is issued with; 0 without the right."""
    return member.owner_since or (member.issuing.since if member.issuing else 0)


def is_right_in_force(passcode: Passcode, issuer: Member | None) -> bool:
    """Return whether the right that the passcode was issued with still exists; `issuer` is the member it depends on now."""
    if issuer is None:
        return False
    since = issuer.owner_since if passcode.by_owner else issuer.issuing.since if issuer.issuing else 0
    return since > 0 and since == passcode.issued_with


def end_passcodes(member: Member, suspension: int, *, at: datetime) -> Member:
    """Invalidate the member's passcodes because of a platform suspension.

    suspension: the version of its event. Unchanged if the member has no right, or for a repeated or older event.
    """
    if member.issuing is None or suspension <= member.suspension:
        return member
    version = next_version(member.version, at)
    right = replace(member.issuing, since=version)
    owner_since = version if member.owner_since else 0
    return replace(member, issuing=right, owner_since=owner_since, suspension=suspension, version=version)
