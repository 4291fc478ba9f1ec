"""Items of cases, and of the reports that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from services.review.domain import AppealState, Case, CaseOutcome, Report, ReportedRevision, Reviewer
from services.review.domain.surroundings import SurroundingMessage, Surroundings
from services.review.errors import CaseNotFound
from services.review.repository.due_index import due_index_keys, list_entries
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import ContentReported, ContentReportedData
from services.shared.security.audit import AuditTrail
from services.shared.security.violations import Violation
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, PRESENT, Attr, Item, Key, Put, Query, Update
from services.shared.table.pages import query_all, query_page
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

QUEUE = "reports"
AUTHOR_INDEX = "gsi3"


def case_key(case_id: str) -> Key:
    return Key(f"CASE#{case_id}", "CASE")


def load_case(table: Table, case_id: str) -> Versioned[Case]:
    return CASES.load(table, case_key(case_id))


def find_case(table: Table, case_id: str) -> Case | None:
    return CASES.find(table, case_key(case_id), consistent_read=True)


def list_open_cases(table: Table, page: PageRequest) -> Page[Case]:
    """Return a page of the open cases, earliest due first."""
    entries = list_entries(table, QUEUE, page)
    found = CASES.find_many(table, [case_key(entry.id) for entry in entries.items])
    return entries.replace(case for case in found if case)


def list_cases_of_author(table: Table, user_id: str, page: PageRequest) -> Page[Case]:
    """Return a page of the cases of content that a user made, newest first. The index holds keys only."""
    query = Query(pk=f"AUTHOR#{user_id}", index=AUTHOR_INDEX, limit=page.limit, start=page.start, newest_first=True)
    return CASES.list_by_index(table, query)


def iter_case_ids(table: Table, circle_id: str) -> Iterator[str]:
    """Yield the ids of all cases of content of a circle, and of the circle itself."""
    items = query_all(table, Query(pk=f"CIRCLE#{circle_id}", index="gsi1", limit=100))
    return (item["gsi1sk"] for item in items)


def erase_reports(table: Table, case_id: str) -> None:
    """Delete the texts of all reports of a case, and their evidence.

    A report without a text is of a deleted account, and has its evidence.
    """
    for item in query_all(table, Query(pk=f"CASE#{case_id}", prefix="REPORTER#", limit=100, consistent_read=True)):
        if item.keys() & {"text", "evidence"}:
            table.update(Key.of(item), remove=("text", "evidence"), when=None)


def append_report(case_id: str, event: ContentReported, *, is_first: bool = True) -> Put:
    """Write the report of a user. The condition fails if the case has it. The index lists the reports of a user.

    is_first: False for a report of another revision by a user who has a report in the case.
    """
    data, at = event.data, millis(event.occurred_at)
    number = "" if is_first else f"#{data.revision:015}"
    key = Key(f"CASE#{case_id}", f"REPORTER#{data.reporter_id}{number}")
    subject = subject_of(data)
    report = {"at": at, "reason": data.reason, "text": data.text, "revision": data.revision, "evidence": data.evidence}
    index = {"gsi1pk": f"REPORTER#{data.reporter_id}", "gsi1sk": f"{at:015}#{case_id}"}
    return Put({**key.attributes(), "subject": subject, **report, **index}, ABSENT)


def subject_of(data: ContentReportedData) -> dict[str, str]:
    return {"service": data.service, "kind": data.kind, "id": data.subject_id, "circle_id": data.circle_id}


def count_reporter(case_id: str, latest_revision: int | None = None) -> Update:
    """Count a reporter. The condition fails if the case is decided or does not exist, or its latest revision is another."""
    is_open = PRESENT & Attr("outcome").not_exists()
    is_latest = is_open & Attr("latest_revision").eq(latest_revision) if latest_revision is not None else is_open
    return Update(case_key(case_id), is_latest, add={"reporters": 1})


def find_report_revision(table: Table, case_id: str, user_id: str) -> int | None:
    """Return the revision that a user reported first in a case, or None."""
    item = table.get(Key(f"CASE#{case_id}", f"REPORTER#{user_id}"), consistent_read=True)
    return int(item["revision"]) if item else None


def has_reported(table: Table, case_id: str, user_id: str) -> bool:
    return find_report_revision(table, case_id, user_id) is not None


def list_reports(table: Table, user_id: str, page: PageRequest) -> Page[Report]:
    """Return a page of a user's reports, newest first, each with the outcome of its case. The index holds keys only."""
    query = Query(pk=f"REPORTER#{user_id}", index="gsi1", limit=page.limit, start=page.start, newest_first=True)
    entries = query_page(table, query, lambda item: str(item["gsi1sk"]).partition("#"))
    cases = CASES.find_many(table, [case_key(case_id) for _, _, case_id in entries.items])
    return entries.replace(
        Report(case_id, from_millis(int(at)), case.report_outcome if case else None)
        for (at, _, case_id), case in zip(entries.items, cases, strict=True)
    )


