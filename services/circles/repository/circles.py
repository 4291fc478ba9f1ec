"""Circles and their members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.circles.domain import Circle, Member, MemberState, PendingStep, Role, Trust
from services.circles.domain.issuing import IssuingLevel, IssuingRight
from services.circles.errors import CircleNotFound, MemberNotFound
from services.circles.repository.appearances import appearance_from_item, appearance_to_item
from services.circles.repository.circle_items import DUE, circle_from_item, circle_to_attributes
from services.circles.repository.role_proposals import role_proposal_from_item, role_proposal_to_item
from services.circles.repository.sanctions import sanction_from_item, sanction_to_item
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import MembershipChanged
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import HasTable, Table, Write
from services.shared.table.versioned import Versioned

CIRCLE = "CIRCLE"  # the sort key of a circle


def circle_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", CIRCLE)


def member_key(circle_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"MEMBER#{user_id}")


def load_circle(table: Table, circle_id: str) -> Versioned[Circle]:
    return CIRCLES.load(table, circle_key(circle_id))


def load_circle_or(table: Table, new: Circle) -> Versioned[Circle]:
    """Load the circle with the id of `new`, or return `new` as the circle that its first save creates."""
    return CIRCLES.load_or(table, circle_key(new.id), new)


def get_circle(table: Table, circle_id: str, *, consistent_read: bool = False) -> Circle:
    """Return a circle. The default, for 0.5 read units, is enough to check that the circle is writable."""
    return CIRCLES.get(table, circle_key(circle_id), consistent_read=consistent_read)


def find_circles(table: Table, circle_ids: Iterable[str]) -> dict[str, Circle]:
    """Return those of these circles that exist, by id, read together."""
    return {circle.id: circle for circle in CIRCLES.find_many(table, list(map(circle_key, circle_ids))) if circle}


def find_circle(table: Table, circle_id: str, *, consistent_read: bool = False) -> Circle | None:
    return CIRCLES.find(table, circle_key(circle_id), consistent_read=consistent_read)


def list_due_circle_ids(table: Table, at: datetime, most: int) -> list[str]:
    """Return the circles that the schedule must process, the longest overdue first."""
    page = table.query(Query(pk=DUE, index="gsi1", last=f"{rfc3339(at)}~", limit=most))
    return [item["pk"].removeprefix("CIRCLE#") for item in page.items]


def find_member(table: Table, circle_id: str, user_id: str, *, consistent_read: bool = False) -> Member | None:
    return MEMBERS.find(table, member_key(circle_id, user_id), consistent_read=consistent_read)


def require_member(table: Table, circle_id: str, user_id: str) -> Member:
    """Return the caller's active membership: one read, whether the circle exists or not, so that its cost reveals nothing.

    Raises: CircleNotFound.
    """
    return require_active(find_member(table, circle_id, user_id))


def require_active(member: Member | None) -> Member:
    if member is None or not member.is_active:
        raise CircleNotFound
    return member


def load_member(table: Table, circle_id: str, user_id: str) -> Versioned[Member]:
    return MEMBERS.load(table, member_key(circle_id, user_id))


def load_member_or(table: Table, new: Member, *, consistent_read: bool = True) -> Versioned[Member]:
    """Load the membership of the user of `new`, or return `new` as the membership that its first save creates."""
    return MEMBERS.load_or(table, member_key(new.circle_id, new.user_id), new, consistent_read=consistent_read)


def member_creation(ports: HasTable, member: Member) -> Write:
    """Return the write that creates a membership with its event, for a transaction."""
    return MEMBERS.new(member).write(ports, member, MembershipChanged)


def list_memberships_of_circle(table: Table, circle_id: str, page: PageRequest) -> Page[Member]:
    return MEMBERS.list(table, Query(pk=f"CIRCLE#{circle_id}", prefix="MEMBER#", limit=page.limit, start=page.start))


def iter_members(table: Table, circle_id: str) -> Iterator[Member]:
    """Yield every membership of a circle, past ones too, with consistent reads: 1 read unit for about 8.

    For rare cases only. An index would cost a write unit for each joining member.
    """
    return MEMBERS.iter(table, Query(pk=f"CIRCLE#{circle_id}", prefix="MEMBER#", limit=500, consistent_read=True))


def list_pending_members(table: Table, circle_id: str, page: PageRequest) -> Page[Member]:
    """Return a page of the pending memberships, the first to join first. A membership that is no longer pending is skipped.

    The index has a pending membership here instead of in the list of members, so the list costs no item of its own.
    """
    query = Query(pk=f"PENDING#{circle_id}", index="gsi2", limit=page.limit, start=page.start)
    return MEMBERS.list_by_index(table, query, lambda member: member.is_pending)


def list_memberships(table: Table, user_id: str, page: PageRequest) -> Page[Member]:
    """Return a page of a user's active memberships."""
    return MEMBERS.list_by_index(table, _memberships_of(user_id, page), lambda member: member.is_active)


def _memberships_of(user_id: str, page: PageRequest) -> Query:
    return Query(pk=f"USER#{user_id}", index="gsi1", limit=page.limit, start=page.start)


def iter_circle_ids(table: Table, user_id: str) -> Iterator[str]:
    """Yield the id of every circle that the user is or was a member of, or waits to join."""
    items = query_all(table, _memberships_of(user_id, PageRequest(100)))
    return (item["gsi1sk"].removeprefix("CIRCLE#") for item in items)


