"""A circle's beginning: provisioned by a seat, opened by its owner."""

from __future__ import annotations

from services.circles.domain import Action, Circle, CircleState, Member, MemberState, Role
from services.circles.repository import circles as repository
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import (
    CircleActivated,
    ListingChanged,
    MembershipChanged,
    SeatGranted,
)
from services.shared.security.account_status import account_status_key, get_account_status_and_version
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table import cards
from services.shared.table.port import (
    ABSENT,
    Attr,
    Check,
    ConditionFailed,
    Item,
)
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def provision_circle(ports: Ports, event: SeatGranted) -> None:
    """Make the one circle of a granted seat, with its owner. The id derives from the application: twice is once."""
    retry_on_write_conflict(lambda: _provision(ports, event))


def _provision(ports: Ports, event: SeatGranted) -> None:
    at, seat = ports.clock(), event.data
    circle_id = derive_id("cir", seat.application_id)
    version = next_version(0, at)
    standing, heard = get_account_status_and_version(ports.table, seat.applicant_id)
    circle = Circle(circle_id, seat.circle_name, tuple(seat.circle_tags), seat.applicant_id, seat.seat, at, version)
    circle = circle.hear_of_owner(seat.applicant_id, standing, heard, at=at)
    trail = AuditTrail(salt=ports.new_id("salt"))
    owner = Member(circle_id, seat.applicant_id, Role.OWNER, MemberState.MEMBER, at, version, trail)
    puts = [
        Versioned(circle, None).put(repository.circle_to_item(circle), ports.new_id),
        Versioned(owner, None).put(repository.member_to_item(owner), ports.new_id, MembershipChanged),
    ]
    same_standing = Check(account_status_key(seat.applicant_id), Attr("version").eq(heard) if heard else ABSENT)
    try:
        ports.table.transact([*puts, same_standing], token=ports.new_id("txn"))
    except ConditionFailed as failed:
        if failed.index == 2:
            raise  # review has said something of the owner meanwhile
        return  # provisioned before


def activate_circle(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Open a provisioned circle. Opening an open one answers it again."""
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.ACTIVATE)

    def attempt() -> Circle:
        loaded = repository.find_circle(ports.table, circle_id)
        after = loaded.entity.activate(at=ports.clock())
        if loaded.entity.state is not CircleState.ACTIVE:
            save(ports.table, loaded.put(repository.circle_to_item(after), ports.new_id, CircleActivated))
        return after

    return retry_on_write_conflict(attempt)


def apply_listing_changed(ports: Ports, event: ListingChanged) -> None:
    """Take over goods for the cards that show them; not into a circle that has ended."""
    circle = repository.look_for_circle(ports.table, event.data.circle_id)
    if circle is None or circle.state is not CircleState.CLOSED:
        cards.apply_listing_changed(ports, event)


def get_circle(ports: Ports, caller: Caller, circle_id: str) -> tuple[Circle, Member]:
    member = repository.require_member(ports.table, circle_id, caller.user_id)
    return repository.find_circle(ports.table, circle_id).entity, member


def list_circles(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[Circle, Member]], Item | None]:
    """The circles a person is in now. Past memberships are passed over, so a page may be short."""
    page = repository.list_circles(ports.table, caller.user_id, limit, start)
    found = []
    for row in page.items:
        circle_id = row["gsi1sk"].removeprefix("CIRCLE#")
        loaded = repository.find_member(ports.table, circle_id, caller.user_id)
        if loaded and loaded.entity.is_in:
            found.append((repository.find_circle(ports.table, circle_id).entity, loaded.entity))
    return found, page.next
