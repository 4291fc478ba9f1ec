"""Applications with their revisions, and the lanes they wait in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from services.review.domain import (
    Appeal,
    Application,
    Claim,
    Content,
    Decision,
    Question,
    Reason,
    Reviewer,
    ReviewQueue,
    State,
)
from services.review.domain.states import KEPT_FOR
from services.review.errors import ApplicationNotFound
from services.shared.kernel.clock import (
    from_millis,
    millis,
    parse,
    rfc3339,
)
from services.shared.security.audit import AuditTrail
from services.shared.table.port import (
    ABSENT,
    Item,
    Key,
    Page,
    Put,
    Query,
    Table,
)
from services.shared.table.queries import query_all
from services.shared.table.versioned import Versioned

DUE_INDEX = "AGENDA#"
WORDS = ("sealed", "content")  # of an revision that is forgotten


def application_key(application_id: str) -> Key:
    return Key(f"APPLICATION#{application_id}", "APPLICATION")


def find_application(table: Table, application_id: str) -> Versioned[Application]:
    item = table.get(application_key(application_id), consistent_read=True)
    if item is None:
        raise ApplicationNotFound
    return Versioned(application_from_item(item), item)


def list_own(table: Table, applicant: str, limit: int, start: Item | None) -> Page:
    """Keys of a person's applications, newest first."""
    return table.query(Query(pk=f"APPLICANT#{applicant}", index="gsi1", limit=limit, start=start, newest_first=True))


def list_queue_entries(table: Table, queue: str, limit: int, start: Item | None = None) -> Page:
    """What waits in a lane, the one due first at the head, as far as the index tells."""
    return table.query(Query(pk=f"{DUE_INDEX}{queue}", index="gsi2", limit=limit, start=start))


def list_due(table: Table, queue: str, at: datetime, limit: int) -> list[Item]:
    """Index entries of a lane whose time is over."""
    return table.query(Query(pk=f"{DUE_INDEX}{queue}", last=f"{rfc3339(at)}~", index="gsi2", limit=limit)).items


def due_index_keys(queue: str, due_at: datetime, entity_id: str) -> Item:
    """The attributes that put an item into a lane."""
    return {"gsi2pk": f"{DUE_INDEX}{queue}", "gsi2sk": f"{rfc3339(due_at)}#{entity_id}"}


def revision_put(application: Application) -> Put:
    """An revision that was superseded, kept as it was read."""
    key = Key(f"APPLICATION#{application.id}", f"REVISION#{application.revision:06}")
    kept = {"content": content_to_item(application.content), "sealed": application.sealed}
    return Put({**key.attributes(), **kept}, ABSENT)


def list_revisions(table: Table, application_id: str) -> list[Key]:
    revisions = Query(pk=f"APPLICATION#{application_id}", prefix="REVISION#", limit=100, consistent_read=True)
    return [Key.of(item) for item in query_all(table, revisions)]


def forget_revision(table: Table, key: Key) -> None:
    table.update(key, remove=WORDS, when=None)


def application_to_item(application: Application) -> Item:
    item: Item = {
        **application_key(application.id).attributes(),
        "id": application.id,
        "applicant": application.applicant,
        "cohort": application.cohort,
        "content": content_to_item(application.content),
        "circle_name": application.content.circle_name,
        "created_at": rfc3339(application.created_at),
        "version": application.version,
        "state": str(application.state),
        "revision": application.revision,
        "decisions": [_decision_to_item(decision) for decision in application.decisions],
        "adult": application.adult,
        "active_days": application.active_days,
        "sealed": application.sealed,
        "escalated": application.escalated,
        "questions": application.questions,
        "flags": list(application.flags),
        "approvals": application.approvals,
        "gsi1pk": f"APPLICANT#{application.applicant}",
        "gsi1sk": application.id,
        **application.trail.to_item(),
    }
    if application.state is State.DRAFT:
        item["expires_at"] = (application.version + millis_of(KEPT_FOR)) // 1000  # a draft nobody touches any more
    return item | _optional(application)


def millis_of(span: timedelta) -> int:
    return int(span.total_seconds()) * 1000


def _optional(application: Application) -> Item:
    """What an application has only at times."""
    found: dict[str, Any] = {
        "seat": application.seat,
        "waitlist_position": application.waitlist_position,
        "submitted_at": millis(application.submitted_at) if application.submitted_at else None,
        "due_at": millis(application.due_at) if application.due_at else None,
        "sla_left": int(application.sla_left.total_seconds()) if application.sla_left is not None else None,
        "question": _said_to_item(application.question),
        "appeal": _said_to_item(application.appeal),
    }
    if claim := application.claim:
        found |= {"reviewer": claim.reviewer, "lease_until": millis(claim.until), "extensions": claim.extensions}
    if application.queue and application.due_at:
        found |= due_index_keys(application.queue, application.due_at, application.id)
    return {name: value for name, value in found.items() if value is not None}


def application_from_item(item: Item) -> Application:
    claim = Claim(item["reviewer"], from_millis(item["lease_until"]), item["extensions"]) if "reviewer" in item else None
    return Application(
        id=item["id"],
        applicant=item["applicant"],
        cohort=item["cohort"],
        content=content_from_item(item["content"]),
        created_at=parse(item["created_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        state=State(item["state"]),
        revision=item["revision"],
        submitted_at=from_millis(item["submitted_at"]) if "submitted_at" in item else None,
        claim=claim,
        decisions=tuple(_decision_from_item(decision) for decision in item["decisions"]),
        seat=item.get("seat"),
        waitlist_position=item.get("waitlist_position"),
        adult=item["adult"],
        active_days=item["active_days"],
        sealed=item["sealed"],
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
        sla_left=timedelta(seconds=item["sla_left"]) if "sla_left" in item else None,
        escalated=item["escalated"],
        question=_question_from_item(item["question"]) if "question" in item else None,
        questions=item["questions"],
        appeal=_appeal_from_item(item["appeal"]) if "appeal" in item else None,
        flags=tuple(item["flags"]),
    )


def queue_of(row: Item) -> ReviewQueue:
    return ReviewQueue(row["gsi2pk"].removeprefix(DUE_INDEX))


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


def _said_to_item(said: Question | Appeal | None) -> Item | None:
    if said is None:
        return None
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(said).items()}
    return {**plain, "at": millis(said.at)}


def _question_from_item(item: Item) -> Question:
    return Question(tuple(item["fields"]), item["note"], from_millis(item["at"]))


def _appeal_from_item(item: Item) -> Appeal:
    return Appeal(Reason(item["cites"]), item["statement"], from_millis(item["at"]))
