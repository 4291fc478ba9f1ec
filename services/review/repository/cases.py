"""Items of cases, and of the reports that belong to them."""

from __future__ import annotations

from services.review.domain import Case, CaseOutcome
from services.review.errors import CaseNotFound
from services.review.repository.applications import due_index_keys
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import AuditTrail
from services.shared.table.port import ABSENT, PRESENT, Attr, Item, Key, Page, Put, Query, Table, Update
from services.shared.table.versioned import Versioned

QUEUE = "reports"


def case_key(case_id: str) -> Key:
    return Key(f"CASE#{case_id}", "CASE")


def load_case(table: Table, case_id: str, *, consistent_read: bool = True) -> Versioned[Case]:
    item = table.get(case_key(case_id), consistent_read=consistent_read)
    if item is None:
        raise CaseNotFound
    return Versioned(case_from_item(item), item)


def reporter_put(case_id: str, user_id: str, report: Item) -> Put:
    """Return the write of a user's report. A user has at most one per case. The index lists the reports of a user."""
    key = Key(f"CASE#{case_id}", f"REPORTER#{user_id}")
    index = {"gsi1pk": f"REPORTER#{user_id}", "gsi1sk": f"{report['at']:015}#{case_id}"}
    return Put({**key.attributes(), **report, **index}, ABSENT)


def count_reporter(case_id: str) -> Update:
    """Return the write that counts a report. It fails if the case is decided or does not exist."""
    return Update(case_key(case_id), PRESENT & Attr("outcome").not_exists(), add={"reporters": 1})


def has_reported(table: Table, case_id: str, user_id: str) -> bool:
    return table.get(Key(f"CASE#{case_id}", f"REPORTER#{user_id}"), consistent_read=True) is not None


def list_reports(table: Table, user_id: str, limit: int, start: Item | None = None) -> Page:
    """List the keys of a user's reports, newest first."""
    return table.query(Query(pk=f"REPORTER#{user_id}", index="gsi1", limit=limit, start=start, newest_first=True))


def case_to_item(case: Case) -> Item:
    item: Item = {
        **case_key(case.id).attributes(),
        "id": case.id,
        "subject": dict(case.subject),
        "author": case.author,
        "evidence": case.evidence,
        "opened_at": millis(case.opened_at),
        "due_at": millis(case.due_at),
        "version": case.version,
        "reporters": case.reporters,
        "note": case.note,
        **case.trail.to_item(),
    }
    if case.outcome and case.decided_at:
        return item | {"outcome": str(case.outcome), "decided_at": millis(case.decided_at)}
    return item | due_index_keys(QUEUE, case.due_at, case.id)


def case_from_item(item: Item) -> Case:
    return Case(
        id=item["id"],
        subject=item["subject"],
        author=item["author"],
        evidence=item["evidence"],
        opened_at=from_millis(item["opened_at"]),
        due_at=from_millis(item["due_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        reporters=item["reporters"],
        outcome=CaseOutcome(item["outcome"]) if "outcome" in item else None,
        note=item["note"],
        decided_at=from_millis(item["decided_at"]) if "decided_at" in item else None,
    )
