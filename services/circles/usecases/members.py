"""Who is in a circle, in which role, and how that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.circles.domain import Action, Circle, Member, Role, Sanction, SanctionKind
from services.circles.repository import circles as repository
from services.circles.usecases.identities import ban_identity
from services.circles.usecases.ports import Ports
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import (
    AccountStatusChanged,
    CircleChanged,
    Event,
    MembershipChanged,
    OwnerRemoved,
    SuccessionOffered,
)
from services.shared.security.account_status import account_status_of_event, put_account_status
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import update_entity, update_with_events


def list_members(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Member], Item | None]:
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.LIST_MEMBERS)
    page = repository.list_members(ports.table, circle_id, limit, start)
    return [repository.member_from_item(item) for item in page.items], page.next


def leave_circle(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Leave, or give up waiting to be let in."""
    loaded = repository.find_member(ports.table, circle_id, caller.user_id)
    if loaded is None or not loaded.entity.is_pending:
        repository.require_in(loaded).require(Action.LEAVE)
    change_member(ports, circle_id, caller.user_id, lambda member: member.leave(at=ports.clock()))


def impose_member_sanction(
    ports: Ports, caller: Caller, circle_id: str, user_id: str, kind: SanctionKind, *, reason: str, until: datetime | None
) -> Member:
    """Mute, kick or ban a member; the reason and the end are kept, and recorded in the row's audit chain."""
    by, at = repository.require_member(ports.table, circle_id, caller.user_id), ports.clock()
    by.require(Action.SANCTION)
    if until and until <= at:
        raise Invalid(fields=(FieldError("/until", "is over already"),))
    sanction = Sanction(kind, reason, caller.user_id, at, until)
    member = change_member(ports, circle_id, user_id, lambda member: member.impose(sanction, by))
    if kind is SanctionKind.BAN:
        ban_identity(ports, circle_id, user_id)
    return member


def pardon_member(ports: Ports, caller: Caller, circle_id: str, user_id: str, reason: str) -> Member:
    by = repository.require_member(ports.table, circle_id, caller.user_id)
    by.require(Action.SANCTION)
    return change_member(ports, circle_id, user_id, lambda member: member.pardon(by, reason, at=ports.clock()))


def set_role(ports: Ports, caller: Caller, circle_id: str, user_id: str, role: Role) -> Member:
    by = repository.require_member(ports.table, circle_id, caller.user_id)
    by.require(Action.SET_ROLE)
    return change_member(ports, circle_id, user_id, lambda member: member.take_role(role, by, at=ports.clock()))


def apply_account_status_changed(ports: Ports, event: AccountStatusChanged) -> None:
    """Take over a person's standing, if this is news; circles of an owner who is out can only be read."""
    put_account_status(ports.table, event)
    for circle_id in repository.list_owned(ports.table, event.data.user_id):
        _hear_of_owner(ports, circle_id, event)


def lose_owner(ports: Ports, event: OwnerRemoved) -> None:
    """Review removed the owner of a circle: they are a member like any from now on. A circle that is not there yet makes the
    event come again."""
    owner, circle_id = event.data.owner_id, derive_id("cir", event.data.application_id)
    circle = change_circle(ports, circle_id, lambda circle: circle.lose_owner(owner, at=ports.clock()), tell=True)
    if circle.owner == owner:
        change_member(ports, circle_id, owner, lambda member: member.step_down(False, at=ports.clock()))


def _hear_of_owner(ports: Ports, circle_id: str, event: AccountStatusChanged) -> None:
    news = (event.data.user_id, account_status_of_event(event), event.entity_version)
    change_circle(ports, circle_id, lambda circle: circle.hear_of_owner(*news, at=ports.clock()), tell=True)


def change_circle(ports: Ports, circle_id: str, step: Callable[[Circle], Circle], *, tell: bool = False) -> Circle:
    """What it tells is all that stands, so that telling it again from the table leaves nothing out."""
    return update_with_events(
        ports,
        lambda: repository.find_circle(ports.table, circle_id),
        step,
        repository.circle_to_item,
        lambda _, after: told_of(after) if tell else (),
    )


def told_of(circle: Circle) -> list[type[Event]]:
    return [CircleChanged, SuccessionOffered] if circle.offer else [CircleChanged]


def change_member(ports: Ports, circle_id: str, user_id: str, step: Callable[[Member], Member]) -> Member:
    found = partial(repository.find_target, ports.table, circle_id, user_id)
    return update_entity(ports, found, step, repository.member_to_item, MembershipChanged)
