"""Items of tenures, in the partition of the application that granted the circle."""

from __future__ import annotations

from dataclasses import asdict

from services.review.domain.content import Reviewer
from services.review.domain.names_down import NamesDown
from services.review.domain.tenure import Assessment, AssessmentOutcome, Tenure, TenureState
from services.review.errors import ApplicationNotFound
from services.review.repository.due_index import due_index_keys
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

QUEUE = "tenure"
ONGOING = (TenureState.ACTIVE, TenureState.PROBATION)


def tenure_key(application_id: str) -> Key:
    return Key(f"APPLICATION#{application_id}", "TENURE")


def get_tenure(table: Table, application_id: str) -> Tenure:
    return TENURES.get(table, tenure_key(application_id), consistent_read=True)


def load_tenure(table: Table, application_id: str) -> Versioned[Tenure]:
    return TENURES.load(table, tenure_key(application_id))


def tenure_to_item(tenure: Tenure) -> Item:
    item: Item = {
        **tenure_key(tenure.application_id).attributes(),
        "id": tenure.application_id,
        "owner": tenure.owner,
        "circle_name": tenure.circle_name,
        "shown_name": tenure.shown_name,  # of the event
        "due_at": millis(tenure.due_at),
        "version": tenure.version,
        "state": str(tenure.state),
        "identity_hash": tenure.identity_hash,
        "previous_identity_hash": tenure.previous_identity_hash,
        "successor": tenure.successor,
        "successor_identity_hash": tenure.successor_identity_hash,
        "source_version": tenure.source_version,
        "former_owners": list(tenure.former_owners),
        "circle_version": tenure.circle_version,
        "is_read_only": tenure.is_read_only,
        "is_renamed": tenure.is_renamed,
        **tenure.names_down.to_item(),
        **tenure.trail.to_item(),
    }
    if violation := tenure.name_violation:
        item["name_violation"] = str(violation)
    if tenure.read_only_until:
        item["read_only_until"] = millis(tenure.read_only_until)
    if tenure.state in ONGOING:
        item |= due_index_keys(QUEUE, tenure.due_at, tenure.application_id)
    if proposed := tenure.proposed:
        item["proposed"] = {**asdict(proposed), "outcome": str(proposed.outcome), "at": millis(proposed.at)}
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
        identity_hash=item["identity_hash"],
        previous_identity_hash=item["previous_identity_hash"],
        successor=item["successor"],
        successor_identity_hash=item["successor_identity_hash"],
        source_version=item["source_version"],
        former_owners=tuple(item["former_owners"]),
        circle_version=item["circle_version"],
        is_read_only=item["is_read_only"],
        read_only_until=from_millis(item["read_only_until"]) if "read_only_until" in item else None,
        is_renamed=item["is_renamed"],
        names_down=NamesDown.from_item(item),
        proposed=_assessment_from_item(item["proposed"]) if "proposed" in item else None,
    )


def _assessment_from_item(item: Item) -> Assessment:
    return Assessment(AssessmentOutcome(item["outcome"]), item["note"], Reviewer(**item["by"]), from_millis(item["at"]))


TENURES = EntityStore(tenure_to_item, tenure_from_item, ApplicationNotFound)
