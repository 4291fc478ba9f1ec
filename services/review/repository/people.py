"""People: reviewers, applicants by their real name's digest, standing with its sanctions, and ties between them."""

from __future__ import annotations

from datetime import datetime

from services.review.domain import Applicant, Person, Reviewer, Sanction, Ties
from services.review.repository.applications import agenda
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import NewId
from services.shared.security.account_status import (
    Level,
    standing_from,
    standing_key,
    standing_to,
)
from services.shared.security.audit import Trail
from services.shared.table.port import (
    Item,
    Key,
    Query,
    Table,
)
from services.shared.table.queries import every, put_newer, put_once
from services.shared.table.versioned import Stored

EMERGENCY = "emergency"
PAGE = 500


# reviewers


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def find_reviewer(table: Table, user_id: str) -> Reviewer | None:
    """Somebody who may review now."""
    item = table.get(reviewer_key(user_id), strong=True)
    return Reviewer(user_id, item["person"]) if item and not item["ended"] else None


def find_enrolment(table: Table, user_id: str, new_id: NewId) -> Stored[Trail]:
    """The chain of an account's enrolments, whether it is enrolled or not."""
    item = table.get(reviewer_key(user_id), strong=True)
    return Stored(Trail.from_item(item) if item else Trail(salt=new_id("salt")), item)


def enrolment_to(reviewer: Reviewer, trail: Trail, version: int, *, ended: bool) -> Item:
    return {
        **reviewer_key(reviewer.user_id).attributes(),
        "item_schema": 2,
        "person": reviewer.person,
        "ended": ended,
        "version": version,
        **trail.to_item(),
    }


# applicants


def applicant_key(person: str) -> Key:
    return Key(f"NAME#{person}", "APPLICANT")


def find_applicant(table: Table, person: str) -> Stored[Applicant]:
    item = table.get(applicant_key(person), strong=True)
    if item is None:
        return Stored(Applicant(person), None)
    cool = from_millis(item["cool_until"]) if "cool_until" in item else None
    submitted = tuple(map(from_millis, item["submitted"]))
    lists = tuple(item["granted"]), tuple(item["accounts"])
    return Stored(Applicant(person, item["open"], submitted, cool, *lists, item["version"]), item)


def accounts_of(table: Table, person: str, user_id: str) -> set[str]:
    """The accounts that one human has shown themselves under, this one included. Half a unit."""
    item = table.get(applicant_key(person)) if person else None
    return {user_id, *(item["accounts"] if item else ())}


def applicant_to(applicant: Applicant) -> Item:
    item: Item = {
        **applicant_key(applicant.person).attributes(),
        "item_schema": 1,
        "open": applicant.open,
        "submitted": [millis(at) for at in applicant.submitted],
        "granted": list(applicant.granted),
        "accounts": list(applicant.accounts),
        "version": applicant.version,
    }
    return item | ({"cool_until": millis(applicant.cool_until)} if applicant.cool_until else {})


# who is behind an account, as the other services are told


def human_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "HUMAN")


def find_human(table: Table, user_id: str) -> Item | None:
    return table.get(human_key(user_id), strong=True)


def human_to(user_id: str, human: str, version: int) -> Item:
    return {**human_key(user_id).attributes(), "item_schema": 1, "user_id": user_id, "human": human, "version": version}


# standing and sanctions


def find_person(table: Table, user_id: str, new_id: NewId) -> Stored[Person]:
    item = table.get(standing_key(user_id), strong=True)
    if item is None:
        return Stored(Person(user_id, Trail(salt=new_id("salt"))), None)
    return Stored(person_from(item), item)


def person_to(person: Person) -> Item:
    item: Item = {
        **standing_to(person.user_id, person.standing, person.version),
        "strikes": [millis(at) for at in person.strikes],
        "lapsed": [[who, millis(at)] for who, at in person.lapsed],
        **person.trail.to_item(),
    }
    for name, sanction in (("last", person.last), ("pending", person.pending), ("before", person.before)):
        if sanction:
            item[name] = _sanction_to(sanction)
    if person.pending:
        item |= agenda(EMERGENCY, person.pending.ratify_by, person.user_id)
    return item


def person_from(item: Item) -> Person:
    last, pending, before = (_sanction_from(item[name]) if name in item else None for name in ("last", "pending", "before"))
    return Person(
        user_id=item["user_id"],
        trail=Trail.from_item(item),
        version=item["version"],
        standing=standing_from(item),
        last=last,
        pending=pending,
        before=before,
        strikes=tuple(map(from_millis, item["strikes"])),
        lapsed=tuple((who, from_millis(at)) for who, at in item["lapsed"]),
    )


def _sanction_to(sanction: Sanction) -> Item:
    return {
        "level": str(sanction.level),
        "until": _at(sanction.until),
        "reason": sanction.reason,
        "by": {"user_id": sanction.by.user_id, "person": sanction.by.person},
        "at": millis(sanction.at),
        "emergency": sanction.emergency,
        "mistake": sanction.mistake,
    }


def _sanction_from(item: Item) -> Sanction:
    until, by, at = _from(item["until"]), Reviewer(**item["by"]), from_millis(item["at"])
    return Sanction(Level(item["level"]), until, item["reason"], by, at, item["emergency"], item["mistake"])


def _at(moment: datetime | None) -> int | None:
    return millis(moment) if moment else None


def _from(value: int | None) -> datetime | None:
    return from_millis(value) if value is not None else None


# ties, from what circles and commerce tell


def keep_membership(table: Table, user_id: str, circle_id: str, facts: Item, version: int) -> None:
    """Take over a membership if it is newer; the row is never deleted."""
    row = {"pk": f"PERSON#{user_id}", "sk": f"CIRCLE#{circle_id}", "item_schema": 1, "version": version, **facts}
    put_newer(table, row)


def keep_trade(table: Table, one: str, other: str) -> None:
    """That two people have traded, once and for good, on both of them."""
    for user_id, partner in ((one, other), (other, one)):
        put_once(table, {"pk": f"PERSON#{user_id}", "sk": f"TRADE#{partner}", "item_schema": 1})


def find_ties(table: Table, user_id: str) -> Ties:
    """All that ties one account to others, in one range. Half a unit a 4 KB, some twenty rows."""
    rows = list(every(table, Query(pk=f"PERSON#{user_id}", limit=PAGE)))
    circles = {row["sk"].removeprefix("CIRCLE#"): row for row in rows if row["sk"].startswith("CIRCLE#")}
    current = {circle: row for circle, row in circles.items() if row["state"] == "member"}
    return Ties(
        user_id,
        circles=frozenset(current),
        owned=frozenset(circle for circle, row in current.items() if row["role"] == "owner"),
        invited_by=frozenset(row["invited_by"] for row in circles.values() if row["invited_by"]),
        traded_with=frozenset(row["sk"].removeprefix("TRADE#") for row in rows if row["sk"].startswith("TRADE#")),
    )
