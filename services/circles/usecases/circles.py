"""Creating, opening and reading circles."""

from __future__ import annotations

from services.circles.domain import Action, Circle, CircleState, Member, MemberState, Role
from services.circles.repository import circles as repository
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import CircleActivated, MembershipChanged, SeatGrantedData
from services.shared.security.account_status import account_status_key, get_account_status_and_version
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ABSENT, Attr, Check, ConditionFailed, Item
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


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
    unchanged = Attr("version").eq(status_version) if status_version else ABSENT
    status_unchanged = Check(account_status_key(seat.applicant_id), unchanged)
    try:
        ports.table.transact([*puts, status_unchanged], token=ports.new_id("txn"))
    except ConditionFailed as failed:
        if failed.index == 2:
            raise  # the owner's account status changed since it was read: start again
        return  # the circle exists already


def activate_circle(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Open a provisioned circle and return it. Unchanged if the circle is open.

    Raises: CircleNotFound, RoleNotAllowed.
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
    """Return a circle and the caller's membership. Raises: CircleNotFound."""
    member = repository.require_member(ports.table, circle_id, caller.user_id)
    return repository.load_circle(ports.table, circle_id).entity, member


def list_circles(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[Circle, Member]], Item | None]:
    """Return a page of the caller's circles.

    Past memberships are skipped, so a page can be shorter than `limit`.
    """
    page = repository.list_circles(ports.table, caller.user_id, limit, start)
    circles = []
    for item in page.items:
        circle_id = item["gsi1sk"].removeprefix("CIRCLE#")
        loaded = repository.find_member(ports.table, circle_id, caller.user_id)
        if loaded and loaded.entity.is_active:
            circles.append((repository.load_circle(ports.table, circle_id).entity, loaded.entity))
    return circles, page.next
