"""Items about users, and about the identities behind them.

Reviewers, applicants, published identities, sanction records, and the connections that cause conflicts of interest.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from services.review.domain import Applicant, Connections, Reviewer, Sanction, SanctionRecord
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
from services.shared.table.pages import query_all
from services.shared.table.port import Item, Key, Query, Table
from services.shared.table.versioned import Versioned, put_if_absent, put_if_newer

PENDING_SANCTIONS = "sanction"
PAGE = 500


# Reviewers.


def reviewer_key(user_id: str) -> Key:
    return Key(f"REVIEWER#{user_id}", "REVIEWER")


def find_reviewer(table: Table, user_id: str) -> Reviewer | None:
    """Find a user who is enrolled now."""
    item = table.get(reviewer_key(user_id), consistent_read=True)
    return Reviewer(user_id, item["identity_hash"]) if item and not item["ended"] else None


def load_enrolment(table: Table, user_id: str, new_id: NewId) -> Versioned[AuditTrail]:
    """Load the audit trail of a user's enrolments, or a new one. It stays when the enrolment has ended."""
    item = table.get(reviewer_key(user_id), consistent_read=True)
    return Versioned(AuditTrail.from_item(item) if item else AuditTrail(salt=new_id("salt")), item)


def enrolment_to_item(reviewer: Reviewer, trail: AuditTrail, version: int, *, ended: bool) -> Item:
    return {
        **reviewer_key(reviewer.user_id).attributes(),
        "identity_hash": reviewer.identity_hash,
        "ended": ended,
        "version": version,
        **trail.to_item(),
    }


# Applicants.


def applicant_key(identity_hash: str) -> Key:
    return Key(f"IDENTITY#{identity_hash}", "APPLICANT")


def load_applicant(table: Table, identity_hash: str) -> Versioned[Applicant]:
    """Load the applicant of an identity, or a new one."""
    item = table.get(applicant_key(identity_hash), consistent_read=True)
    return Versioned(applicant_from_item(identity_hash, item) if item else Applicant(identity_hash), item)


def get_users_of_identity(table: Table, identity_hash: str, user_id: str) -> set[str]:
    """Return the users of one identity, with `user_id`. An empty `identity_hash` is unknown. Cost: 0.5 read units."""
    item = table.get(applicant_key(identity_hash)) if identity_hash else None
    return {user_id, *(item["user_ids"] if item else ())}


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
    return item | ({"cool_until": millis(applicant.cool_until)} if applicant.cool_until else {})


def applicant_from_item(identity_hash: str, item: Item) -> Applicant:
    return Applicant(
        identity_hash=identity_hash,
        open_application=item["open_application"],
        open_version=item["open_version"],
        submitted=tuple(map(from_millis, item["submitted"])),
        cool_until=_moment_from_item(item.get("cool_until")),
        granted=tuple(item["granted"]),
        user_ids=tuple(item["user_ids"]),
        version=item["version"],
    )


# The identity_id that other services receive.


def identity_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "IDENTITY")


def find_identity(table: Table, user_id: str) -> Item | None:
    return table.get(identity_key(user_id), consistent_read=True)


def identity_to_item(user_id: str, identity_id: str, version: int) -> Item:
    return {**identity_key(user_id).attributes(), "user_id": user_id, "identity_id": identity_id, "version": version}


# Sanction records.


def load_sanction_record(table: Table, user_id: str, new_id: NewId) -> Versioned[SanctionRecord]:
    """Load the sanction record of a user, or an empty one."""
    item = table.get(account_status_key(user_id), consistent_read=True)
    if item is None:
        return Versioned(SanctionRecord(user_id, AuditTrail(salt=new_id("salt"))), None)
    return Versioned(sanction_record_from_item(item), item)


def sanction_record_to_item(record: SanctionRecord) -> Item:
    item: Item = {
        **account_status_to_item(record.user_id, record.account_status, record.version),
        "strikes": [millis(at) for at in record.strikes],
        "unratified": [[identity_hash, millis(at)] for identity_hash, at in record.unratified],
        **record.trail.to_item(),
    }
    for name, sanction in (("current", record.current), ("pending", record.pending), ("previous", record.previous)):
        if sanction:
            item[name] = _sanction_to_item(sanction)
    if record.pending:
        item |= due_index_keys(PENDING_SANCTIONS, record.pending.ratify_until, record.user_id)
    return item


def sanction_record_from_item(item: Item) -> SanctionRecord:
    current, pending, previous = (
        _sanction_from_item(item[name]) if name in item else None for name in ("current", "pending", "previous")
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


def _sanction_to_item(sanction: Sanction) -> Item:
    return {
        "level": str(sanction.level),
        "until": millis(sanction.until) if sanction.until else None,
        "reason": sanction.reason,
        "by": asdict(sanction.by),
        "at": millis(sanction.at),
        "emergency": sanction.emergency,
        "mistake": sanction.mistake,
    }


def _sanction_from_item(item: Item) -> Sanction:
    until, by, at = _moment_from_item(item["until"]), Reviewer(**item["by"]), from_millis(item["at"])
    return Sanction(SanctionLevel(item["level"]), until, item["reason"], by, at, item["emergency"], item["mistake"])


def _moment_from_item(value: int | None) -> datetime | None:
    return from_millis(value) if value is not None else None


# Connections, from the events of circles and commerce.


def put_membership(table: Table, user_id: str, circle_id: str, attributes: Item, version: int) -> None:
    """Store a membership if it is newer. It is never deleted: a former inviter still causes a conflict of interest."""
    put_if_newer(table, {"pk": f"USER#{user_id}", "sk": f"CIRCLE#{circle_id}", "version": version, **attributes})


def put_trade(table: Table, buyer_id: str, seller_id: str) -> None:
    """Store for both users that they have traded. It is never deleted."""
    for user_id, partner_id in ((buyer_id, seller_id), (seller_id, buyer_id)):
        put_if_absent(table, {"pk": f"USER#{user_id}", "sk": f"TRADE#{partner_id}"})


def get_connections(table: Table, user_id: str) -> Connections:
    """Return all connections of a user, with one query. Cost: 0.5 read units per 4 KB, which are about 20 items."""
    items = list(query_all(table, Query(pk=f"USER#{user_id}", limit=PAGE)))
    circles = {item["sk"].removeprefix("CIRCLE#"): item for item in items if item["sk"].startswith("CIRCLE#")}
    current = {circle_id: item for circle_id, item in circles.items() if item["state"] == "member"}
    return Connections(
        user_id,
        circles=frozenset(current),
        owned=frozenset(circle_id for circle_id, item in current.items() if item["role"] == "owner"),
        invited_by=frozenset(item["invited_by"] for item in circles.values() if item["invited_by"]),
        traded_with=frozenset(item["sk"].removeprefix("TRADE#") for item in items if item["sk"].startswith("TRADE#")),
    )
