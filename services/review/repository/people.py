"""Items about users, and about the identities behind them.

Reviewers, applicants, sanction records, and the connections that cause conflicts of interest.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime

from services.review.domain import AppealState, Applicant, Connections, Enrolment, Reviewer, Sanction, SanctionRecord
from services.review.errors import UserNotFound
from services.review.repository.due_index import due_index_keys
from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.ids import NewId
from services.shared.messaging.events import AccountVerified, MembershipChanged
from services.shared.messaging.outbox import pending_events
from services.shared.security.account_status import (
    SIGNED_OUT_AT,
    SanctionLevel,
    account_status_from_item,
    account_status_key,
    account_status_to_item,
)
from services.shared.security.audit import AuditTrail
from services.shared.security.violations import Violation
from services.shared.table.entities import EntityStore
from services.shared.table.items import Check, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import Versioned, put_if_absent, put_if_newer

PENDING_SANCTIONS = "sanction"
PAGE = 500


# Reviewers.


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def find_reviewer(table: Table, user_id: str) -> Reviewer | None:
    """Find a user who is enrolled now."""
    enrolment = ENROLMENTS.find(table, reviewer_key(user_id), consistent_read=True)
    return enrolment.reviewer if enrolment and not enrolment.ended else None


def load_enrolment(table: Table, user_id: str, new_id: NewId) -> Versioned[Enrolment]:
    return ENROLMENTS.load_or(table, reviewer_key(user_id), Enrolment.none(user_id, new_id("salt")))


def enrolment_to_item(enrolment: Enrolment) -> Item:
    return {
        **reviewer_key(enrolment.reviewer.user_id).attributes(),
        "identity_hash": enrolment.reviewer.identity_hash,
        "identity_id": enrolment.identity_id,
        "ended": enrolment.ended,
        "version": enrolment.version,
        **enrolment.trail.to_item(),
    }


def enrolment_from_item(item: Item) -> Enrolment:
    reviewer = Reviewer(item["pk"].removeprefix("REVIEWER#"), item["identity_hash"])
    return Enrolment(reviewer, AuditTrail.from_item(item), item["ended"], item["version"], item["identity_id"])


ENROLMENTS = EntityStore(enrolment_to_item, enrolment_from_item, UserNotFound)


# Applicants.


def applicant_key(identity_hash: str) -> Key:
    return Key(f"IDENTITY#{identity_hash}", "APPLICANT")


def load_applicant(table: Table, identity_hash: str) -> Versioned[Applicant]:
    """Load the applicant of an identity, or a new one."""
    return APPLICANTS.load_or(table, applicant_key(identity_hash), Applicant(identity_hash))


def applicant_check(loaded: Versioned[Applicant]) -> Check:
    """Return the check that an applicant is unchanged since it was loaded."""
    return Check(applicant_key(loaded.entity.identity_hash), loaded.unchanged)


def get_users_of_identity(table: Table, identity_hash: str) -> set[str]:
    """Return all users that were verified under an identity. Cost: 0.5 read units."""
    applicant = APPLICANTS.find(table, applicant_key(identity_hash))
    return set(applicant.user_ids) if applicant else set()


def applicant_to_item(applicant: Applicant) -> Item:
    item: Item = {
        **applicant_key(applicant.identity_hash).attributes(),
        "open_application": applicant.open_application,
        "open_version": applicant.open_version,
        "submitted": [millis(at) for at in applicant.submitted],
        "granted": list(applicant.granted),
        "user_ids": list(applicant.user_ids),
        "version": applicant.version,
    }
    if applicant.cool_until and applicant.rejected_at:
        item |= {"cool_until": millis(applicant.cool_until), "rejected_at": millis(applicant.rejected_at)}
    return item


def applicant_from_item(item: Item) -> Applicant:
    return Applicant(
        identity_hash=item["pk"].removeprefix("IDENTITY#"),
        open_application=item["open_application"],
        open_version=item["open_version"],
        submitted=tuple(map(from_millis, item["submitted"])),
        cool_until=_moment_from_item(item.get("cool_until")),
        rejected_at=_moment_from_item(item.get("rejected_at")),
        granted=tuple(item["granted"]),
        user_ids=tuple(item["user_ids"]),
        version=item["version"],
    )


APPLICANTS = EntityStore(applicant_to_item, applicant_from_item, UserNotFound)


# Sanction records.


def load_sanction_record(table: Table, user_id: str, new_id: NewId) -> Versioned[SanctionRecord]:
    """Load the sanction record of a user, or an empty one, also over the item that a sign-out left."""
    item = table.get(account_status_key(user_id), consistent_read=True)
    if item and _is_record(item):
        return SANCTION_RECORDS.loaded(item)
    return replace(SANCTION_RECORDS.new(SanctionRecord(user_id, AuditTrail(salt=new_id("salt")))), item=item)


def get_sanction_record(table: Table, user_id: str) -> SanctionRecord:
    """Return the sanction record of a user. Raises: UserNotFound (no sanction was ever imposed or proposed)."""
    record = find_sanction_record(table, user_id, consistent_read=True)
    if record is None:
        raise UserNotFound
    return record


def find_sanction_record(table: Table, user_id: str, *, consistent_read: bool = False) -> SanctionRecord | None:
    """Find the sanction record of a user. Cost: 0.5 read units per 4 KB; 1 with `consistent_read`."""
    item = table.get(account_status_key(user_id), consistent_read=consistent_read)
    return sanction_record_from_item(item) if item and _is_record(item) else None


def _is_record(item: Item) -> bool:
    """Whether the item has a sanction record, not only the moment of a sign-out."""
    return "strikes" in item


def sanction_record_to_item(record: SanctionRecord) -> Item:
    item: Item = {
        **account_status_to_item(record.user_id, record.account_status, record.version),
        "strikes": [millis(at) for at in record.strikes],
        "unratified": [[identity_hash, millis(at)] for identity_hash, at in record.unratified],
        **record.trail.to_item(),
    }
    for name, sanction in (("current", record.current), ("pending", record.pending), ("previous", record.previous)):
        if sanction:
            item[name] = sanction_to_item(sanction)
    if record.pending:
        item |= due_index_keys(PENDING_SANCTIONS, record.pending.ratify_until, record.user_id)
    return item


def sanction_record_from_item(item: Item) -> SanctionRecord:
    current, pending, previous = (
        sanction_from_item(item[name]) if name in item else None for name in ("current", "pending", "previous")
    )
    return SanctionRecord(
        user_id=item["user_id"],
        trail=AuditTrail.from_item(item),
        version=item["version"],
        account_status=account_status_from_item(item),
        current=current,
        pending=pending,
        previous=previous,
        strikes=tuple(map(from_millis, item["strikes"])),
        unratified=tuple((identity_hash, from_millis(at)) for identity_hash, at in item["unratified"]),
    )


def sanction_to_item(sanction: Sanction) -> Item:
    return {
        "level": str(sanction.level),
        "until": millis(sanction.until) if sanction.until else None,
        "reason": sanction.reason,
        "by": asdict(sanction.by),
        "at": millis(sanction.at),
        "emergency": sanction.emergency,
        "mistake": sanction.mistake,
        "ratified": sanction.ratified,
        **({"violation": str(sanction.violation)} if sanction.violation else {}),
        **({"ratifier": asdict(sanction.ratifier)} if sanction.ratifier else {}),
        **({"appeal": str(sanction.appeal)} if sanction.appeal else {}),
    }


def sanction_from_item(item: Item) -> Sanction:
    until, by, at = _moment_from_item(item["until"]), Reviewer(**item["by"]), from_millis(item["at"])
    flags = {name: item[name] for name in ("emergency", "mistake", "ratified")}
    violation = Violation(item["violation"]) if "violation" in item else None
    ratifier = Reviewer(**item["ratifier"]) if "ratifier" in item else None
    fields = (SanctionLevel(item["level"]), until, item["reason"], by, at)
    appeal = AppealState(item["appeal"]) if "appeal" in item else None
    return Sanction(*fields, **flags, violation=violation, ratifier=ratifier, appeal=appeal)


def _moment_from_item(value: int | None) -> datetime | None:
    return from_millis(value) if value is not None else None


SANCTION_RECORDS = EntityStore(
    sanction_record_to_item, sanction_record_from_item, UserNotFound, counters=frozenset({SIGNED_OUT_AT})
)


# Connections, from verifications and the events of circles and commerce.


def put_identity_link(ports: HasTable, user_id: str, identity_hash: str, identity_id: str, adult_on: date | None) -> None:
    """Store that a user was verified under an identity, and publish it. adult_on: when a minor turns 18.

    It is never deleted: a later verification hides no earlier one.
    """
    item: Item = {"pk": f"USER#{user_id}", "sk": f"IDENTITY#{identity_hash}", "user_id": user_id, "identity_id": identity_id}
    if adult_on:
        item["adult_on"] = adult_on.isoformat()
    at = ports.clock()
    put_if_absent(ports.table, {**item, "version": next_version(0, at), **pending_events(ports.new_id, at, AccountVerified)})


def membership_key(user_id: str, circle_id: str) -> Key:
    return Key(f"USER#{user_id}", f"CIRCLE#{circle_id}")


def put_membership(table: Table, event: MembershipChanged) -> None:
    """Store a membership if it is newer, and its inviter in any case.

    Each inviter is an item of its own that is never deleted: a member who returns by the passcode of another user keeps the
    first inviter, and an older event still adds its inviter. Only users can be inviters, and each is stored once.
    """
    data = event.data
    key = membership_key(data.user_id, data.circle_id)
    membership = {"role": data.role, "state": data.state, "version": event.entity_version}
    put_if_newer(table, {**key.attributes(), **membership})
    if data.invited_by:
        put_if_absent(table, {"pk": f"USER#{data.user_id}", "sk": f"INVITER#{data.invited_by}"})


def owns_circle(table: Table, user_id: str, circle_id: str) -> bool:
    """Return whether a user owns a circle, by the user's membership, so that a stranger's read finds nothing.

    Cost: half a read unit.
    """
    item = table.get(membership_key(user_id, circle_id))
    return item is not None and (item["role"], item["state"]) == ("owner", "member")


def put_trade(table: Table, buyer_id: str, seller_id: str) -> None:
    """Store for both users that they have traded. It is never deleted."""
    for user_id, partner_id in ((buyer_id, seller_id), (seller_id, buyer_id)):
        put_if_absent(table, {"pk": f"USER#{user_id}", "sk": f"TRADE#{partner_id}"})


def get_connections(table: Table, user_id: str) -> Connections:
    """Return all connections of a user, with one query. Cost: 0.5 read units per 4 KB, which are about 20 items."""
    items = list(query_all(table, Query(pk=f"USER#{user_id}", limit=PAGE)))
    by_id = {prefix: _items_by_id(items, prefix) for prefix in ("IDENTITY#", "CIRCLE#", "INVITER#", "TRADE#")}
    current = {circle_id: item for circle_id, item in by_id["CIRCLE#"].items() if item["state"] == "member"}
    return Connections(
        user_id,
        identities=frozenset(by_id["IDENTITY#"]),
        circles=frozenset(current),
        owned=frozenset(circle_id for circle_id, item in current.items() if item["role"] == "owner"),
        invited_by=frozenset(by_id["INVITER#"]),
        traded_with=frozenset(by_id["TRADE#"]),
    )


def _items_by_id(items: list[Item], prefix: str) -> dict[str, Item]:
    return {item["sk"].removeprefix(prefix): item for item in items if item["sk"].startswith(prefix)}
