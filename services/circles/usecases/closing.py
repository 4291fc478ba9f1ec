"""Closing a circle: a notice period in which it can be read and exported, then its deletion.

See decision 25.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, takewhile

from services import SERVICES
from services.circles.domain import Action, Circle
from services.circles.repository import circles, teasers
from services.circles.repository import closing as repository
from services.circles.usecases.circles import change_circle
from services.circles.usecases.members import change_member
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.exports.format import export_folder
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.kernel.requests import ChangeRequest
from services.shared.pictures.files import delete_files_of_scope
from services.shared.security.auth import Caller

MAX_STEPS_PER_RUN = 2000  # items and batches of files that one run of the schedule deletes


def close_circle(
    ports: Ports, caller: Caller, circle_id: str, notice: timedelta, *, request: ChangeRequest | None = None
) -> Circle:
    """Make the circle read-only and schedule its deletion; return the circle.

    Unchanged if it is closing: the first notice period applies. Unchanged if the request was applied before, so a late repeat
    does not close a circle that was reopened since.
    Cost: 4 write units and 2 read units.
    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, KeyReused, RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.CLOSE)

    def change(circle: Circle) -> Circle:
        after = circle.close(notice, caller.user_id, at=ports.clock())
        if after != circle:
            # Before the circle: if the function crashes in between, an open circle is hidden, not a closing one listed.
            teasers.delete_teaser(ports.table, circle_id, ports.clock())
        return after

    return change_circle(ports, circle_id, change, publish=True, request=request)


def reopen_circle(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Cancel the closing during the notice period and return the circle. Unchanged if the circle is open.

    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive (the notice period has ended).
    """
    require_permission(ports, caller, circle_id, Action.CLOSE)
    return change_circle(ports, circle_id, lambda circle: circle.reopen(caller.user_id, at=ports.clock()), publish=True)


def purge_circle(ports: Ports, circle_id: str, has_time: HasTime = always) -> Circle:
    """Delete the content of a closed circle, up to 2,000 steps per run while there is time; return the circle.

    Memberships end first, then the content is deleted. An interrupted run is continued by the next one: deleted items are not
    found again, and an erased member is marked.
    """
    change_circle(ports, circle_id, lambda circle: circle.complete_closing(at=ports.clock()), publish=True)
    steps = chain(
        _end_memberships(ports, circle_id),
        _erase_members(ports, circle_id),
        repository.delete_notes(ports.table, circle_id),
        repository.delete_remaining_items(ports.table, circle_id),
        _delete_files(ports, circle_id),
    )
    in_time = takewhile(lambda _: has_time(), range(MAX_STEPS_PER_RUN))
    is_complete = any(next(steps, True) for _ in in_time)  # a step yields None, the end of the steps is True
    return change_circle(ports, circle_id, lambda circle: circle.complete_purge(is_complete, at=ports.clock()))


def _end_memberships(ports: Ports, circle_id: str) -> Iterator[None]:
    """End every membership. The items stay, so that a late event cannot restore access."""
    for member in circles.iter_members(ports.table, circle_id):
        if member.is_active or member.is_pending:
            change_member(ports, circle_id, member.user_id, lambda member: member.close_membership(at=ports.clock()))
            yield


def _erase_members(ports: Ports, circle_id: str) -> Iterator[None]:
    """Delete what each member stored in the circle, then the personal data of the membership."""
    for member in circles.iter_members(ports.table, circle_id):
        if not member.erased:
            yield from repository.delete_member_items(ports.table, circle_id, member.user_id)
            change_member(ports, circle_id, member.user_id, lambda member: member.erase(at=ports.clock()))
            yield


def _delete_files(ports: Ports, circle_id: str) -> Iterator[None]:
    yield from delete_files_of_scope(ports.pictures, circle_id)
    for service in SERVICES:
        while ports.exports.delete_page(f"{export_folder(service, circle_id)}/"):
            yield