def find_next_circle_id(table: Table, user_id: str, circle_id: str = "") -> str:
    """Return the circle after this one, or the first, of those that `iter_circle_ids` yields; empty after the last."""
    query = Query(pk=f"USER#{user_id}", index="gsi1", first=f"CIRCLE#{circle_id}~" if circle_id else None, limit=1)
    items = table.query(query).items
    return str(items[0]["gsi1sk"]).removeprefix("CIRCLE#") if items else ""


def find_members(table: Table, user_ids: Iterable[str], circle_ids: Iterable[str]) -> list[Member]:
    """Return the memberships of these users in these circles, past ones too, read together. Cost: 0.5 read units per pair."""
    circle_ids = list(circle_ids)
    keys = [member_key(circle_id, user_id) for user_id in user_ids for circle_id in circle_ids]
    return [member for member in MEMBERS.find_many(table, keys) if member]


def list_owned_circle_ids(table: Table, user_id: str) -> list[str]:
    keys = [member_key(circle_id, user_id) for circle_id in iter_circle_ids(table, user_id)]
    members = MEMBERS.find_many(table, keys, consistent_read=True)
    return [member.circle_id for member in members if member and member.is_active and member.role is Role.OWNER]


def _millis(at: datetime | None) -> int | None:
    return millis(at) if at else None


def member_to_item(member: Member) -> Item:
    optional: Item = {
        "pending_step": str(member.pending_step or ""),
        "approved_at": _millis(member.approved_at),
        "answers": list(member.answers),
        "erased": member.erased,
        "is_account_deleted": member.is_account_deleted,
        "request_text": member.request_text,
        "trust": int(member.trust),
        "trust_blocked_until": _millis(member.trust_blocked_until),
        "trust_blocked_by": str(member.trust_blocked_by) if member.trust_blocked_until else "",
        "role_set_at": _millis(member.role_set_at),
        "sanction": sanction_to_item(member.sanction),
        "mute": sanction_to_item(member.mute),
        "role_proposal": role_proposal_to_item(member.proposal),
        "lift_reason": member.lift_reason,
        "issuing_since": member.issuing.since if member.issuing else 0,
        "issuing_level": int(member.issuing.level) if member.issuing else 0,
        "owner_since": member.owner_since,
        "suspension": member.suspension,
        "member_since": 0 if member.member_since == millis(member.joined_at) else member.member_since,  # 0 is not stored
    }
    return {
        **member_key(member.circle_id, member.user_id).attributes(),
        "circle_id": member.circle_id,
        "user_id": member.user_id,
        "role": str(member.role),
        "state": str(member.state),
        "joined_at": millis(member.joined_at),
        "version": member.version,
        "passcode_id": member.passcode_id,
        "invited_by": member.invited_by,
        **_index_keys(member),
        **appearance_to_item(member),
        **member.trail.to_item(),
        **{name: value for name, value in optional.items() if value},
    }


def _index_keys(member: Member) -> Item:
    keys = {"gsi1pk": f"USER#{member.user_id}", "gsi1sk": f"CIRCLE#{member.circle_id}"}
    if member.is_pending:
        keys |= {"gsi2pk": f"PENDING#{member.circle_id}", "gsi2sk": f"{rfc3339(member.joined_at)}#{member.user_id}"}
    return keys


def member_from_item(item: Item) -> Member:
    return Member(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        role=Role(item["role"]),
        state=MemberState(item["state"]),
        joined_at=from_millis(item["joined_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        passcode_id=item["passcode_id"],
        invited_by=item["invited_by"],
        sanction=sanction_from_item(item.get("sanction")),
        mute=sanction_from_item(item.get("mute")),
        pending_step=PendingStep(item["pending_step"]) if "pending_step" in item else None,
        answers=tuple(item.get("answers", ())),
        approved_at=from_millis(item["approved_at"]) if "approved_at" in item else None,
        trust=Trust(item.get("trust", 0)),
        request_text=item.get("request_text", ""),
        erased=item.get("erased", False),
        is_account_deleted=item.get("is_account_deleted", False),
        issuing=_issuing_from_item(item),
        owner_since=item.get("owner_since", 0),
        suspension=item.get("suspension", 0),
        member_since=member_since_of(item),
        was_member=item.get("was_member", False),
        appearance=appearance_from_item(item),
        trust_blocked_until=from_millis(item["trust_blocked_until"]) if "trust_blocked_until" in item else None,
        trust_blocked_by=Role(item.get("trust_blocked_by", Role.MEMBER)),
        role_set_at=from_millis(item["role_set_at"]) if "role_set_at" in item else None,
        proposal=role_proposal_from_item(item.get("role_proposal")),
        lift_reason=item.get("lift_reason", ""),
    )


def member_since_of(item: Item) -> int:
    """Return when the user became a member, in milliseconds; as a rule it is when they joined."""
    since: int = item["member_since"] if "member_since" in item else item["joined_at"]
    return since


def _issuing_from_item(item: Item) -> IssuingRight | None:
    return IssuingRight(IssuingLevel(item["issuing_level"]), item["issuing_since"]) if "issuing_since" in item else None


def _circle_to_item(circle: Circle) -> Item:
    return {**circle_key(circle.id).attributes(), **circle_to_attributes(circle)}


CIRCLES = EntityStore(_circle_to_item, circle_from_item, CircleNotFound, counters=frozenset({"members"}))
MEMBERS = EntityStore(member_to_item, member_from_item, MemberNotFound)
