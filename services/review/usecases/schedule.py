"""What the schedule does at its time.

It escalates late reviews, appeals and disputes, expires unanswered questions and unratified sanctions, grants released seats
to the waitlist, and erases personal data.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import takewhile, zip_longest

from services.review.domain import Application, ReviewQueue, State
from services.review.repository import appeals, applications, cohorts, disputes, due_index, people
from services.review.usecases.appeals import escalate_appeal
from services.review.usecases.circle_names import release_name
from services.review.usecases.cohorts import cohort_writes, load_cohort, load_sanction_records_of
from services.review.usecases.disputes import erase_ruling, escalate_dispute
from services.review.usecases.ports import Ports
from services.review.usecases.sanctions import expire_proposal
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import ApplicationExpired, Event, ReviewOverdue, SeatGranted
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict
from services.shared.table.versioned import Changed, Versioned, save

MAX_ENTRIES = 50  # per queue and run
MAX_SEATS = 10  # granted per cohort and run
Step = Callable[[], bool]
QUEUES = (ReviewQueue.REVIEW, ReviewQueue.APPEAL, ReviewQueue.WAITING, ReviewQueue.ERASE)


def handle_schedule(ports: Ports, has_time: HasTime = always) -> int:
    """Advance what is due while there is time, and return how much was advanced. Runs every minute.

    The queues take turns, so that a long one does not use up the time of the others. Use cases check times themselves, so a
    late run changes no decision. A step that fails is logged and tried again in the next run; the other steps continue.

    Cost: 7 write units and 5.5 read units with one escalation.
    """
    steps: list[list[Step]] = []
    for queue in QUEUES:
        due = due_index.list_due_ids(ports.table, queue, ports.clock(), MAX_ENTRIES)
        steps.append([partial(_advance_application, ports, application_id) for application_id in due])
    due = due_index.list_due_ids(ports.table, people.PENDING_SANCTIONS, ports.clock(), MAX_ENTRIES)
    steps.append([partial(_expire_proposal, ports, user_id) for user_id in due])
    due = due_index.list_due_ids(ports.table, appeals.QUEUE, ports.clock(), MAX_ENTRIES)
    steps.append([partial(escalate_appeal, ports, appeal_id) for appeal_id in due])
    due = due_index.list_due_ids(ports.table, disputes.QUEUE, ports.clock(), MAX_ENTRIES)
    steps.append([partial(escalate_dispute, ports, dispute_id) for dispute_id in due])
    due = due_index.list_due_ids(ports.table, disputes.ERASE_QUEUE, ports.clock(), MAX_ENTRIES)
    steps.append([partial(erase_ruling, ports, dispute_id) for dispute_id in due])
    waitlists = cohorts.get_cohorts_with_waitlist(ports.table)
    steps += [[partial(_grant_next_seat, ports, name)] * MAX_SEATS for name in waitlists]
    in_turns = (step for turn in zip_longest(*steps) for step in turn if step)
    return sum(_attempt(step) for step in takewhile(lambda _: has_time(), in_turns))


def _attempt(step: Step) -> bool:
    try:
        return step()
    except Exception as error:  # noqa: BLE001 (one failure must not stop the other steps; the next run tries it again)
        logger().warning("schedule step failed", error_type=type(error).__name__)
        return False


def _expire_proposal(ports: Ports, user_id: str) -> bool:
    expire_proposal(ports, user_id)
    return True


def _advance_application(ports: Ports, application_id: str) -> bool:
    loaded = applications.load_application(ports.table, application_id)
    after = loaded.entity.advance(at=ports.clock())
    if after is loaded.entity:
        return False
    if not after.content.circle_name:  # erased: the older revisions hold personal data too
        applications.erase_revisions(ports.table, application_id)
    return _save_advanced(ports, loaded, after)


def _save_advanced(ports: Ports, loaded: Versioned[Application], after: Application) -> bool:
    events: list[type[Event]] = [ReviewOverdue] if after.escalated and not loaded.entity.escalated else []
    if after.state is State.EXPIRED and loaded.entity.state is not State.EXPIRED:
        events = [ApplicationExpired]
    try:
        save(ports, loaded, after, *events)
    except (ConditionFailed, TransactionConflict, Throttled):
        return False  # another write came first, or the item is contended: the next run tries again
    return True


def _grant_next_seat(ports: Ports, cohort_name: str) -> bool:
    """Grant a free seat to the first application of the waitlist.

    Application, cohort and event are one transaction, so parallel runs grant a seat once. An applicant with a user under a
    suspension of two reviewers loses the position. During an emergency of one reviewer the seat waits: one ends nothing that
    two approved.
    """
    cohort = load_cohort(ports, cohort_name)
    if not (cohort.entity.has_free_seat and cohort.entity.has_waitlist):
        return False
    position = cohort.entity.called + 1
    loaded = applications.load_application(ports.table, cohorts.get_waitlisted_application(ports.table, cohort_name, position))
    at, application = ports.clock(), loaded.entity
    records = load_sanction_records_of(ports, application)
    is_suspended_by_two = any(record.is_suspended_by_two(at) for record in records)
    is_suspended = any(record.is_suspended(at) for record in records)
    if application.state is State.WAITLISTED and is_suspended and not is_suspended_by_two:
        return False
    try:
        if application.state is not State.WAITLISTED:
            save(ports, cohort, cohort.entity.skip_next())
        elif is_suspended_by_two:
            after, skipped = application.expire_waitlisted(at=at), cohort.entity.skip_next()
            also = [*cohort_writes(ports, cohort, skipped, after), *release_name(application)]
            save(ports, loaded, Changed(after, [ApplicationExpired], also))
        else:
            after, filled = application.promote(cohort.entity, at=at)
            save(ports, loaded, Changed(after, [SeatGranted], cohort_writes(ports, cohort, filled, after)))
    except (ConditionFailed, TransactionConflict, Throttled):
        return False
    return True
