"""Creating, opening, reading and changing circles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from services.circles.domain import Action, Circle, Member, MemberState, Role
from services.circles.repository import circles as repository
from services.circles.usecases.members import change_member
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import CircleActivated, CircleChanged, Event, SeatGrantedData, SuccessionOffered
from services.shared.security.account_status import AccountStatus, account_status_unchanged, get_account_status_and_version
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


class OwnCircle(NamedTuple):
    """A circle with the caller's membership of it."""

    circle: Circle
    member: Member


def provision_circle(ports: Ports, seat: SeatGrantedData) -> None:
    """Create the circle of a granted seat, with its owner as first member.

    The circle's id derives from the application. Unchanged if the circle exists.
    """
    circle_id = derive_id("cir", seat.application_id)
    tags = tuple(seat.circle_tags)
    new = Circle(circle_id, seat.circle_name, tags, seat.applicant_id, seat.seat, ports.clock(), version=0)

    def change(circle: Circle) -> Circle | Changed[Circle]:
        if circle.version:
            return circle
        at = ports.clock()
        version = next_version(0, at)
        status, status_version = get_account_status_and_version(ports.table, seat.applicant_id)
        after = replace(circle, version=version)
        after = after.apply_owner_account_status(seat.applicant_id, status, status_version, at=at)
        trail = AuditTrail(salt=ports.new_id("salt"))
        owner = Member(circle_id, seat.applicant_id, Role.OWNER, MemberState.MEMBER, at, version, trail)
        # The status is checked in the transaction: a sanction of the owner in between starts the provisioning again.
        status_unchanged = account_status_unchanged(seat.applicant_id, status_version)
        return Changed(after, also=[repository.member_creation(ports, owner), status_unchanged])

    update(ports, partial(repository.load_circle_or, ports.table, new), change)


def activate_circle(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Open a provisioned circle and return it. Unchanged if the circle is open.

    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive (closing or closed).
    """
    require_permission(ports, caller, circle_id, Action.ACTIVATE)

    def change(circle: Circle) -> Circle:
        return circle.activate(at=ports.clock())

    return update(ports, partial(repository.load_circle, ports.table, circle_id), change, CircleActivated)


def get_circle(ports: Ports, caller: Caller, circle_id: str) -> OwnCircle:
    """Return a circle and the caller's membership.

    Cost: 2 read units.
    Raises: CircleNotFound.
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    return OwnCircle(repository.get_circle(ports.table, circle_id, consistent_read=True), member)


def list_circles(ports: Ports, caller: Caller, page: PageRequest) -> Page[OwnCircle]:
    """Return a page of the caller's circles.

    Cost: 2 read units for one circle.
    """
    members = repository.list_memberships(ports.table, caller.user_id, page)
    circles = repository.find_circles(ports.table, [member.circle_id for member in members.items])
    return members.map(lambda member: OwnCircle(circles[member.circle_id], member))


def update_owner_status(ports: Ports, circle_id: str, owner_id: str, status: AccountStatus, version: int) -> None:
    """Store the owner's account status on the circle.

    While the owner is suspended, the circle is read-only.

    Unchanged if the circle has another owner or a newer status.
    """

    def change(circle: Circle) -> Circle:
        return circle.apply_owner_account_status(owner_id, status, version, at=ports.clock())

    change_circle(ports, circle_id, change, publish=True)


def remove_owner(ports: Ports, circle_id: str, owner_id: str) -> None:
    """Make a removed owner an ordinary member. The circle is read-only until it has a new owner.

    Unchanged if the circle has another owner. Raises: CircleNotFound (so that the event is delivered again later).
    """
    circle = change_circle(
        ports, circle_id, lambda circle: circle.apply_owner_removed(owner_id, at=ports.clock()), publish=True
    )
    if circle.owner == owner_id:
        change_member(ports, circle_id, owner_id, lambda member: member.step_down(False, at=ports.clock()))


def change_circle(
    ports: Ports,
    circle_id: str,
    change: Callable[[Circle], Circle],
    *,
    publish: bool = False,
    request: ChangeRequest | None = None,
    slot: Slot | None = None,
    version_of: Callable[[Circle], int] | None = None,
) -> Circle:
    """Load, change and save a circle; with `publish`, its events are pending on the item.

    All events that describe the circle's state are published each time, so a replay from the table misses none.
    Raises: CircleNotFound, PreconditionFailed, and what `change` raises.
    """

    def changed(circle: Circle) -> Circle | Changed[Circle]:
        after = change(circle)
        return Changed(after, circle_events(after)) if publish and after != circle else after

    load = partial(repository.load_circle, ports.table, circle_id)
    return update(ports, load, changed, request=request, slot=slot, version_of=version_of)


def circle_events(circle: Circle) -> list[type[Event]]:
    """Return the events that describe the circle's current state."""
    return [CircleChanged, SuccessionOffered] if circle.offer else [CircleChanged]
