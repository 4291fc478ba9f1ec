"""What time does by itself: reviews that are late are escalated, questions without an answer lapse, emergencies nobody
ratified are undone, freed seats go to whoever waits, personal data is forgotten, audit heads are anchored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.adapters.anchors import anchor_heads
from services.review.domain import Application, ReviewQueue, State
from services.review.repository import applications, cohorts, people
from services.review.usecases.deciding import is_out, write_with_cohort
from services.review.usecases.ports import Ports
from services.review.usecases.sanctions import undo_unratified
from services.shared.kernel.observability import logger
from services.shared.messaging.events import (
    ApplicationExpired,
    Event,
    ReviewOverdue,
    SeatGranted,
)
from services.shared.table.port import ConditionFailed, Conflict, Throttled
from services.shared.table.versioned import Versioned, save

AT_ONCE = 50
CALLS = 10  # seats given in one minute
QUEUES = (ReviewQueue.REVIEW, ReviewQueue.APPEAL, ReviewQueue.WAITING, ReviewQueue.ERASE)


def handle_schedule(ports: Ports) -> int:
    """Take everything whose time is over one step further; answers how much. A minute late does no harm: whoever reads or
    acts judges by the clock. What fails is logged and comes again; the others do not wait for it."""
    steps: list[Callable[[], bool]] = []
    for queue in QUEUES:
        rows = applications.list_due(ports.table, queue, ports.clock(), AT_ONCE)
        steps += [partial(_advance, ports, row["gsi2sk"].partition("#")[2]) for row in rows]
    rows = applications.list_due(ports.table, people.EMERGENCY, ports.clock(), AT_ONCE)
    steps += [partial(_undo, ports, row["gsi2sk"].partition("#")[2]) for row in rows]
    steps += [partial(_call_next, ports, cohort) for cohort in cohorts.list_queued(ports.table) for _ in range(CALLS)]
    return sum(_attempt(step) for step in steps)


def _attempt(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except Exception as error:  # noqa: BLE001 (whatever failed, the next minute takes it, and the others go on)
        logger().warning("schedule step failed", error_type=type(error).__name__)
        return False


def _undo(ports: Ports, user_id: str) -> bool:
    undo_unratified(ports, user_id)
    return True


def run_anchors(ports: Ports) -> int:
    """Anchor the hours that are over; answers how many heads."""
    return anchor_heads(ports.table, ports.archive, ports.clock())


def _advance(ports: Ports, application_id: str) -> bool:
    loaded = applications.find_application(ports.table, application_id)
    after = loaded.entity.advance(at=ports.clock())
    if after is loaded.entity:
        return False
    if not after.content.circle_name:
        for key in applications.list_revisions(ports.table, application_id):
            applications.forget_revision(ports.table, key)
    return _took(ports, loaded, after)


def _took(ports: Ports, loaded: Versioned[Application], after: Application) -> bool:
    events: list[type[Event]] = [ReviewOverdue] if after.escalated and not loaded.entity.escalated else []
    if after.state is State.EXPIRED and loaded.entity.state is not State.EXPIRED:
        events = [ApplicationExpired]
    try:
        save(ports.table, loaded.put(applications.application_to_item(after), ports.new_id, *events))
    except (ConditionFailed, Conflict, Throttled):
        return False  # somebody was faster, or it is contended: the next minute takes it
    return True


def _call_next(ports: Ports, name: str) -> bool:
    """Give a free seat to the head of the waitlist: application, cohort and event are one write, so it happens once."""
    cohort = cohorts.find_cohort(ports.table, name, ports.quota_of(name))
    if not (cohort.entity.has_room and cohort.entity.has_queue):
        return False
    loaded = applications.find_application(ports.table, cohorts.find_place(ports.table, name, cohort.entity.called + 1))
    at, application = ports.clock(), loaded.entity
    try:
        if application.state is not State.WAITLISTED:
            save(ports.table, cohort.put(cohorts.cohort_to_item(cohort.entity.skip()), ports.new_id))
            return True
        if is_out(ports, application):
            after, moved = application.pass_over(at=at), cohort.entity.skip()
            put = loaded.put(applications.application_to_item(after), ports.new_id, ApplicationExpired)
        else:
            after, moved = application.promote(cohort.entity, at=at)
            put = loaded.put(applications.application_to_item(after), ports.new_id, SeatGranted)
        write_with_cohort(ports, put, cohort, moved, after)
    except (ConditionFailed, Conflict, Throttled):
        return False
    return True
