"""Reports: file a report in the case of its content, and list the caller's own reports. Open the case of a removal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count

from services.review.domain import Case, Report, ReportedRevision, ReportOutcome
from services.review.domain.calendar import add_working_time
from services.review.domain.surroundings import SurroundingMessage, Surroundings
from services.review.repository import cases
from services.review.settings import settings
from services.review.usecases.conflicts import load_linked_users
from services.review.usecases.ports import Ports
from services.review.usecases.report_outcomes import late_report_writes
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import deterministic_id
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import ContentReported, ListingRemoved, MessageReported, TakeDownChanged
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed, Write
from services.shared.table.versioned import apply, save, update


def file_report(ports: Ports, event: ContentReported) -> None:
    """Count a report on the open case of the reported content, or open a case with it.

    A report made after a decision opens the next case. So does one of a revision that the decided case did not show: its
    reviewer has not read it. A report of another revision in an open case adds that revision to the case.
    The report of an unreliable reporter is stored but opens no case.
    Unchanged if the reporter already has a report of this revision in the case.

    Cost: 11 write units and 2 read units for the first report of a case, 5 write units for each further one.
    """
    data = event.data
    for generation in count():  # each case after the first needs the decision of a reviewer, so they are few
        case_id = deterministic_id("cas", 0, data.service, data.kind, data.subject_id, str(generation))
        if _file_in_case(ports, event, case_id):
            return


def _file_in_case(ports: Ports, event: ContentReported, case_id: str) -> bool:
    """Count the report on the case, or open the case.

    False if the report belongs to a later case of the content.
    """
    report = cases.append_report(case_id, event)
    try:
        apply(ports, report, cases.count_reporter(case_id, event.data.revision))
        return True
    except ConditionFailed as failed:
        has_report = failed.index == 0
    earlier = cases.find_case(ports.table, case_id)
    if earlier and not earlier.accepts_report(event.data.revision, event.occurred_at):
        return False
    if has_report:
        return _add_later_report(ports, event, case_id, is_open=earlier is not None and earlier.outcome is None)
    if earlier:
        return _add_to_case(ports, event, earlier, report)
    return _open_case_with(ports, event, case_id, report)


def _add_later_report(ports: Ports, event: ContentReported, case_id: str, *, is_open: bool) -> bool:
    """Store the report of another revision by a user whose first report is in the case; they count once.

    Unchanged if it is the first one again, or if it is stored.
    """
    data = event.data
    if cases.find_report_revision(ports.table, case_id, data.reporter_id) != data.revision:
        if is_open and not _add_revision(ports, event, case_id):
            return False
        with suppress(ConditionFailed):
            apply(ports, cases.append_report(case_id, event, is_first=False))
    return True


def _add_to_case(ports: Ports, event: ContentReported, case: Case, report: Write) -> bool:
    """Add a report to a case that is decided, or that is open and does not have this revision as its latest one."""
    try:
        if case.outcome is not None:
            # Made before the decision: the reporter reads its outcome. The condition is that it is still the last one.
            apply(ports, report, *late_report_writes(ports, case, event.data.reporter_id))
        elif _add_revision(ports, event, case.id):
            apply(ports, report, cases.count_reporter(case.id))
        else:
            return False
    except ConditionFailed:
        # Another delivery of this event came first, or the decision did.
        return _file_in_case(ports, event, case.id)
    return True


def _add_revision(ports: Ports, event: ContentReported, case_id: str) -> bool:
    """Add the reported revision to an open case. False if the case was decided since, without it."""
    data = event.data
    revised = ReportedRevision(data.revision, data.evidence, _surroundings_of(event))

    def change(before: Case) -> Case:
        return before.add_revision(revised, at=ports.clock())

    case = update(ports, partial(cases.load_case, ports.table, case_id), change)
    return case.accepts_report(data.revision, event.occurred_at)


def _open_case_with(ports: Ports, event: ContentReported, case_id: str, report: Write) -> bool:
    case = _open_case(ports, case_id, event, ports.clock())
    is_unreliable = is_unreliable_reporter(ports, event.data.reporter_id)
    try:
        apply(ports, report, *([] if is_unreliable else [cases.CASES.new(case).write(ports, case)]))
        return True
    except ConditionFailed as failed:
        # Index 1: a parallel report opened the case since the read above. Count this one on it.
        return failed.index == 0 or _file_in_case(ports, event, case_id)


def open_removal_case(ports: Ports, event: ListingRemoved) -> None:
    """Open the case of a listing that a moderator removed, in which its seller can appeal. Unchanged if it is open.

    Cost: 7 write units, with the audit entry and the seller's list of take-downs.
    """
    data = event.data
    case = Case.of_removal(
        data.case_id,
        {"id": data.listing_id, "circle_id": data.circle_id},
        data.seller_id,
        data.evidence,
        data.moderator_id,
        data.reason,
        removed_at=event.occurred_at,
        at=ports.clock(),
        salt=ports.new_id("salt"),
    )
    with suppress(ConditionFailed):
        save(ports, cases.CASES.new(case), case, TakeDownChanged)


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
    listed = (cases.list_reports(ports.table, user, page).items for user in users)
    # A user can report several revisions in one case, which is one decision.
    reports = [report for items in listed for report in {report.case_id: report for report in items}.values()]
    reports.sort(key=lambda report: report.reported_at, reverse=True)
    decided = [report.outcome for report in reports if report.outcome]
    counted = decided[: settings().decided_reports_counted]
    return counted.count(ReportOutcome.ABUSIVE) >= settings().max_abusive_reports


def _open_case(ports: Ports, case_id: str, event: ContentReported, at: datetime) -> Case:
    data = event.data
    trail = AuditTrail(salt=ports.new_id("salt"))
    due_at = add_working_time(at, settings().review_time)
    case = Case(case_id, cases.subject_of(data), data.author_id, data.evidence, at, due_at, next_version(0, at), trail)
    return replace(case, reporters=1, revision=data.revision, surroundings=_surroundings_of(event))


def _surroundings_of(event: ContentReported) -> Surroundings:
    """Return what was around a reported message. The case has it once for each revision, however many users report it."""
    if not isinstance(event, MessageReported):
        return ()
    return tuple(
        SurroundingMessage(each.seq, each.kind, each.sender, each.text, each.sent_at) for each in event.data.surroundings
    )
