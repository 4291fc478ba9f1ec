"""The roles of members. A role of trust is proposed, and in effect once its member accepts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.circles.domain import Action, Member, Role, role_proposals
from services.circles.repository import circles as repository
from services.circles.repository.people import check_unchanged
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import MembershipChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update


def set_role(ports: Ports, caller: Caller, circle_id: str, user_id: str, request: ChangeRequest, role: Role) -> Member:
    """Propose a higher role to a member, or set a lower one, and return the membership.

    MembershipChanged is published only if the role changes. The member's own role withdraws a proposal.
    Cost: 3 write units and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, MemberNotFound, PreconditionFailed (the membership changed since the
    caller read it), KeyReused, RateLimitReached.
    """
    by = require_permission(ports, caller, circle_id, Action.SET_ROLE)

    def change(member: Member) -> Member:
        return role_proposals.set_role(member, role, by, at=ports.clock())

    return _change(ports, circle_id, user_id, change, request)


def accept_role(ports: Ports, caller: Caller, circle_id: str, role: Role) -> Member:
    """Take on a role that is proposed to the caller, and return the membership. Unchanged if the caller has the role.

    The right of the member who proposed it is read here and checked in the same transaction: one who is demoted in between
    gives no role.
    Cost: 8 write units (a transaction with the proposer's version) and 3 read units.
    Raises: CircleNotFound, RoleProposalEnded (none for this role, expired, or void).
    """
    require_permission(ports, caller, circle_id, Action.READ)

    def change(member: Member) -> Member | Changed[Member]:
        by_id = member.proposal.by if member.proposal else ""
        by = repository.find_member(ports.table, circle_id, by_id, consistent_read=True) if by_id else None
        after = role_proposals.accept_role(member, role, by, at=ports.clock())
        if by is None or after == member:
            return after
        return Changed(after, [MembershipChanged], [check_unchanged(by)])

    load = partial(repository.load_member, ports.table, circle_id, caller.user_id)
    return update(ports, load, change)


def decline_role(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Decline the role that is proposed to the caller. Nothing else changes. Unchanged if there is no proposal.

    Cost: 2 write units and 2 read units.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)

    def change(member: Member) -> Member:
        return role_proposals.decline_role(member, at=ports.clock())

    _change(ports, circle_id, caller.user_id, change)


def _change(
    ports: Ports, circle_id: str, user_id: str, change: Callable[[Member], Member], request: ChangeRequest | None = None
) -> Member:
    """Change a membership, with MembershipChanged pending only if the role changes."""

    def changed(member: Member) -> Member | Changed[Member]:
        after = change(member)
        return Changed(after, [MembershipChanged]) if after.role is not member.role else after

    load = partial(repository.load_member, ports.table, circle_id, user_id)
    return update(ports, load, changed, request=request)
