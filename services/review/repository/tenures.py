"""Owners' time in office, beside the application that granted it."""

from __future__ import annotations

from services.review.domain.content import Reviewer
from services.review.domain.tenure import Assessment, Outcome, Tenure, TenureState
from services.review.errors import ApplicationNotFound
from services.review.repository.applications import due_index_keys
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import AuditTrail
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned

QUEUE = "tenure"
IN_OFFICE = (TenureState.GOOD, TenureState.PROBATION)


def tenure_key(application_id: str) -> Key:
    return Key(f"APPLICATION#{application_id}", "TENURE")


def find_tenure(table: Table, application_id: str) -> Versioned[Tenure]:
    item = table.get(tenure_key(application_id), consistent_read=True)
    if item is None:
        raise ApplicationNotFound
    return Versioned(tenure_from_item(item), item)


def tenure_to_item(tenure: Tenure) -> Item:
    item: Item = {
        **tenure_key(tenure.application_id).attributes(),
        "id": tenure.application_id,
        "owner": tenure.owner,
        "circle_name": tenure.circle_name,
        "due_at": millis(tenure.due_at),
        "version": tenure.version,
        "state": str(tenure.state),
        "person": tenure.person,
        "predecessor": tenure.predecessor,
        "heir": tenure.heir,
        "heir_person": tenure.heir_person,
        "told": tenure.told,
        **tenure.trail.to_item(),
    }
    if tenure.state in IN_OFFICE:
        item |= due_index_keys(QUEUE, tenure.due_at, tenure.application_id)
    if one := tenure.proposed:
        by = {"user_id": one.by.user_id, "person": one.by.person}
        item["proposed"] = {"outcome": str(one.outcome), "note": one.note, "by": by, "at": millis(one.at)}
    return item


def tenure_from_item(item: Item) -> Tenure:
    return Tenure(
        application_id=item["id"],
        owner=item["owner"],
        circle_name=item["circle_name"],
        due_at=from_millis(item["due_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        state=TenureState(item["state"]),
        person=item.get("person", ""),
        predecessor=item.get("predecessor", ""),
        heir=item.get("heir", ""),
        heir_person=item.get("heir_person", ""),
        told=item.get("told", 0),
        proposed=_assessment_from_item(item["proposed"]) if "proposed" in item else None,
    )


def _assessment_from_item(item: Item) -> Assessment:
    return Assessment(Outcome(item["outcome"]), item["note"], Reviewer(**item["by"]), from_millis(item["at"]))
