"""People: reviewers, applicants by their real name's digest, standing with its sanctions, and ties between them."""

from __future__ import annotations

from datetime import datetime

from services.review.domain import Applicant, Person, Reviewer, Sanction, Ties
from services.review.repository.applications import agenda
from services.shared.audit import Trail
from services.shared.clock import from_millis, millis
from services.shared.ids import NewId
from services.shared.standing import CLEAR, Level, Standing, standing_from, standing_key, standing_to
from services.shared.stored import Stored
from services.shared.table import Attr, ConditionFailed, Item, Key, Query, Table

EMERGENCY = "emergency"
MOST_TIES = 500


# reviewers


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def find_reviewer(table: Table, user_id: str) -> Reviewer | None:
    item = table.get(reviewer_key(user_id), strong=True)
    return Reviewer(user_id, item["person"]) if item else None


def save_reviewer(table: Table, reviewer: Reviewer) -> None:
    """Enrolment is set by an operator and may be set again: the last word stands."""
    table.put({**reviewer_key(reviewer.user_id).attributes(), "item_schema": 1, "person": reviewer.person}, when=None)


# applicants


def applicant_key(person: str) -> Key:
    return Key(f"NAME#{person}", "APPLICANT")


def find_applicant(table: Table, person: str) -> Stored[Applicant]:
    item = table.get(applicant_key(person), strong=True)
    if item is None:
        return Stored(Applicant(person), None)
    cool = from_millis(item["cool_until"]) if "cool_until" in item else None
    submitted = tuple(map(from_millis, item["submitted"]))
    return Stored(Applicant(person, item["open"], submitted, cool, tuple(item["granted"]), item["version"]), item)


def applicant_to(applicant: Applicant) -> Item:
    item: Item = {
        **applicant_key(applicant.person).attributes(),
        "item_schema": 1,
        "open": applicant.open,
        "submitted": [millis(at) for at in applicant.submitted],
        "granted": list(applicant.granted),
        "version": applicant.version,
    }
    return item | ({"cool_until": millis(applicant.cool_until)} if applicant.cool_until else {})


# standing and sanctions


def find_person(table: Table, user_id: str, new_id: NewId) -> Stored[Person]:
    item = table.get(standing_key(user_id), strong=True)
    if item is None:
        return Stored(Person(user_id, Trail(salt=new_id("salt"))), None)
    return Stored(person_from(item), item)


def person_to(person: Person) -> Item:
    item: Item = {
        **standing_to(person.user_id, person.standing, person.version),
        "reason": person.reason,
        "before": _standing_to(person.before),
        "strikes": [millis(at) for at in person.strikes],
        **person.trail.to_item(),
    }
    if person.pending:
        item |= {"pending": _sanction_to(person.pending), **agenda(EMERGENCY, person.pending.ratify_by, person.user_id)}
    return item


def person_from(item: Item) -> Person:
    return Person(
        user_id=item["user_id"],
        trail=Trail.from_item(item),
        version=item["version"],
        standing=standing_from(item),
        reason=item["reason"],
        pending=_sanction_from(item["pending"]) if "pending" in item else None,
        before=_standing_from(item["before"]),
        strikes=tuple(map(from_millis, item["strikes"])),
    )


def _standing_to(standing: Standing) -> Item:
    return {"level": str(standing.level), "until": _at(standing.until), "valid_after": standing.valid_after}


def _standing_from(item: Item) -> Standing:
    return Standing(Level(item["level"]), _from(item["until"]), item["valid_after"]) if item else CLEAR


def _sanction_to(sanction: Sanction) -> Item:
    return {
        "level": str(sanction.level),
        "until": _at(sanction.until),
        "reason": sanction.reason,
        "by": {"user_id": sanction.by.user_id, "person": sanction.by.person},
        "at": millis(sanction.at),
        "emergency": sanction.emergency,
    }


def _sanction_from(item: Item) -> Sanction:
    until, by, at = _from(item["until"]), Reviewer(**item["by"]), from_millis(item["at"])
    return Sanction(Level(item["level"]), until, item["reason"], by, at, item["emergency"])


def _at(moment: datetime | None) -> int | None:
    return millis(moment) if moment else None


def _from(value: int | None) -> datetime | None:
    return from_millis(value) if value is not None else None


# ties, from what circles and commerce tell


def keep_membership(table: Table, user_id: str, circle_id: str, facts: Item, version: int) -> None:
    """Take over a membership if it is newer; the row is never deleted."""
    item = {"pk": f"PERSON#{user_id}", "sk": f"CIRCLE#{circle_id}", "item_schema": 1, "version": version, **facts}
    try:
        table.put(item, when=Attr("version").not_exists() | Attr("version").lt(version))
    except ConditionFailed:
        return


def keep_trade(table: Table, one: str, other: str) -> None:
    """That two people have traded, once and for good, on both of them."""
    for user_id, partner in ((one, other), (other, one)):
        try:
            table.put({"pk": f"PERSON#{user_id}", "sk": f"TRADE#{partner}", "item_schema": 1}, when=Attr("pk").not_exists())
        except ConditionFailed:
            continue


def find_ties(table: Table, user_id: str) -> Ties:
    """All that ties one person to others, in one range. Half a unit a 4 KB, some twenty rows."""
    rows = table.query(Query(pk=f"PERSON#{user_id}", limit=MOST_TIES)).items
    circles = {row["sk"].removeprefix("CIRCLE#"): row for row in rows if row["sk"].startswith("CIRCLE#")}
    current = {circle: row for circle, row in circles.items() if row["state"] == "member"}
    return Ties(
        user_id,
        circles=frozenset(current),
        owned=frozenset(circle for circle, row in current.items() if row["role"] == "owner"),
        invited_by=frozenset(row["invited_by"] for row in circles.values() if row["invited_by"]),
        traded_with=frozenset(row["sk"].removeprefix("TRADE#") for row in rows if row["sk"].startswith("TRADE#")),
    )
