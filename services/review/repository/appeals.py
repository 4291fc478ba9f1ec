"""Items of appeals against take-downs and sanctions."""

from __future__ import annotations

from dataclasses import asdict

from services.review.domain import AppealKind, AppealOutcome, AppealState, Reviewer, UserAppeal
from services.review.domain.appeal import AppealDecision
from services.review.errors import AppealNotFound
from services.review.repository.due_index import due_index_keys, list_entries
from services.review.repository.people import sanction_from_item, sanction_to_item
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import derive_id, deterministic_id
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

QUEUE = "appeals"


def take_down_appeal_id(case_id: str) -> str:
    """Return the id of the one appeal against the take-down of a case."""
    return derive_id("apl", case_id)


def sanction_appeal_id(user_id: str, sanction_id: str) -> str:
    """Return the id of the one appeal against a sanction."""
    return deterministic_id("apl", 0, user_id, sanction_id)


def appeal_key(appeal_id: str) -> Key:
    return Key(f"APPEAL#{appeal_id}", "APPEAL")


def load_appeal(table: Table, appeal_id: str) -> Versioned[UserAppeal]:
    return APPEALS.load(table, appeal_key(appeal_id))


def find_appeal(table: Table, appeal_id: str) -> UserAppeal | None:
    return APPEALS.find(table, appeal_key(appeal_id), consistent_read=True)


def list_open_appeals(table: Table, page: PageRequest) -> Page[UserAppeal]:
    """Return a page of the open appeals: the escalated ones first, then the earliest due."""
    entries = list_entries(table, QUEUE, page)
    found = APPEALS.find_many(table, [appeal_key(entry.id) for entry in entries.items])
    return entries.replace(appeal for appeal in found if appeal)


def appeal_to_item(appeal: UserAppeal) -> Item:
    item: Item = {
        **appeal_key(appeal.id).attributes(),
        "id": appeal.id,
        "kind": str(appeal.kind),
        "user_id": appeal.user_id,
        "statement": appeal.statement,
        "submitted_at": millis(appeal.submitted_at),
        "due_at": millis(appeal.due_at),
        "deciders": [asdict(decider) for decider in appeal.deciders],
        "decisions": [_decision_to_item(decision) for decision in appeal.decisions],
        "case_id": appeal.case_id,
        "state": str(appeal.state),
        "escalated": appeal.escalated,
        "version": appeal.version,
        **appeal.trail.to_item(),
    }
    if appeal.sanction:
        item["sanction"] = sanction_to_item(appeal.sanction)
    if appeal.state is AppealState.OPEN:
        item |= due_index_keys(QUEUE, appeal.due_at, appeal.id, is_escalated=appeal.escalated)
    return item


def appeal_from_item(item: Item) -> UserAppeal:
    return UserAppeal(
        id=item["id"],
        kind=AppealKind(item["kind"]),
        user_id=item["user_id"],
        statement=item["statement"],
        submitted_at=from_millis(item["submitted_at"]),
        due_at=from_millis(item["due_at"]),
        deciders=tuple(Reviewer(**decider) for decider in item["deciders"]),
        decisions=tuple(map(_decision_from_item, item["decisions"])),
        case_id=item["case_id"],
        sanction=sanction_from_item(item["sanction"]) if "sanction" in item else None,
        escalated=item["escalated"],
        version=item["version"],
        trail=AuditTrail.from_item(item),
    )


def _decision_to_item(decision: AppealDecision) -> Item:
    return {"by": asdict(decision.reviewer), "outcome": str(decision.outcome), "note": decision.note, "at": millis(decision.at)}


def _decision_from_item(item: Item) -> AppealDecision:
    return AppealDecision(Reviewer(**item["by"]), AppealOutcome(item["outcome"]), item["note"], from_millis(item["at"]))


APPEALS = EntityStore(appeal_to_item, appeal_from_item, AppealNotFound)
