"""What review writes of a user for a data export: reports and take-downs in the circle, and the application that granted it."""

from __future__ import annotations

import json

from services.review.repository.appeals import appeal_key, take_down_appeal_id
from services.review.repository.applications import application_key
from services.review.repository.cases import case_key
from services.shared.exports.format import Line, export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import derive_id
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.purging import iter_items

REPORTS_PER_PAGE = 100
CONTENT = ("resonance", "circle_name", "circle_tags", "circle_definition", "early_building", "weekly_hours", "plan")
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
EXPORTED: dict[str, tuple[str, ...]] = {
    "report": ("circle_id", "case_id", "subject", "revision", "at", "reason", "text", "outcome"),
    "take_down": ("circle_id", "case_id", "subject", "violation", "decided_at", "appeal", "statement"),
    "application": ("circle_id", "id", "state", "created_at", "submitted_at", "revision", *CONTENT, "appeal"),
    "application_revision": ("circle_id", "id", "revision", *CONTENT),
}


def get_export_page(table: Table, job: ExportJob) -> ExportPage:
    """Return the next page of the user's reports; the last page has the take-downs and the application too."""
    start = json.loads(job.after) if job.after else None
    page = table.query(Query(pk=f"REPORTER#{job.user_id}", index="gsi1", limit=REPORTS_PER_PAGE, start=start))
    reports = (table.get(Key.of(item)) for item in page.items)
    lines = [_report(table, item) for item in reports if item and _is_in_export(job, item)]
    if page.next:
        return ExportPage(lines, json.dumps(page.next))
    return ExportPage([*lines, *_take_downs(table, job), *_application(table, job)])


def _is_in_export(job: ExportJob, report: Item) -> bool:
    return bool(report["subject"]["circle_id"] == job.circle_id and report["at"] <= millis(job.requested_at))


def _report(table: Table, item: Item) -> Line:
    """Return a report with the outcome of its case, without the reported content: that is another user's."""
    case_id = item["pk"].removeprefix("CASE#")
    case = table.get(case_key(case_id)) or {}
    outcome = {"outcome": case["outcome"]} if "outcome" in case else {}
    subject = {name: item["subject"][name] for name in ("service", "kind", "id")}
    facts = {"circle_id": item["subject"]["circle_id"], "case_id": case_id, "subject": subject, **outcome}
    return export_line("report", EXPORTED["report"], {**item, **facts})


def _take_downs(table: Table, job: ExportJob) -> list[Line]:
    """Return what was taken down of the user's content in the circle, with the user's appeals. Reviewers are not named."""
    lines = []
    for entry in iter_items(table, f"AUTHOR#{job.user_id}", "TAKE_DOWN#"):
        case_id = entry["sk"].rpartition("#")[2]
        case = table.get(case_key(case_id)) or {}
        if case and case["subject"]["circle_id"] == job.circle_id and case["decided_at"] <= millis(job.requested_at):
            appeal = (table.get(appeal_key(take_down_appeal_id(case_id))) if "appeal" in case else None) or {}
            subject = {name: case["subject"][name] for name in ("service", "kind", "id")}
            facts = {"circle_id": job.circle_id, "case_id": case_id, "subject": subject}
            statement = {"statement": appeal["statement"]} if appeal.get("statement") else {}
            lines.append(export_line("take_down", EXPORTED["take_down"], {**case, **facts, **statement}))
    return lines


def _application(table: Table, job: ExportJob) -> list[Line]:
    """Return the application that granted the circle with its earlier revisions, if the user submitted it."""
    key = application_key(derive_id("app", job.circle_id))
    item = table.get(key)
    if item is None or item["applicant"] != job.user_id:
        return []
    facts = {"circle_id": job.circle_id, "id": item["id"]}
    lines = [export_line("application", EXPORTED["application"], {**item, **item["content"], **facts})]
    for revision in iter_items(table, key.pk, "REVISION#"):
        number = int(revision["sk"].removeprefix("REVISION#"))
        texts = {**revision.get("content", {}), **facts, "revision": number}
        lines.append(export_line("application_revision", EXPORTED["application_revision"], texts))
    return lines
