"""Members: the sanctions on them, and the end of a membership."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.circles.domain import Action, Member, MemberState, Sanction, SanctionKind
from services.circles.domain.role_proposals import require_no_role_of_trust
from services.circles.domain.sanctioning import impose_sanction, lift_sanctions
from services.circles.repository import circles as repository
from services.circles.usecases.identities import ban_identity
from services.circles.usecases.permissions import require_action, require_permission
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import MembershipChanged
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import update


def list_memberships(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Member]:
    """Return a page of the circle's memberships, past ones included, to a moderator.

    Cost: 3 read units for 20.
    Raises: CircleNotFound, RoleNotAllowed.
    """
    require_permission(ports, caller, circle_id, Action.LIST_MEMBERSHIPS)
    return repository.list_memberships_of_circle(ports.table, circle_id, page)


def leave_circle(ports: Ports, caller: Caller, circle_id: str, *, gives_up_role: bool = False) -> None:
    """End the caller's membership, or withdraw a pending one.

    gives_up_role: whether the caller has confirmed that a role of trust ends with it.
    Cost: 3 write units and 2.5 read units.
    Raises: CircleNotFound, OwnerCannotLeave, RoleHeld, RateLimitReached.
    """
    member = repository.find_member(ports.table, circle_id, caller.user_id)
    if member is None or not member.is_pending:
        require_action(ports, caller, repository.require_active(member), Action.LEAVE)

    def leave(member: Member) -> Member:
        if not gives_up_role:
            require_no_role_of_trust(member)
        return member.leave(at=ports.clock())

    change_member(ports, circle_id, caller.user_id, leave, slot=change_slot(ports, caller))


def impose_member_sanction(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    user_id: str,
    kind: SanctionKind,
    *,
    reason: str,
    until: datetime | None,
    request: ChangeRequest | None = None,
) -> Member:
    """Mute, kick or ban a member and return the membership.

    The reason is recorded in the audit trail of the membership.
    Unchanged if the request was applied before, so a late repeat restores no sanction that was lifted since.

    Cost: 2 write units and 2 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, MemberNotFound, Invalid (`until` is in the past), KeyReused,
    RateLimitReached.
    """
    by, at = require_permission(ports, caller, circle_id, Action.SANCTION), ports.clock()
    if until and until <= at:
        raise Invalid(fields=(FieldError("/until", "must-be-in-future"),))
    sanction = Sanction(kind, reason, caller.user_id, by.role, at, until)
    member = change_member(ports, circle_id, user_id, lambda member: impose_sanction(member, sanction, by), request=request)
    if kind is SanctionKind.BAN and member.state is MemberState.BANNED:
        ban_identity(ports, circle_id, user_id)
    return member


def lift_member_sanction(
    ports: Ports, caller: Caller, circle_id: str, user_id: str, reason: str, *, request: ChangeRequest | None = None
) -> Member:
    """End a member's mute, ban or the time after a kick early, and return the membership.

    What a higher rank than the caller's imposed stays in force.
    Unchanged if the request was applied before, so a late repeat lifts no newer sanction.

    Cost: 2 write units and 2 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, MemberNotFound, KeyReused, RateLimitReached.
    """
    by = require_permission(ports, caller, circle_id, Action.SANCTION)

    def change(member: Member) -> Member:
        return lift_sanctions(member, by, reason, at=ports.clock())

    return change_member(ports, circle_id, user_id, change, request=request)


def change_member(
    ports: Ports,
    circle_id: str,
    user_id: str,
    change: Callable[[Member], Member],
    *,
    request: ChangeRequest | None = None,
    slot: Slot | None = None,
) -> Member:
    """Load, change and save a membership, with MembershipChanged pending on the item.

    Raises: MemberNotFound, PreconditionFailed, and what `change` raises.
    """
    load = partial(repository.load_member, ports.table, circle_id, user_id)
    return update(ports, load, change, MembershipChanged, request=request, slot=slot)
