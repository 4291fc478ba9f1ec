"""Reports: file a report in the case of its content, and list the caller's own reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain import Case, CaseOutcome
from services.review.domain.calendar import add_working_time
from services.review.domain.case import DECIDED_REPORTS_COUNTED, MAX_ABUSIVE_REPORTS
from services.review.domain.states import SLA
from services.review.errors import CaseNotFound
from services.review.repository import cases
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.ids import deterministic_id
from services.shared.messaging.events import ContentReported
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ABSENT, ConditionFailed, Item, Put

MAX_CASES = 20  # per reported content; each one opens after the previous one was decided


@dataclass(frozen=True, slots=True)
class Report:
    """The caller's own report. `outcome` is None while its case is open."""

    case_id: str
    reported_at: datetime
    outcome: CaseOutcome | None


def file_report(ports: Ports, event: ContentReported) -> None:
    """Count a report on the open case of the reported content, or open a case with it.

    A report made after a decision opens the next case. The report of an unreliable reporter is stored but opens no case.
    Unchanged if the reporter already has a report in the case.

    Cost: 10 write units and 1.5 read units for the first report of a case, 5 write units for each further one.
    """
    data = event.data
    report: Item = {"at": millis(event.occurred_at), "reason": data.reason, "text": data.text, "evidence": data.evidence}
    for generation in range(MAX_CASES):
        case_id = deterministic_id("cas", 0, data.service, data.kind, data.subject_id, str(generation))
        put = cases.reporter_put(case_id, data.reporter_id, report)
        if _file_in_case(ports, event, case_id, put):
            return


def _file_in_case(ports: Ports, event: ContentReported, case_id: str, report: Put) -> bool:
    """Count the report on the case, or open the case.

    False if the case was decided before the report was made.
    """
    try:
        ports.table.transact([report, cases.count_reporter(case_id)], token=ports.new_id("txn"))
        return True
    except ConditionFailed as failed:
        if failed.index == 0:
            return True  # the reporter has a report in this case
    item = ports.table.get(cases.case_key(case_id), consistent_read=True)
    if item:
        return event.occurred_at <= cases.case_from_item(item).accepts_reports_until
    case = _open_case(ports, case_id, event, ports.clock())
    opening = [] if is_unreliable_reporter(ports, event.data.reporter_id) else [Put(cases.case_to_item(case), ABSENT)]
    try:
        ports.table.transact([report, *opening], token=ports.new_id("txn"))
        return True
    except ConditionFailed as failed:
        # Index 1: a parallel report opened the case since the read above. Count this one on it.
        return failed.index == 0 or _file_in_case(ports, event, case_id, report)


def list_reports(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Report], Item | None]:
    """List the caller's own reports with their outcome, newest first.

    Cost: 1.5 read units for one report, and 0.5 for each further one.
    """
    page = cases.list_reports(ports.table, caller.user_id, limit, start)
    return [_get_report(ports, item) for item in page.items], page.next


def _get_report(ports: Ports, item: Item) -> Report:
    at, _, case_id = item["gsi1sk"].partition("#")
    return Report(case_id, from_millis(int(at)), _find_outcome(ports, case_id))


def _find_outcome(ports: Ports, case_id: str) -> CaseOutcome | None:
    try:
        return cases.load_case(ports.table, case_id, consistent_read=False).entity.outcome
    except CaseNotFound:
        return None


def is_unreliable_reporter(ports: Ports, user_id: str) -> bool:
    """Whether 3 of the user's last 10 decided reports were abusive. Such reports open no case."""
    # Open reports have no outcome: without reading past them, 10 new reports would hide the abusive ones.
    items = cases.list_reports(ports.table, user_id, DECIDED_REPORTS_COUNTED * 5).items
    decided = [outcome for outcome in (_get_report(ports, item).outcome for item in items) if outcome]
    return decided[:DECIDED_REPORTS_COUNTED].count(CaseOutcome.ABUSIVE) >= MAX_ABUSIVE_REPORTS


def _open_case(ports: Ports, case_id: str, event: ContentReported, at: datetime) -> Case:
    data = event.data
    subject = {"service": data.service, "kind": data.kind, "id": data.subject_id, "circle_id": data.circle_id}
    trail = AuditTrail(salt=ports.new_id("salt"))
    case = Case(case_id, subject, data.author_id, data.evidence, at, add_working_time(at, SLA), next_version(0, at), trail)
    return replace(case, reporters=1)
