"""People: reviewers, applicants by their real name's digest, standing with its sanctions, and ties between them."""

from __future__ import annotations

from datetime import datetime

from services.review.domain import Applicant, Person, Reviewer, Sanction, Ties
from services.review.repository.applications import due_index_keys
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import NewId
from services.shared.security.account_status import (
    SanctionLevel,
    account_status_from_item,
    account_status_key,
    account_status_to_item,
)
from services.shared.security.audit import AuditTrail
from services.shared.table.port import (
    Item,
    Key,
    Query,
    Table,
)
from services.shared.table.queries import put_if_absent, put_if_newer, query_all
from services.shared.table.versioned import Versioned

EMERGENCY = "emergency"
PAGE = 500


# reviewers


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def find_reviewer(table: Table, user_id: str) -> Reviewer | None:
    """Somebody who may review now."""
    item = table.get(reviewer_key(user_id), consistent_read=True)
    return Reviewer(user_id, item["person"]) if item and not item["ended"] else None


def find_enrolment(table: Table, user_id: str, new_id: NewId) -> Versioned[AuditTrail]:
    """The chain of an account's enrolments, whether it is enrolled or not."""
    item = table.get(reviewer_key(user_id), consistent_read=True)
    return Versioned(AuditTrail.from_item(item) if item else AuditTrail(salt=new_id("salt")), item)


def enrolment_to_item(reviewer: Reviewer, trail: AuditTrail, version: int, *, ended: bool) -> Item:
    return {
        **reviewer_key(reviewer.user_id).attributes(),
        "person": reviewer.person,
        "ended": ended,
        "version": version,
        **trail.to_item(),
    }


# applicants


def applicant_key(person: str) -> Key:
    return Key(f"NAME#{person}", "APPLICANT")


def find_applicant(table: Table, person: str) -> Versioned[Applicant]:
    item = table.get(applicant_key(person), consistent_read=True)
    if item is None:
        return Versioned(Applicant(person), None)
    cool = from_millis(item["cool_until"]) if "cool_until" in item else None
    submitted = tuple(map(from_millis, item["submitted"]))
    lists = tuple(item["granted"]), tuple(item["accounts"])
    return Versioned(Applicant(person, item["open"], submitted, cool, *lists, item["version"]), item)


def accounts_of(table: Table, person: str, user_id: str) -> set[str]:
    """The accounts that one human has shown themselves under, this one included. Half a unit."""
    item = table.get(applicant_key(person)) if person else None
    return {user_id, *(item["accounts"] if item else ())}


def applicant_to_item(applicant: Applicant) -> Item:
    item: Item = {
        **applicant_key(applicant.person).attributes(),
        "open": applicant.open,
        "submitted": [millis(at) for at in applicant.submitted],
        "granted": list(applicant.granted),
        "accounts": list(applicant.accounts),
        "version": applicant.version,
    }
    return item | ({"cool_until": millis(applicant.cool_until)} if applicant.cool_until else {})


# who is behind an account, as the other services are told


def identity_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "HUMAN")


def find_identity(table: Table, user_id: str) -> Item | None:
    return table.get(identity_key(user_id), consistent_read=True)


def identity_to_item(user_id: str, identity_id: str, version: int) -> Item:
    return {
        **identity_key(user_id).attributes(),
        "user_id": user_id,
        "identity_id": identity_id,
        "version": version,
    }


# standing and sanctions


def find_person(table: Table, user_id: str, new_id: NewId) -> Versioned[Person]:
    item = table.get(account_status_key(user_id), consistent_read=True)
    if item is None:
        return Versioned(Person(user_id, AuditTrail(salt=new_id("salt"))), None)
    return Versioned(person_from_item(item), item)


def person_to_item(person: Person) -> Item:
    item: Item = {
        **account_status_to_item(person.user_id, person.standing, person.version),
        "strikes": [millis(at) for at in person.strikes],
        "expired": [[who, millis(at)] for who, at in person.expired],
        **person.trail.to_item(),
    }
    for name, sanction in (("last", person.last), ("pending", person.pending), ("before", person.before)):
        if sanction:
            item[name] = _sanction_to_item(sanction)
    if person.pending:
        item |= due_index_keys(EMERGENCY, person.pending.ratify_by, person.user_id)
    return item


def person_from_item(item: Item) -> Person:
    last, pending, before = (
        _sanction_from_item(item[name]) if name in item else None for name in ("last", "pending", "before")
    )
    return Person(
        user_id=item["user_id"],
        trail=AuditTrail.from_item(item),
        version=item["version"],
        standing=account_status_from_item(item),
        last=last,
        pending=pending,
        before=before,
        strikes=tuple(map(from_millis, item["strikes"])),
        expired=tuple((who, from_millis(at)) for who, at in item["expired"]),
    )


def _sanction_to_item(sanction: Sanction) -> Item:
    return {
        "level": str(sanction.level),
        "until": _at(sanction.until),
        "reason": sanction.reason,
        "by": {"user_id": sanction.by.user_id, "person": sanction.by.person},
        "at": millis(sanction.at),
        "emergency": sanction.emergency,
        "mistake": sanction.mistake,
    }


def _sanction_from_item(item: Item) -> Sanction:
    until, by, at = _moment_from_item(item["until"]), Reviewer(**item["by"]), from_millis(item["at"])
    return Sanction(SanctionLevel(item["level"]), until, item["reason"], by, at, item["emergency"], item["mistake"])


def _at(moment: datetime | None) -> int | None:
    return millis(moment) if moment else None


def _moment_from_item(value: int | None) -> datetime | None:
    return from_millis(value) if value is not None else None


# ties, from what circles and commerce tell


def keep_membership(table: Table, user_id: str, circle_id: str, attributes: Item, version: int) -> None:
    """Take over a membership if it is newer; the row is never deleted."""
    row = {"pk": f"PERSON#{user_id}", "sk": f"CIRCLE#{circle_id}", "version": version, **attributes}
    put_if_newer(table, row)


def keep_trade(table: Table, one: str, other: str) -> None:
    """That two people have traded, once and for good, on both of them."""
    for user_id, partner in ((one, other), (other, one)):
        put_if_absent(table, {"pk": f"PERSON#{user_id}", "sk": f"TRADE#{partner}"})


def find_ties(table: Table, user_id: str) -> Ties:
    """All that ties one account to others, in one range. Half a unit a 4 KB, some twenty rows."""
    rows = list(query_all(table, Query(pk=f"PERSON#{user_id}", limit=PAGE)))
    circles = {row["sk"].removeprefix("CIRCLE#"): row for row in rows if row["sk"].startswith("CIRCLE#")}
    current = {circle: row for circle, row in circles.items() if row["state"] == "member"}
    return Ties(
        user_id,
        circles=frozenset(current),
        owned=frozenset(circle for circle, row in current.items() if row["role"] == "owner"),
        invited_by=frozenset(row["invited_by"] for row in circles.values() if row["invited_by"]),
        traded_with=frozenset(row["sk"].removeprefix("TRADE#") for row in rows if row["sk"].startswith("TRADE#")),
    )
