"""Items of applications and their revisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from services.review.domain import Appeal, Application, Claim, Content, Decision, Question, Reason, Reviewer, State
from services.review.errors import ApplicationNotFound
from services.review.repository.due_index import due_index_keys
from services.review.settings import settings
from services.shared.kernel.clock import from_millis, millis, millis_of
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.audit import AuditTrail, ChainVerification, verify_chain
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Item, Key, Put, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

PERSONAL_ATTRIBUTES = ("encrypted_data", "content")  # of a revision
MAX_PAGE = 20  # an application has up to 123 KB, and a response of Lambda 6 MB


def application_key(application_id: str) -> Key:
    return Key(f"APPLICATION#{application_id}", "APPLICATION")


def get_application(table: Table, application_id: str) -> Application:
    return APPLICATIONS.get(table, application_key(application_id), consistent_read=True)


def load_application(table: Table, application_id: str) -> Versioned[Application]:
    return APPLICATIONS.load(table, application_key(application_id))


def list_applications(table: Table, applicant: str, page: PageRequest) -> Page[Application]:
    """Return a page of at most 20 applications of a user, newest first. The index holds keys only."""
    limit = min(page.limit, MAX_PAGE)
    query = Query(pk=f"APPLICANT#{applicant}", index="gsi1", limit=limit, start=page.start, newest_first=True)
    return APPLICATIONS.list_by_index(table, query, consistent_read=True)


def verify_audit_chain(table: Table, application_id: str) -> ChainVerification:
    return verify_chain(table, load_application(table, application_id).item or {})


def append_revision(application: Application) -> Put:
    """Write a superseded revision once."""
    key = Key(f"APPLICATION#{application.id}", f"REVISION#{application.revision:06}")
    texts = {"content": content_to_item(application.content), "encrypted_data": application.encrypted_data}
    return Put({**key.attributes(), **texts}, ABSENT)


def erase_revisions(table: Table, application_id: str) -> None:
    """Delete the personal data of all superseded revisions."""
    revisions = Query(pk=f"APPLICATION#{application_id}", prefix="REVISION#", limit=100, consistent_read=True)
    for item in query_all(table, revisions):
        table.update(Key.of(item), remove=PERSONAL_ATTRIBUTES, when=None)


def application_to_item(application: Application) -> Item:
    item: Item = {
        **application_key(application.id).attributes(),
        "id": application.id,
        "applicant": application.applicant,
        "cohort": application.cohort,
        "content": content_to_item(application.content),
        "circle_name": application.content.circle_name,
        "created_at": millis(application.created_at),
        "version": application.version,
        "state": str(application.state),
        "revision": application.revision,
        "applicant_version": application.applicant_version,
        "decisions": [_decision_to_item(decision) for decision in application.decisions],
        "adult": application.adult,
        "active_days": application.active_days,
        "encrypted_data": application.encrypted_data,
        "escalated": application.escalated,
        "questions": application.questions,
        "edits": application.edits,
        "leases": [[identity_hash, *map(millis, began)] for identity_hash, began in application.leases],
        "flags": list(application.flags),
        "approvals": application.approvals,
        "gsi1pk": f"APPLICANT#{application.applicant}",
        "gsi1sk": application.id,
        **application.trail.to_item(),
    }
    if application.state is State.DRAFT:
        item["expires_at"] = (application.version + millis_of(settings().retention)) // 1000  # a draft that is no longer edited
    return item | _optional(application)


def _optional(application: Application) -> Item:
    """Return the attributes that an application has only in some states."""
    attributes: dict[str, Any] = {
        "seat": application.seat,
        "waitlist_position": application.waitlist_position,
        "submitted_at": millis(application.submitted_at) if application.submitted_at else None,
        "due_at": millis(application.due_at) if application.due_at else None,
        "sla_left": int(application.sla_left.total_seconds()) if application.sla_left is not None else None,
        "question": _message_to_item(application.question),
        "appeal": _message_to_item(application.appeal),
    }
    if claim := application.claim:
        attributes |= {"reviewer": claim.reviewer, "reviewer_identity": claim.identity_hash}
        attributes |= {"lease_until": millis(claim.until), "extensions": claim.extensions}
    if application.review_queue and application.due_at:
        attributes |= due_index_keys(application.review_queue, application.due_at, application.id)
    return {name: value for name, value in attributes.items() if value is not None}


def application_from_item(item: Item) -> Application:
    return Application(
        id=item["id"],
        applicant=item["applicant"],
        cohort=item["cohort"],
        content=content_from_item(item["content"]),
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        state=State(item["state"]),
        revision=item["revision"],
        applicant_version=item["applicant_version"],
        submitted_at=from_millis(item["submitted_at"]) if "submitted_at" in item else None,
        edits=item["edits"],
        claim=_claim_from_item(item) if "reviewer" in item else None,
        leases=tuple((identity_hash, tuple(map(from_millis, began))) for identity_hash, *began in item["leases"]),
        decisions=tuple(_decision_from_item(decision) for decision in item["decisions"]),
        seat=item.get("seat"),
        waitlist_position=item.get("waitlist_position"),
        adult=item["adult"],
        active_days=item["active_days"],
        encrypted_data=item["encrypted_data"],
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
        sla_left=timedelta(seconds=item["sla_left"]) if "sla_left" in item else None,
        escalated=item["escalated"],
        question=_question_from_item(item["question"]) if "question" in item else None,
        questions=item["questions"],
        appeal=_appeal_from_item(item["appeal"]) if "appeal" in item else None,
        flags=tuple(item["flags"]),
    )


def _claim_from_item(item: Item) -> Claim:
    return Claim(item["reviewer"], item["reviewer_identity"], from_millis(item["lease_until"]), item["extensions"])


def content_to_item(content: Content) -> Item:
    return dict(content.as_dict())


def content_from_item(item: Item) -> Content:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}
    return Content(**values)


def _decision_to_item(decision: Decision) -> Item:
    return {**asdict(decision), "scores": dict(decision.scores), "reasons": list(decision.reasons), "at": millis(decision.at)}


def _decision_from_item(item: Item) -> Decision:
    reasons = tuple(Reason(reason) for reason in item["reasons"])
    return Decision(**{**item, "reviewer": Reviewer(**item["reviewer"]), "reasons": reasons, "at": from_millis(item["at"])})


def _message_to_item(message: Question | Appeal | None) -> Item | None:
    if message is None:
        return None
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(message).items()}
    return {**values, "at": millis(message.at)}


def _question_from_item(item: Item) -> Question:
    return Question(tuple(item["fields"]), item["note"], from_millis(item["at"]))


def _appeal_from_item(item: Item) -> Appeal:
    return Appeal(Reason(item["cites"]), item["statement"], from_millis(item["at"]))


APPLICATIONS = EntityStore(application_to_item, application_from_item, ApplicationNotFound)
