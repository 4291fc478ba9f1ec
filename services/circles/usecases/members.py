"""Who is in a circle, in which role, and how that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.circles.domain import Action, Member, Role, Sanction
from services.circles.repository import circles as repository
from services.circles.usecases.ports import Ports
from services.shared import auth
from services.shared.auth import Caller
from services.shared.events import MembershipChanged, PersonSuspended
from services.shared.stored import settle, write
from services.shared.table import Item


def list_members(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Member], Item | None]:
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.LIST_MEMBERS)
    page = repository.list_members(ports.table, circle_id, limit, start)
    return [repository.member_from(item) for item in page.items], page.next


def leave_circle(ports: Ports, caller: Caller, circle_id: str) -> None:
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.LEAVE)
    _change(ports, circle_id, caller.user_id, lambda member: member.leave(at=ports.clock()))


def sanction_member(
    ports: Ports, caller: Caller, circle_id: str, user_id: str, *, ban: bool, reason: str, until: datetime | None
) -> Member:
    """Kick or ban a member; the reason and the end are kept, and recorded in the row's audit chain."""
    by = repository.require_member(ports.table, circle_id, caller.user_id)
    by.require(Action.SANCTION)
    sanction = Sanction(ban, reason, caller.user_id, ports.clock(), until)
    return _change(ports, circle_id, user_id, lambda member: member.put_under(sanction, by))


def set_role(ports: Ports, caller: Caller, circle_id: str, user_id: str, role: Role) -> Member:
    by = repository.require_member(ports.table, circle_id, caller.user_id)
    by.require(Action.SET_ROLE)
    return _change(ports, circle_id, user_id, lambda member: member.take_role(role, by, at=ports.clock()))


def keep_standing(ports: Ports, event: PersonSuspended) -> None:
    """Take over whether a person's tokens count, if this is news."""
    auth.take_over_standing(ports.table, event)


def _change(ports: Ports, circle_id: str, user_id: str, step: Callable[[Member], Member]) -> Member:
    def attempt() -> Member:
        stored = repository.find_target(ports.table, circle_id, user_id)
        after = step(stored.entity)
        if after != stored.entity:
            write(ports.table, stored.put(repository.member_to(after), ports.new_id, MembershipChanged))
        return after

    return settle(attempt)
