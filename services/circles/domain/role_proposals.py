"""Roles of trust: proposed by a higher rank, and in effect once their member accepts. A lower role is in effect at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from services.circles.domain.permissions import Action
from services.circles.domain.roles import ASSIGNABLE_ROLES, ROLES_OF_TRUST, Role
from services.circles.errors import CircleNotFound, MemberNotFound, RoleHeld, RoleNotAllowed, RoleProposalEnded
from services.circles.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import CallerMuted

if TYPE_CHECKING:
    from services.circles.domain.member import Member


@dataclass(frozen=True, slots=True)
class RoleProposal:
    """A role of trust that waits for its member's answer. by: who proposed it; their right is evaluated at the acceptance."""

    role: Role
    by: str
    at: datetime
    expires_at: datetime

    def is_open(self, at: datetime) -> bool:
        return at < self.expires_at


def proposal_after(member: Member) -> RoleProposal | None:
    """Return what is left of a member's proposal after a change: it ends with the membership, and with a role as high."""
    proposal = member.proposal
    return proposal if proposal and member.is_active and proposal.role.rank > member.role.rank else None


def set_role(member: Member, role: Role, by: Member, *, at: datetime) -> Member:
    """Propose a higher role to a member, or set a lower one at once, below the role of `by`.

    The member's own role withdraws a proposal. Unchanged if the same proposal of the same member is open.
    Raises: RoleNotAllowed, MemberNotFound (not active).
    """
    by.require_can_moderate(member, Action.SET_ROLE, at, assigned=role)
    if role not in ASSIGNABLE_ROLES:
        raise RoleNotAllowed
    if not member.is_active:
        raise MemberNotFound
    if role.rank > member.role.rank:
        return _propose(member, role, by, at)
    if role is not member.role:
        trail, version = member.trail.extend(f"role {role}", actor=by.user_id, at=at), next_version(member.version, at)
        # One step: the right to issue passcodes begins anew at the version that has the role.
        return replace(member, role=role, role_set_at=at, proposal=None, trail=trail, version=version)
    return _end_proposal(member, "withdraw", by.user_id, at) if member.proposal else member


def _propose(member: Member, role: Role, by: Member, at: datetime) -> Member:
    current = member.proposal
    if current and current.is_open(at) and (current.role, current.by) == (role, by.user_id):
        return member
    proposal = RoleProposal(role, by.user_id, at, at + settings().role_proposal_lifetime)
    trail = member.trail.extend(f"propose role {role}", actor=by.user_id, at=at)
    return replace(member, proposal=proposal, trail=trail, version=next_version(member.version, at))


def accept_role(member: Member, role: Role, by: Member | None, *, at: datetime) -> Member:
    """Take on a proposed role. Unchanged if the member has it.

    by: who proposed it, as they are now. Their right must still exist, or the proposal is void.
    Raises: CircleNotFound (not an active member), RoleProposalEnded (none for this role, expired, or void).
    """
    if not member.is_active:
        raise CircleNotFound
    if member.role is role:
        return member
    proposal = member.proposal
    if proposal is None or by is None or proposal.role is not role or not proposal.is_open(at):
        raise RoleProposalEnded
    try:
        by.require_can_moderate(member, Action.SET_ROLE, at, assigned=role)
    except (CircleNotFound, CallerMuted, RoleNotAllowed):
        raise RoleProposalEnded from None
    trail = member.trail.extend(f"role {role}", actor=member.user_id, at=at, proposed_by=proposal.by)
    return replace(member, role=role, role_set_at=at, trail=trail, version=next_version(member.version, at))


def decline_role(member: Member, *, at: datetime) -> Member:
    """End a proposal. Unchanged if there is none. Raises: CircleNotFound (not an active member)."""
    if not member.is_active:
        raise CircleNotFound
    return _end_proposal(member, "decline", member.user_id, at) if member.proposal else member


def _end_proposal(member: Member, act: str, actor: str, at: datetime) -> Member:
    role = member.proposal.role if member.proposal else member.role
    trail = member.trail.extend(f"{act} role {role}", actor=actor, at=at)
    return replace(member, proposal=None, trail=trail, version=next_version(member.version, at))


def require_no_role_of_trust(member: Member) -> None:
    """Require that a member who leaves holds no role of trust. Raises: RoleHeld."""
    if member.is_active and member.role in ROLES_OF_TRUST:
        raise RoleHeld(role=str(member.role))
