"""What review writes of a user for a data export: reports and take-downs in the circle, and the application that granted it.

An export of an account has all reports, take-downs and applications, the account status with its sanctions, and the verified
identities.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from services.review.repository.appeals import appeal_key, take_down_appeal_id
from services.review.repository.applications import application_key
from services.review.repository.cases import CASES, case_key
from services.review.repository.people import applicant_key
from services.shared.exports.format import Line, export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import derive_id
from services.shared.security.account_status import account_status_key
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.purging import iter_items

REPORTS_PER_PAGE = 100
APPLICATIONS_PER_PAGE = 20  # an application has up to 123 KB
CONTENT = ("resonance", "circle_name", "circle_tags", "circle_definition", "early_building", "weekly_hours", "plan")
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
EXPORTED: dict[str, tuple[str, ...]] = {
    "report": ("circle_id", "case_id", "subject", "revision", "at", "reason", "text", "outcome"),
    "take_down": ("circle_id", "case_id", "subject", "violation", "decided_at", "appeal", "statement"),
    "application": ("circle_id", "id", "state", "created_at", "submitted_at", "revision", *CONTENT, "appeal"),
    "application_revision": ("circle_id", "id", "revision", *CONTENT),
    "account_status": ("user_id", "level", "until", "valid_after", "strikes", "signed_out_at"),
    "sanction": ("level", "until", "violation", "reason", "at", "emergency", "mistake"),
    "identity": ("user_id", "verified_at"),
    "applicant": ("submitted", "granted", "cool_until", "rejected_at"),
}
REPORTS, APPLICATIONS, ACCOUNT = "reports", "applications", "account"  # the pages of an export, in this order


def get_export_page(table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of the user's reports, then of the circle's application, or of all applications and the account."""
    stage, start = json.loads(job.after) if job.after else (REPORTS, None)
    if stage == ACCOUNT:
        return ExportPage(list(_account_lines(table, job)))
    if stage == APPLICATIONS:
        return _application_page(table, job, start)
    return _report_page(table, job, start)


def _report_page(table: Table, job: ExportJob, start: Item | None) -> ExportPage:
    page = table.query(Query(pk=f"REPORTER#{job.user_id}", index="gsi1", limit=REPORTS_PER_PAGE, start=start))
    reports = (table.get(Key.of(item)) for item in page.items)
    lines = [_report(table, item) for item in reports if item and _is_in_export(job, item)]
    if page.next:
        return ExportPage(lines, json.dumps([REPORTS, page.next]))
    if job.is_of_account:
        return ExportPage([*lines, *_take_downs(table, job)], json.dumps([APPLICATIONS, None]))
    key = application_key(derive_id("app", job.circle_id))
    return ExportPage([*lines, *_take_downs(table, job), *_application(table, job, key, job.circle_id)])


def _application_page(table: Table, job: ExportJob, start: Item | None) -> ExportPage:
    query = Query(pk=f"APPLICANT#{job.user_id}", index="gsi1", limit=APPLICATIONS_PER_PAGE, start=start)
    page = table.query(query)
    keys = map(Key.of, page.items)
    lines = [line for key in keys for line in _application(table, job, key, derive_id("cir", key.pk.partition("#")[2]))]
    return ExportPage(lines, json.dumps([APPLICATIONS, page.next] if page.next else [ACCOUNT, None]))


def _is_in_export(job: ExportJob, report: Item) -> bool:
    return job.has_circle(report["subject"]["circle_id"]) and bool(report["at"] <= millis(job.requested_at))


def _report(table: Table, item: Item) -> Line:
    """Return a report with the outcome of its case, without the reported content: that is another user's."""
    case_id = item["pk"].removeprefix("CASE#")
    case = CASES.find(table, case_key(case_id))
    outcome = {"outcome": str(case.report_outcome)} if case and case.report_outcome else {}
    subject = {name: item["subject"][name] for name in ("service", "kind", "id")}
    facts = {"circle_id": item["subject"]["circle_id"], "case_id": case_id, "subject": subject, **outcome}
    return _line("report", {**item, **facts})


def _take_downs(table: Table, job: ExportJob) -> list[Line]:
    """Return what was taken down of the user's content, with the user's appeals. Reviewers are not named."""
    lines = []
    for entry in iter_items(table, f"AUTHOR#{job.user_id}", "TAKE_DOWN#"):
        case_id = entry["sk"].rpartition("#")[2]
        case = table.get(case_key(case_id)) or {}
        circle_id = case["subject"]["circle_id"] if case else ""
        if case and job.has_circle(circle_id) and case["decided_at"] <= millis(job.requested_at):
            appeal = (table.get(appeal_key(take_down_appeal_id(case_id))) if "appeal" in case else None) or {}
            subject = {name: case["subject"][name] for name in ("service", "kind", "id")}
            facts = {"circle_id": circle_id, "case_id": case_id, "subject": subject}
            statement = {"statement": appeal["statement"]} if appeal.get("statement") else {}
            lines.append(export_line("take_down", EXPORTED["take_down"], {**case, **facts, **statement}))
    return lines


def _application(table: Table, job: ExportJob, key: Key, circle_id: str) -> list[Line]:
    """Return an application with its earlier revisions, if the user submitted it, and the circle that it is for."""
    item = table.get(key)
    if item is None or item["applicant"] != job.user_id:
        return []
    facts = {"circle_id": circle_id, "id": item["id"]}
    lines = [_line("application", {**item, **item["content"], **facts})]
    for revision in iter_items(table, key.pk, "REVISION#"):
        number = int(revision["sk"].removeprefix("REVISION#"))
        lines.append(_line("application_revision", {**revision.get("content", {}), **facts, "revision": number}))
    return lines


def _account_lines(table: Table, job: ExportJob) -> Iterator[Line]:
    """Yield the account status, the sanction in force and what an emergency covers, and the identities without their hashes."""
    key = account_status_key(job.user_id)
    if status := table.get(key, consistent_read=True):
        yield _line("account_status", status)
        yield from (_line("sanction", status[name]) for name in ("current", "previous") if name in status)
    for link in query_all(table, Query(pk=key.pk, prefix="IDENTITY#", limit=100)):
        yield _line("identity", {**link, "verified_at": link["version"]})
        if applicant := table.get(applicant_key(link["sk"].removeprefix("IDENTITY#"))):
            yield _line("applicant", applicant)


def _line(kind: str, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], item)
