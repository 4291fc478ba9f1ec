"""What time does by itself: reviews that are late are escalated, questions without an answer lapse, emergencies nobody
ratified are undone, freed seats go to whoever waits, personal data is forgotten, audit heads are anchored."""

from __future__ import annotations

from services.review.domain import Application, Lane, State
from services.review.repository import applications, cohorts, people
from services.review.usecases.deciding import write_with_cohort
from services.review.usecases.ports import Ports
from services.review.usecases.sanctions import undo_unratified
from services.shared.anchors import anchor_heads
from services.shared.events import ApplicationLapsed, Event, ReviewOverdue, SeatGranted
from services.shared.stored import Stored, write
from services.shared.table import ConditionFailed, Conflict, Throttled

AT_ONCE = 50
LANES = (Lane.REVIEW, Lane.APPEAL, Lane.WAITING, Lane.ERASE)


def run_schedule(ports: Ports) -> int:
    """Take everything whose time is over one step further; answers how much. A minute late does no harm: whoever reads or
    acts judges by the clock."""
    done = 0
    for lane in LANES:
        for row in applications.list_due(ports.table, lane, ports.clock(), AT_ONCE):
            done += _advance(ports, row["gsi2sk"].partition("#")[2])
    for row in applications.list_due(ports.table, people.EMERGENCY, ports.clock(), AT_ONCE):
        undo_unratified(ports, row["gsi2sk"].partition("#")[2])
        done += 1
    while done < AT_ONCE and _call_next(ports):
        done += 1
    return done


def run_anchors(ports: Ports) -> int:
    """Anchor the hours that are over; answers how many heads."""
    return anchor_heads(ports.table, ports.archive, ports.clock())


def _advance(ports: Ports, application_id: str) -> bool:
    stored = applications.find_application(ports.table, application_id)
    after = stored.entity.advance(at=ports.clock())
    if after is stored.entity:
        return False
    if not after.content.circle_name:
        for key in applications.list_editions(ports.table, application_id):
            applications.forget_edition(ports.table, key)
    return _took(ports, stored, after)


def _took(ports: Ports, stored: Stored[Application], after: Application) -> bool:
    events: list[type[Event]] = [ReviewOverdue] if after.escalated and not stored.entity.escalated else []
    if after.state is State.LAPSED and stored.entity.state is not State.LAPSED:
        events = [ApplicationLapsed]
    try:
        write(ports.table, stored.put(applications.application_to(after), ports.new_id, *events))
    except (ConditionFailed, Conflict, Throttled):
        return False  # somebody was faster, or it is contended: the next minute takes it
    return True


def _call_next(ports: Ports) -> bool:
    """Give a free seat to the head of the waitlist: application, cohort and event are one write, so it happens once."""
    cohort = cohorts.find_cohort(ports.table, ports.cohort, ports.quota)
    if not (cohort.entity.has_room and cohort.entity.has_queue):
        return False
    holder = cohorts.find_place(ports.table, ports.cohort, cohort.entity.called + 1)
    stored = applications.find_application(ports.table, holder)
    try:
        if stored.entity.state is not State.WAITLISTED:
            write(ports.table, cohort.put(cohorts.cohort_to(cohort.entity.skip()), ports.new_id))
            return True
        after, filled = stored.entity.promote(cohort.entity, at=ports.clock())
        put = stored.put(applications.application_to(after), ports.new_id, SeatGranted)
        write_with_cohort(ports, put, cohort, filled, after)
    except (ConditionFailed, Conflict, Throttled):
        return False
    return True
