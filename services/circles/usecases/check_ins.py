"""Daily check-ins and their streaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from services.circles.domain import Action
from services.circles.domain.check_ins import CheckIns
from services.circles.repository import check_ins as repository
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def check_in(ports: Ports, caller: Caller, circle_id: str) -> CheckIns:
    """Check in for today and return the check-ins. Unchanged if the caller has checked in today.

    Cost: 1 write unit and 2.5 read units.
    Raises: CircleNotFound, CircleNotActive, CircleReadOnly.
    """
    return _change(ports, caller, circle_id, lambda check_ins: check_ins.check_in(at=ports.clock()))


def make_up_day(ports: Ports, caller: Caller, circle_id: str, day: date) -> CheckIns:
    """Fill one missed day with this month's make-up card and return the check-ins.

    Unchanged if the day counts already.
    Raises: CircleNotFound, CircleNotActive, CircleReadOnly, MakeUpDayNotEligible, MakeUpCardUsed.
    """
    return _change(ports, caller, circle_id, lambda check_ins: check_ins.make_up_day(day, at=ports.clock()))


def get_check_ins(ports: Ports, caller: Caller, circle_id: str) -> CheckIns:
    """Return the caller's check-ins. Raises: CircleNotFound."""
    require_permission(ports, caller, circle_id, Action.READ)
    return repository.load_check_ins(ports.table, circle_id, caller.user_id).entity


def _change(ports: Ports, caller: Caller, circle_id: str, change: Callable[[CheckIns], CheckIns]) -> CheckIns:
    require_permission_and_writable(ports, caller, circle_id, Action.CHECK_IN)
    return update(ports, partial(repository.load_check_ins, ports.table, circle_id, caller.user_id), change)