def put_take_down(table: Table, case: Case) -> None:
    """List a take-down for the author of the content. It is never deleted, and has no text: the case has."""
    at = millis(case.decided_at) if case.decided_at else 0
    table.put({"pk": f"AUTHOR#{case.author}", "sk": f"TAKE_DOWN#{at:015}#{case.id}"}, when=None)


def list_take_downs(table: Table, user_id: str, page: PageRequest) -> Page[Case]:
    """Return a page of the cases that took content of a user down, newest first."""
    query = Query(pk=f"AUTHOR#{user_id}", prefix="TAKE_DOWN#", limit=page.limit, start=page.start, newest_first=True)
    entries = query_page(table, query, lambda item: case_key(str(item["sk"]).rpartition("#")[2]))
    return entries.replace(case for case in CASES.find_many(table, entries.items) if case)


def case_to_item(case: Case) -> Item:
    item: Item = {
        **case_key(case.id).attributes(),
        "id": case.id,
        "subject": dict(case.subject),
        "author": case.author,
        "evidence": case.evidence,
        "revision": case.revision,
        "latest_revision": case.latest_revision,
        "later": [[later.revision, later.evidence, _surroundings_to_item(later.surroundings)] for later in case.later],
        **({"surroundings": _surroundings_to_item(case.surroundings)} if case.surroundings else {}),
        "opened_at": millis(case.opened_at),
        "due_at": millis(case.due_at),
        "version": case.version,
        "reporters": case.reporters,
        "note": case.note,
        **({"is_circle_closed": True} if case.is_circle_closed else {}),
        **({"is_author_deleted": True} if case.is_author_deleted else {}),
        **({"erased": True} if case.erased else {}),
        "gsi1pk": f"CIRCLE#{case.subject['circle_id']}",
        "gsi1sk": case.id,
        "gsi3pk": f"AUTHOR#{case.author}",
        "gsi3sk": f"{millis(case.opened_at):015}#{case.id}",
        **case.trail.to_item(),
    }
    if case.outcome and case.decided_at:
        return item | _decision_to_item(case)
    return item | due_index_keys(QUEUE, case.due_at, case.id)


def _surroundings_to_item(surroundings: Surroundings) -> list[list[Any]]:
    return [[each.seq, each.kind, each.sender, each.text, millis(each.sent_at)] for each in surroundings]


def _surroundings_from_item(stored: Iterable[Sequence[Any]]) -> Surroundings:
    return tuple(SurroundingMessage(seq, kind, sender, text, from_millis(at)) for seq, kind, sender, text, at in stored)


def _decision_to_item(case: Case) -> Item:
    """Return the attributes of a decided case. `is_active` is that of the event: whether the content is down."""
    item: Item = {"outcome": str(case.outcome), "outcome_version": case.outcome_version}
    if case.decided_at and case.decided_by:
        item |= {"decided_at": millis(case.decided_at), "decided_by": asdict(case.decided_by)}
    if case.violation:
        item["violation"] = str(case.violation)
    if case.appeal_until:
        item |= {"appeal_until": millis(case.appeal_until), "is_active": case.is_taken_down}
    if case.appeal:
        item["appeal"] = str(case.appeal)
    return item


def case_from_item(item: Item) -> Case:
    return Case(
        id=item["id"],
        subject=item["subject"],
        author=item["author"],
        evidence=item["evidence"],
        revision=item["revision"],
        surroundings=_surroundings_from_item(item.get("surroundings", ())),
        later=tuple(ReportedRevision(number, content, _surroundings_from_item(of)) for number, content, of in item["later"]),
        opened_at=from_millis(item["opened_at"]),
        due_at=from_millis(item["due_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        reporters=item["reporters"],
        outcome=CaseOutcome(item["outcome"]) if "outcome" in item else None,
        note=item["note"],
        is_circle_closed=item.get("is_circle_closed", False),
        erased=item.get("erased", False),
        is_author_deleted=item.get("is_author_deleted", False),
        decided_at=from_millis(item["decided_at"]) if "decided_at" in item else None,
        decided_by=Reviewer(**item["decided_by"]) if "decided_by" in item else None,
        violation=Violation(item["violation"]) if "violation" in item else None,
        appeal_until=from_millis(item["appeal_until"]) if "appeal_until" in item else None,
        appeal=AppealState(item["appeal"]) if "appeal" in item else None,
        outcome_version=item.get("outcome_version", 0),
    )


CASES = EntityStore(case_to_item, case_from_item, CaseNotFound, counters=frozenset({"reporters"}))
