"""What comes with time: a digest each evening, a measurement each week, an absent owner's succession, a circle's end."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain import Circle, CircleState
from services.circles.domain.digest import evening_of
from services.circles.domain.presence import member_day
from services.circles.repository import circles as repository
from services.circles.usecases.endings import purge_circle
from services.circles.usecases.exports import run_exports
from services.circles.usecases.health import keep_health
from services.circles.usecases.members import change_circle
from services.circles.usecases.ports import Ports
from services.circles.usecases.recaps import tell_of_day
from services.circles.usecases.successions import offer_succession
from services.shared.kernel.observability import logger

MOST = 25  # circles that one run looks at
MONDAY = 0
RUN_FOR = timedelta(seconds=25)  # of the fifty that the function has: a step that has begun is finished


def handle_schedule(ports: Ports) -> None:
    """Each minute: circles whose time has come, and archives that were asked for. What was done already is not done
    again, so that a run which is cut off, or two at once, do no harm."""
    until = ports.clock() + RUN_FOR
    for circle_id in repository.list_due(ports.table, ports.clock(), MOST):
        if ports.clock() >= until:
            return
        try:
            _look_after(ports, circle_id)
        except Exception as error:  # noqa: BLE001 (whatever failed, the others' time has come too, and this one's comes again)
            logger().warning("circle not looked after", circle_id=circle_id, error_type=type(error).__name__)
            _try_later(ports, circle_id)
    run_exports(ports, until)


def _look_after(ports: Ports, circle_id: str) -> None:
    circle, at = repository.find_circle(ports.table, circle_id).entity, ports.clock()
    if circle.is_over(at):
        purge_circle(ports, circle_id)
        return
    if circle.state is CircleState.ACTIVE:
        _tell(ports, circle, evening_of(circle.due_at or at))
    change_circle(ports, circle_id, lambda found: found.put_off(at=at))


def _try_later(ports: Ports, circle_id: str) -> None:
    try:
        change_circle(ports, circle_id, lambda circle: circle.try_later(at=ports.clock()))
    except Exception as error:  # noqa: BLE001 (then it is the first again in a minute)
        logger().warning("circle not put off", circle_id=circle_id, error_type=type(error).__name__)


def _tell(ports: Ports, circle: Circle, evening: datetime) -> None:
    tell_of_day(ports, circle, evening)
    offer_succession(ports, circle)
    if member_day(evening).weekday() == MONDAY:
        keep_health(ports, circle, evening)
