"""Reports: file a report in the case of its content, and list the caller's own reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.review.domain import Case, CaseOutcome, Report
from services.review.domain.calendar import add_working_time
from services.review.repository import cases
from services.review.settings import settings
from services.review.usecases.conflicts import load_linked_users
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import deterministic_id
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import ContentReported
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import apply

MAX_CASES = 20  # per reported content; each one opens after the previous one was decided


def file_report(ports: Ports, event: ContentReported) -> None:
    """Count a report on the open case of the reported content, or open a case with it.

    A report made after a decision opens the next case. The report of an unreliable reporter is stored but opens no case.
    Unchanged if the reporter already has a report in the case.

    Cost: 10 write units and 2 read units for the first report of a case, 5 write units for each further one.
    """
    data = event.data
    for generation in range(MAX_CASES):
        case_id = deterministic_id("cas", 0, data.service, data.kind, data.subject_id, str(generation))
        if _file_in_case(ports, event, case_id):
            return


def _file_in_case(ports: Ports, event: ContentReported, case_id: str) -> bool:
    """Count the report on the case, or open the case.

    False if the case was decided before the report was made.
    """
    report = cases.append_report(case_id, event)
    try:
        apply(ports, report, cases.count_reporter(case_id))
        return True
    except ConditionFailed as failed:
        if failed.index == 0:
            return True  # the reporter has a report in this case
    if earlier := cases.find_case(ports.table, case_id):
        return event.occurred_at <= earlier.accepts_reports_until
    case = _open_case(ports, case_id, event, ports.clock())
    is_unreliable = is_unreliable_reporter(ports, event.data.reporter_id)
    try:
        apply(ports, report, *([] if is_unreliable else [cases.CASES.new(case).write(ports, case)]))
        return True
    except ConditionFailed as failed:
        # Index 1: a parallel report opened the case since the read above. Count this one on it.
        return failed.index == 0 or _file_in_case(ports, event, case_id)


def list_reports(ports: Ports, caller: Caller, page: PageRequest) -> Page[Report]:
    """Return a page of the caller's own reports with their outcome, newest first.

    Cost: 1.5 read units for one report, and 0.5 for each further one.
    """
    return cases.list_reports(ports.table, caller.user_id, page)


def is_unreliable_reporter(ports: Ports, user_id: str) -> bool:
    """Whether 3 of the last 10 decided reports were abusive, over all users of the user's identity.

    Such reports open no case.
    """
    # Open reports have no outcome: without reading past them, 10 new reports would hide the abusive ones.
    page = PageRequest(settings().decided_reports_counted * 5)
    users = sorted(load_linked_users(ports, {user_id}).users)
    reports = [report for user in users for report in cases.list_reports(ports.table, user, page).items]
    reports.sort(key=lambda report: report.reported_at, reverse=True)
    decided = [report.outcome for report in reports if report.outcome]
    counted = decided[: settings().decided_reports_counted]
    return counted.count(CaseOutcome.ABUSIVE) >= settings().max_abusive_reports


def _open_case(ports: Ports, case_id: str, event: ContentReported, at: datetime) -> Case:
    data = event.data
    subject = {"service": data.service, "kind": data.kind, "id": data.subject_id, "circle_id": data.circle_id}
    trail = AuditTrail(salt=ports.new_id("salt"))
    due_at = add_working_time(at, settings().review_time)
    case = Case(case_id, subject, data.author_id, data.evidence, at, due_at, next_version(0, at), trail)
    return replace(case, reporters=1)
