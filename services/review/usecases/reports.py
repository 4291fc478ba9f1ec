"""One inbox for reports: a case a thing, however many report it; who reported is told what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain import Case, Outcome
from services.review.domain.calendar import add_working
from services.review.domain.case import FALSE_IN_A_ROW, LOOK_BACK
from services.review.domain.states import SLA
from services.review.errors import CaseNotFound
from services.review.repository import cases, people
from services.review.repository.applications import list_queue_entries
from services.review.usecases.ports import Ports
from services.review.usecases.staff import accounts_tied, require_reviewer
from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.ids import deterministic_id
from services.shared.messaging.events import ContentReported
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import (
    ABSENT,
    Attr,
    ConditionFailed,
    Item,
    Put,
)
from services.shared.table.versioned import retry_on_write_conflict


@dataclass(frozen=True, slots=True)
class Report:
    """One's own report: what it was about, when, and what came of it (None: still open)."""

    case_id: str
    reported_at: datetime
    outcome: Outcome | None


def file_report(ports: Ports, event: ContentReported) -> None:
    """Put a report into the thing's case, and open one with the first. A person's second report into a case changes nothing;
    what is reported after a decision opens another; whoever reported falsely time and again opens none."""
    data = event.data
    report: Item = {"at": millis(event.occurred_at), "reason": data.reason, "words": data.words, "evidence": data.evidence}
    for generation in range(MAX_CASES):
        case_id = deterministic_id("cas", 0, data.service, data.kind, data.subject_id, str(generation))
        mine = cases.reporter_put(case_id, data.reporter_id, report)
        if _filed(ports, event, case_id, mine):
            return


def _filed(ports: Ports, event: ContentReported, case_id: str, mine: Put) -> bool:
    """Count on the open case; open one where there is none; False where there is one that was decided before the report."""
    try:
        ports.table.transact([mine, cases.count_reporter(case_id)], token=ports.new_id("txn"))
        return True
    except ConditionFailed as failed:
        if failed.index == 0:
            return True  # reported before
    before = ports.table.get(cases.case_key(case_id), consistent_read=True)
    if before:
        return event.occurred_at <= cases.case_from_item(before).decided_before
    case = _opened(ports, case_id, event, ports.clock())
    opening = [] if _cries_wolf(ports, event.data.reporter_id) else [Put(cases.case_to_item(case), ABSENT)]
    try:
        ports.table.transact([mine, *opening], token=ports.new_id("txn"))
        return True
    except ConditionFailed as failed:
        return failed.index == 0 or _filed(ports, event, case_id, mine)  # opened by somebody else meanwhile


def list_cases(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Case], Item | None]:
    """Open cases, the one due first at the head."""
    require_reviewer(ports, caller)
    page = list_queue_entries(ports.table, cases.QUEUE, limit, start)
    return [cases.find_case(ports.table, row["gsi2sk"].partition("#")[2]).entity for row in page.items], page.next


def get_case(ports: Ports, caller: Caller, case_id: str) -> Case:
    require_reviewer(ports, caller)
    return cases.find_case(ports.table, case_id).entity


def decide_case(ports: Ports, caller: Caller, case_id: str, outcome: Outcome, note: str) -> Case:
    """Decide a case, once; reporters come and are counted meanwhile, so only the decision's own attributes are written."""
    by = require_reviewer(ports, caller)

    def attempt() -> Case:
        before = cases.find_case(ports.table, case_id).entity
        if (before.outcome, before.note) == (outcome, note):
            return before  # the same word again: a retry
        near = cases.has_reported(ports.table, case_id, caller.user_id) or accounts_tied(
            ports, {before.author}, people.accounts_of(ports.table, by.person, by.user_id)
        )
        after = before.decide(by, outcome, note, near=near, at=ports.clock())
        changed = {
            name: value for name, value in cases.case_to_item(after).items() if name in DECIDED or name.startswith("audit")
        }
        key, unchanged = cases.case_key(case_id), Attr("version").eq(before.version)
        ports.table.update(key, set=changed, remove=("gsi2pk", "gsi2sk"), when=unchanged)
        return after

    return retry_on_write_conflict(attempt)


def list_reports(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Report], Item | None]:
    """What one has reported, newest first, and what came of it."""
    page = cases.list_reports(ports.table, caller.user_id, limit, start)
    return [_report(ports, row) for row in page.items], page.next


MAX_CASES = 20  # of one thing, each after the one before was decided
DECIDED = ("outcome", "note", "decided_at", "version")


def _report(ports: Ports, row: Item) -> Report:
    at, _, case_id = row["gsi1sk"].partition("#")
    return Report(case_id, from_millis(int(at)), _outcome(ports, case_id))


def _outcome(ports: Ports, case_id: str) -> Outcome | None:
    try:
        return cases.find_case(ports.table, case_id, consistent_read=False).entity.outcome
    except CaseNotFound:
        return None


def _cries_wolf(ports: Ports, user_id: str) -> bool:
    """Whether three of a person's last ten reports that were decided were made to harm somebody."""
    rows = cases.list_reports(ports.table, user_id, LOOK_BACK * 5).items
    decided = [outcome for outcome in (_report(ports, row).outcome for row in rows) if outcome]
    return decided[:LOOK_BACK].count(Outcome.ABUSIVE) >= FALSE_IN_A_ROW


def _opened(ports: Ports, case_id: str, event: ContentReported, at: datetime) -> Case:
    data = event.data
    subject = {"service": data.service, "kind": data.kind, "id": data.subject_id, "circle_id": data.circle_id}
    trail = AuditTrail(salt=ports.new_id("salt"))
    case = Case(case_id, subject, data.author_id, data.evidence, at, add_working(at, SLA), next_version(0, at), trail)
    return replace(case, reporters=1)
