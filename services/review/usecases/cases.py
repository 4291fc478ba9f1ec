"""Cases: reviewers list, read and decide what was reported.

A sanction that follows is imposed separately.
"""

from __future__ import annotations

from services.review.domain import Case, CaseOutcome
from services.review.repository import cases
from services.review.repository.applications import list_review_queue_entries
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.security.auth import Caller
from services.shared.table.port import Attr, Item
from services.shared.table.versioned import retry_on_write_conflict

DECISION_ATTRIBUTES = ("outcome", "note", "decided_at", "version")


def list_cases(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Case], Item | None]:
    """List the open cases, earliest due first.

    Cost: 3 read units for one case, and 1 for each further one.
    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    page = list_review_queue_entries(ports.table, cases.QUEUE, limit, start)
    return [cases.load_case(ports.table, item["gsi2sk"].partition("#")[2]).entity for item in page.items], page.next


def get_case(ports: Ports, caller: Caller, case_id: str) -> Case:
    """Return a case with its evidence.

    Raises: ReviewerNotEnrolled, CaseNotFound.
    """
    require_reviewer(ports, caller)
    return cases.load_case(ports.table, case_id).entity


def decide_case(ports: Ports, caller: Caller, case_id: str, outcome: CaseOutcome, note: str) -> Case:
    """Decide a case once, and return it. Reporters read the outcome in their list of reports.

    Unchanged if the case has this outcome and note: a retry.

    Cost: 4 write units and 5 read units.
    Raises: ReviewerNotEnrolled, CaseNotFound, CaseClosed (another outcome or note), ConflictOfInterest (the reviewer made or
    reported the content, or is connected to its author).
    """
    by = require_reviewer(ports, caller)

    def attempt() -> Case:
        before = cases.load_case(ports.table, case_id).entity
        if (before.outcome, before.note) == (outcome, note):
            return before
        conflict = cases.has_reported(ports.table, case_id, caller.user_id) or has_conflict_of_interest(
            ports, {before.author}, by
        )
        after = before.decide(by, outcome, note, has_conflict=conflict, at=ports.clock())
        # Reports are counted on the item meanwhile, so only the attributes of the decision are written.
        changed = {
            name: value
            for name, value in cases.case_to_item(after).items()
            if name in DECISION_ATTRIBUTES or name.startswith("audit")
        }
        key, unchanged = cases.case_key(case_id), Attr("version").eq(before.version)
        ports.table.update(key, set=changed, remove=("gsi2pk", "gsi2sk"), when=unchanged)
        return after

    return retry_on_write_conflict(attempt)
