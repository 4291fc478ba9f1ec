"""The members' brake, and how much of each guardrail is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.circles.domain import Action, Circle
from services.circles.domain.brake import Brake, needed_pulls
from services.circles.repository import brake as repository
from services.circles.repository.circles import get_circle, load_circle
from services.circles.settings import settings
from services.circles.usecases.guardrails import guardrail_limits
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.messaging.events import CircleChanged
from services.shared.security.auth import Caller
from services.shared.security.guardrails import GuardrailUse
from services.shared.security.identities import list_identity_ids
from services.shared.security.selling import SellingRule
from services.shared.table.guardrails import load_guardrails
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, update


@dataclass(frozen=True, slots=True)
class GuardrailsView:
    """The guardrails of a circle as a member sees them.

    uses: of the owner's notes and comments. closed: why nothing is sold now, and until when; None if sales are open.
    pulls, needed: of the brake, in the current round. has_pulled: whether the caller has.
    """

    uses: tuple[GuardrailUse, ...]
    closed: tuple[SellingRule, datetime] | None
    pulls: int
    needed: int
    has_pulled: bool


def get_guardrails(ports: Ports, caller: Caller, circle_id: str) -> GuardrailsView:
    """Return how much of each guardrail is used in notes and comments, and how far the brake is.

    Cost: 4 read units.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    circle, at = get_circle(ports.table, circle_id), ports.clock()
    uses = load_guardrails(ports.table, circle_id).entity.list_uses(guardrail_limits(), at)
    brake = repository.find_brake(ports.table, circle_id).current(at)
    has_pulled = repository.has_pulled(ports.table, brake, _pullers(ports, caller))
    closed = circle.selling.find_closed(settings().selling_starts_after, at)
    return GuardrailsView(uses, closed, brake.pulls, needed_pulls(circle.members), has_pulled)


def pull_brake(ports: Ports, caller: Caller, circle_id: str) -> GuardrailsView:
    """Pull the members' brake. If enough members have, sales pause in all services, and review opens a case.

    A member counts once in a round, by user and by each identity. Unchanged for a repeat, and while sales are paused. Pull,
    count and pause are one transaction, so the pause begins with exactly the pull that is needed.
    Cost: 5 write units, 2 more per identity and 2 more with the pause; 9 read units.
    Raises: CircleNotFound, RoleNotAllowed (newcomers, the owner and co-owners), CircleNotActive, CircleReadOnly,
    RateLimitReached.
    """
    require_permission_and_writable(ports, caller, circle_id, Action.PULL_BRAKE)

    def change(brake: Brake) -> Brake | Changed[Brake]:
        at, circle = ports.clock(), load_circle(ports.table, circle_id)
        if circle.entity.selling.is_paused(at):
            return brake
        after, pullers = brake.pull(at=at), _pullers(ports, caller)
        if repository.has_pulled(ports.table, after, pullers, consistent_read=True):
            return brake
        writes: list[Write] = [*repository.pull_writes(after, pullers, at)]
        if after.pulls < needed_pulls(circle.entity.members):
            return Changed(after, also=writes)
        paused = _paused(circle.entity, at)
        return Changed(after.end_round(), also=[*writes, circle.write(ports, paused, CircleChanged)])

    update(ports, partial(repository.load_brake, ports.table, circle_id), change, slot=change_slot(ports, caller))
    return get_guardrails(ports, caller, circle_id)


def _paused(circle: Circle, at: datetime) -> Circle:
    return circle.pause_selling(at + settings().brake_pause, at=at)


def _pullers(ports: Ports, caller: Caller) -> list[str]:
    """Return what a pull is marked with: the user, and each identity of the user."""
    identity_ids = list_identity_ids(ports.table, caller.user_id)
    return [f"user {caller.user_id}", *(f"identity {identity_id}" for identity_id in identity_ids)]
