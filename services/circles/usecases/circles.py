"""Creating, opening, reading and changing circles."""

from __future__ import annotations

from collections.abc import Callable

from services.circles.domain import Action, Circle, CircleState, Member, MemberState, Role
from services.circles.repository import circles as repository
from services.circles.usecases.members import change_member
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import (
    CircleActivated,
    CircleChanged,
    Event,
    MembershipChanged,
    SeatGrantedData,
    SuccessionOffered,
)
from services.shared.security.account_status import AccountStatus, account_status_unchanged, get_account_status_and_version
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed, Item
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save, update_with_events


def provision_circle(ports: Ports, seat: SeatGrantedData) -> None:
    """Create the circle of a granted seat, with its owner as first member.

    The circle's id derives from the application. Unchanged if the circle exists.
    """
    retry_on_write_conflict(lambda: _provision(ports, seat))


def _provision(ports: Ports, seat: SeatGrantedData) -> None:
    at = ports.clock()
    circle_id = derive_id("cir", seat.application_id)
    version = next_version(0, at)
    status, status_version = get_account_status_and_version(ports.table, seat.applicant_id)
    circle = Circle(circle_id, seat.circle_name, tuple(seat.circle_tags), seat.applicant_id, seat.seat, at, version)
    circle = circle.apply_owner_account_status(seat.applicant_id, status, status_version, at=at)
    trail = AuditTrail(salt=ports.new_id("salt"))
    owner = Member(circle_id, seat.applicant_id, Role.OWNER, MemberState.MEMBER, at, version, trail)
    puts = [
        Versioned(circle, None).put(repository.circle_to_item(circle), ports.new_id),
        Versioned(owner, None).put(repository.member_to_item(owner), ports.new_id, MembershipChanged),
    ]
    status_unchanged = account_status_unchanged(seat.applicant_id, status_version)
    try:
        ports.table.transact([*puts, status_unchanged], token=ports.new_id("txn"))
    except ConditionFailed as failed:
        if failed.index == 2:
            raise  # the owner's account status changed since it was read: start again
        return  # the circle exists already


def activate_circle(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Open a provisioned circle and return it. Unchanged if the circle is open.

    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive (closing or closed).
    """
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.ACTIVATE)

    def attempt() -> Circle:
        loaded = repository.load_circle(ports.table, circle_id)
        after = loaded.entity.activate(at=ports.clock())
        if loaded.entity.state is not CircleState.ACTIVE:
            save(ports.table, loaded.put(repository.circle_to_item(after), ports.new_id, CircleActivated))
        return after

    return retry_on_write_conflict(attempt)


def get_circle(ports: Ports, caller: Caller, circle_id: str) -> tuple[Circle, Member]:
    """Return a circle and the caller's membership.

    Cost: 2 read units.
    Raises: CircleNotFound.
    """
    member = repository.require_member(ports.table, circle_id, caller.user_id)
    return repository.load_circle(ports.table, circle_id).entity, member


def list_circles(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[Circle, Member]], Item | None]:
    """Return a page of the caller's circles.

    Past memberships are skipped, so a page can be shorter than `limit`.
    Cost: 2.5 read units for one circle.
    """
    page = repository.list_circles(ports.table, caller.user_id, limit, start)
    circles = []
    for item in page.items:
        circle_id = item["gsi1sk"].removeprefix("CIRCLE#")
        loaded = repository.find_member(ports.table, circle_id, caller.user_id)
        if loaded and loaded.entity.is_active:
            circles.append((repository.load_circle(ports.table, circle_id).entity, loaded.entity))
    return circles, page.next


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


def change_circle(ports: Ports, circle_id: str, change: Callable[[Circle], Circle], *, publish: bool = False) -> Circle:
    """Load, change and save a circle; with `publish`, its events are pending on the item.

    All events that describe the circle's state are published each time, so a replay from the table misses none.
    """
    return update_with_events(
        ports,
        lambda: repository.load_circle(ports.table, circle_id),
        change,
        repository.circle_to_item,
        lambda _, after: circle_events(after) if publish else (),
    )


def circle_events(circle: Circle) -> list[type[Event]]:
    """Return the events that describe the circle's current state."""
    return [CircleChanged, SuccessionOffered] if circle.offer else [CircleChanged]
