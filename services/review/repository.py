"""Keys, items and conditions of the review table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.review.domain import Application, Claim, Cohort, Content, Decision, Reason, Reviewer, State
from services.review.errors import ApplicationNotFound
from services.shared.audit import Trail
from services.shared.clock import from_millis, millis, parse, rfc3339
from services.shared.stored import Stored
from services.shared.table import Attr, Condition, Item, Key, Page, Put, Query, Table

QUEUE = "QUEUE"


def application_key(application_id: str) -> Key:
    return Key(f"APPLICATION#{application_id}", "APPLICATION")


def cohort_key(name: str) -> Key:
    return Key(f"COHORT#{name}", "COHORT")


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def standing_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "STANDING")


def find_application(table: Table, application_id: str) -> Stored[Application]:
    item = table.get(application_key(application_id), strong=True)
    if item is None:
        raise ApplicationNotFound
    return Stored(application_from(item), item)


def find_cohort(table: Table, name: str, quota: int) -> Stored[Cohort]:
    item = table.get(cohort_key(name), strong=True)
    return Stored(Cohort(name, quota, item["taken"], item["waiting"]) if item else Cohort(name, quota), item)


def find_reviewer(table: Table, user_id: str) -> Reviewer | None:
    item = table.get(reviewer_key(user_id), strong=True)
    return Reviewer(user_id, item["person"]) if item else None


def save_reviewer(table: Table, reviewer: Reviewer) -> None:
    """Enrolment is set by an operator and may be set again: the last word stands."""
    table.put({**reviewer_key(reviewer.user_id).attributes(), "item_schema": 1, "person": reviewer.person}, when=None)


def list_own(table: Table, applicant: str, limit: int, start: Item | None) -> Page:
    """Keys of a person's applications, newest first."""
    return table.query(Query(pk=f"APPLICANT#{applicant}", index="gsi1", limit=limit, start=start, newest_first=True))


def list_queue(table: Table, limit: int, start: Item | None) -> Page:
    """Applications that wait for a decision, oldest first, as far as the index tells of them."""
    return table.query(Query(pk=QUEUE, index="gsi2", limit=limit, start=start))


def cohort_put(stored: Stored[Cohort], cohort: Cohort) -> Put:
    """A cohort's counters are its version: they only grow."""
    item = {**cohort_key(cohort.name).attributes(), "item_schema": 1, "taken": cohort.taken, "waiting": cohort.waiting}
    before = stored.entity
    unchanged: Condition = Attr("taken").eq(before.taken) & Attr("waiting").eq(before.waiting)
    return Put(item, unchanged if stored.item else Attr("pk").not_exists())


def edition_put(application: Application) -> Put:
    """An edition that was superseded, kept as it was read."""
    key = Key(f"APPLICATION#{application.id}", f"EDITION#{application.edition:06}")
    return Put({**key.attributes(), "item_schema": 1, "content": content_to(application.content)}, Attr("pk").not_exists())


def application_to(application: Application) -> Item:
    item: Item = {
        **application_key(application.id).attributes(),
        "item_schema": 1,
        "id": application.id,
        "applicant": application.applicant,
        "cohort": application.cohort,
        "content": content_to(application.content),
        "circle_name": application.content.circle_name,
        "created_at": rfc3339(application.created_at),
        "version": application.version,
        "state": str(application.state),
        "edition": application.edition,
        "decisions": [_decision_to(decision) for decision in application.decisions],
        "gsi1pk": f"APPLICANT#{application.applicant}",
        "gsi1sk": application.id,
        **application.trail.to_item(),
    }
    optional = {"seat": application.seat, "waitlist_position": application.waitlist_position}
    item |= {name: value for name, value in optional.items() if value is not None}
    if application.submitted_at:
        item["submitted_at"] = millis(application.submitted_at)
    if application.submitted_at and application.state is State.SUBMITTED:
        item |= {"gsi2pk": QUEUE, "gsi2sk": f"{rfc3339(application.submitted_at)}#{application.id}"}
    if application.claim:
        claim = application.claim
        item |= {"reviewer": claim.reviewer, "lease_until": millis(claim.until), "extensions": claim.extensions}
    return item


def application_from(item: Item) -> Application:
    claim = Claim(item["reviewer"], from_millis(item["lease_until"]), item["extensions"]) if "reviewer" in item else None
    return Application(
        id=item["id"],
        applicant=item["applicant"],
        cohort=item["cohort"],
        content=content_from(item["content"]),
        created_at=parse(item["created_at"]),
        version=item["version"],
        trail=Trail.from_item(item),
        state=State(item["state"]),
        edition=item["edition"],
        submitted_at=from_millis(item["submitted_at"]) if "submitted_at" in item else None,
        claim=claim,
        decisions=tuple(_decision_from(decision) for decision in item["decisions"]),
        seat=item.get("seat"),
        waitlist_position=item.get("waitlist_position"),
    )


def content_to(content: Content) -> Item:
    return dict(content.as_dict())


def content_from(item: Item) -> Content:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}
    return Content(**values)


def _decision_to(decision: Decision) -> Item:
    return {**asdict(decision), "scores": dict(decision.scores), "reasons": list(decision.reasons), "at": millis(decision.at)}


def _decision_from(item: Item) -> Decision:
    reasons = tuple(Reason(reason) for reason in item["reasons"])
    return Decision(**{**item, "reviewer": Reviewer(**item["reviewer"]), "reasons": reasons, "at": from_millis(item["at"])})
