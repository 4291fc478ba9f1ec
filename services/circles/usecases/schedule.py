"""The schedule of every minute.

It publishes digests and likes, measures health, offers circles of absent owners, deletes closed circles and accounts, writes
exports, runs campaigns and plans the nightly recount.
"""

from __future__ import annotations

from datetime import datetime

from services.circles.domain import Circle, CircleState
from services.circles.domain.days import member_day
from services.circles.domain.digest import digest_evening
from services.circles.repository import circles as repository
from services.circles.repository import like_events
from services.circles.usecases.campaign_runs import run_campaigns
from services.circles.usecases.circles import change_circle
from services.circles.usecases.closing import purge_circle
from services.circles.usecases.deletions import process_deletions
from services.circles.usecases.digests import publish_digest
from services.circles.usecases.exports import write_exports
from services.circles.usecases.health import record_weekly_health
from services.circles.usecases.ownership import offer_succession
from services.circles.usecases.ports import Ports
from services.circles.usecases.recounts import plan_recount
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime, always

MAX_CIRCLES_PER_RUN = 25
MONDAY = 0


def handle_schedule(ports: Ports, has_time: HasTime = always) -> None:
    """Process the circles that are due, then likes, deletions, exports and campaigns, while there is time. Every minute.

    Each step is done once however often it is tried, so an interrupted run or two runs at once are safe.
    """
    for circle_id in repository.list_due_circle_ids(ports.table, ports.clock(), MAX_CIRCLES_PER_RUN):
        if not has_time():
            return
        try:
            _process_due_circle(ports, circle_id, has_time)
        except Exception as error:  # noqa: BLE001 (one circle that fails must not stop the others; it is retried later)
            logger().warning("circle not processed", circle_id=circle_id, error_type=type(error).__name__)
            _schedule_retry(ports, circle_id)
    _publish_likes(ports, has_time)
    process_deletions(ports, has_time)
    write_exports(ports, has_time)
    run_campaigns(ports, has_time)


def _publish_likes(ports: Ports, has_time: HasTime) -> None:
    for planned in like_events.iter_planned(ports.table, ports.clock()):
        if not has_time():
            return
        try:
            like_events.publish_planned(ports.table, planned, ports.clock())
        except Exception as error:  # noqa: BLE001 (one note that fails must not stop the others; the next run tries it again)
            logger().warning("likes not published", error_type=type(error).__name__)


def _process_due_circle(ports: Ports, circle_id: str, has_time: HasTime) -> None:
    circle, at = repository.get_circle(ports.table, circle_id, consistent_read=True), ports.clock()
    if circle.has_closed(at):
        purge_circle(ports, circle_id, has_time)
        return
    if circle.state is CircleState.ACTIVE:
        _run_evening_tasks(ports, circle, digest_evening(circle.due_at or at))
    plan_recount(ports, circle.id)  # in the notice period too: members still read the counters
    change_circle(ports, circle_id, lambda circle: circle.schedule_next(at=at))


def _schedule_retry(ports: Ports, circle_id: str) -> None:
    try:
        change_circle(ports, circle_id, lambda circle: circle.schedule_retry(at=ports.clock()))
    except Exception as error:  # noqa: BLE001 (the circle stays due: the next run processes it first)
        logger().warning("circle not rescheduled", circle_id=circle_id, error_type=type(error).__name__)


def _run_evening_tasks(ports: Ports, circle: Circle, evening: datetime) -> None:
    publish_digest(ports, circle, evening)
    offer_succession(ports, circle)
    if member_day(evening).weekday() == MONDAY:
        record_weekly_health(ports, circle, evening)
