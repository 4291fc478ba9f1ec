"""Circles and their members."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.circles.domain import (
    Awaits,
    Circle,
    CircleState,
    Member,
    MemberState,
    Role,
    Sanction,
    SanctionKind,
    Screening,
    Trust,
)
from services.circles.errors import CircleNotFound, MemberNotFound
from services.circles.repository.successions import offer_from_item, offer_to_item
from services.shared.kernel.clock import (
    from_millis,
    millis,
    parse,
    rfc3339,
)
from services.shared.security.account_status import NO_SANCTION, AccountStatus, SanctionLevel
from services.shared.security.audit import AuditTrail
from services.shared.table.port import (
    Item,
    Key,
    Page,
    Query,
    Table,
)
from services.shared.table.queries import query_all
from services.shared.table.versioned import Versioned

DUE = "CIRCLES"


def circle_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "CIRCLE")


def member_key(circle_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"MEMBER#{user_id}")


def find_circle(table: Table, circle_id: str) -> Versioned[Circle]:
    item = table.get(circle_key(circle_id), consistent_read=True)
    if item is None:
        raise CircleNotFound
    return Versioned(circle_from_item(item), item)


def look_at_circle(table: Table, circle_id: str) -> Circle:
    """A circle as a write inside it needs to know it: eventually read, half a unit."""
    circle = look_for_circle(table, circle_id)
    if circle is None:
        raise CircleNotFound
    return circle


def look_for_circle(table: Table, circle_id: str) -> Circle | None:
    item = table.get(circle_key(circle_id))
    return circle_from_item(item) if item else None


def find_member(table: Table, circle_id: str, user_id: str, *, consistent_read: bool = False) -> Versioned[Member] | None:
    item = table.get(member_key(circle_id, user_id), consistent_read=consistent_read)
    return Versioned(member_from_item(item), item) if item else None


def require_member(table: Table, circle_id: str, user_id: str) -> Member:
    """The membership that every use case inside a circle begins with: one read, whether the circle is there or not."""
    return require_in(find_member(table, circle_id, user_id))


def require_in(loaded: Versioned[Member] | None) -> Member:
    if loaded is None or not loaded.entity.is_in:
        raise CircleNotFound
    return loaded.entity


def find_target(table: Table, circle_id: str, user_id: str) -> Versioned[Member]:
    """Another member, to be changed."""
    loaded = find_member(table, circle_id, user_id, consistent_read=True)
    if loaded is None:
        raise MemberNotFound
    return loaded


def list_members(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"CIRCLE#{circle_id}", prefix="MEMBER#", limit=limit, start=start))


def iter_members(table: Table, circle_id: str) -> Iterator[Item]:
    """Every membership of a circle, past ones too, read strongly: a unit for some eight. For what is rare alone; an index would
    make every joining dearer."""
    return query_all(table, Query(pk=f"CIRCLE#{circle_id}", prefix="MEMBER#", limit=500, consistent_read=True))


def came_in_by(table: Table, circle_id: str, passcode_id: str) -> Iterator[str]:
    return (row["user_id"] for row in iter_members(table, circle_id) if row["passcode_id"] == passcode_id)


def list_pending(table: Table, circle_id: str, limit: int, start: Item | None) -> Page:
    """Keys of the memberships that wait, who came first first. A pending row stands here in the index instead of among the
    circles of its person, which they are not in yet."""
    return table.query(Query(pk=f"PENDING#{circle_id}", index="gsi1", limit=limit, start=start))


def list_circles(table: Table, user_id: str, limit: int, start: Item | None) -> Page:
    """Keys of the membership rows of a person, current and past."""
    return table.query(_circles_of(user_id, limit, start))


def _circles_of(user_id: str, limit: int, start: Item | None = None) -> Query:
    return Query(pk=f"USER#{user_id}", index="gsi1", limit=limit, start=start)


def list_joined(table: Table, user_id: str) -> Iterator[str]:
    """Every circle that somebody is or was in."""
    rows = query_all(table, _circles_of(user_id, 100))
    return (row["gsi1sk"].removeprefix("CIRCLE#") for row in rows)


def list_owned(table: Table, user_id: str) -> list[str]:
    """The circles that somebody owns now."""
    rows = [table.get(member_key(circle_id, user_id), consistent_read=True) for circle_id in list_joined(table, user_id)]
    return [row["circle_id"] for row in rows if row and row["role"] == Role.OWNER and row["state"] == MemberState.MEMBER]


def list_due(table: Table, at: datetime, most: int) -> list[str]:
    """Circles that the schedule is to look after, the longest overdue first."""
    page = table.query(Query(pk=DUE, index="gsi1", last=f"{rfc3339(at)}~", limit=most))
    return [row["pk"].removeprefix("CIRCLE#") for row in page.items]


def circle_to_item(circle: Circle) -> Item:
    item: Item = {
        **circle_key(circle.id).attributes(),
        "id": circle.id,
        "name": circle.name,
        "tags": list(circle.tags),
        "owner": circle.owner,
        "seat": circle.seat,
        "created_at": rfc3339(circle.created_at),
        "version": circle.version,
        "state": str(circle.state),
    }
    if circle.due_at:
        item |= {"gsi1pk": DUE, "gsi1sk": f"{rfc3339(circle.due_at)}#{circle.id}"}
    if circle.ends_at:
        item["ends_at"] = millis(circle.ends_at)
    if circle.offer:
        item["offer"] = offer_to_item(circle.offer)
    if circle.passed_over:
        item["passed_over"] = list(circle.passed_over)
    if circle.owner_removed:
        item["owner_removed"] = True
    if circle.screenings:
        item["screenings"] = circle.screenings
    if circle.screening:
        asked = circle.screening
        item["screening"] = {"rules": asked.rules, "questions": list(asked.questions), "approval": asked.approval}
    if circle.owner_version:
        until = circle.owner_standing.until
        item |= {"owner_level": str(circle.owner_standing.level), "owner_version": circle.owner_version}
        item |= {"owner_until": millis(until)} if until else {}
    return item


def circle_from_item(item: Item) -> Circle:
    until = from_millis(item["owner_until"]) if "owner_until" in item else None
    return Circle(
        id=item["id"],
        name=item["name"],
        tags=tuple(item["tags"]),
        owner=item["owner"],
        seat=item["seat"],
        created_at=parse(item["created_at"]),
        version=item["version"],
        state=CircleState(item["state"]),
        owner_standing=AccountStatus(SanctionLevel(item["owner_level"]), until) if "owner_level" in item else NO_SANCTION,
        owner_version=item.get("owner_version", 0),
        owner_removed=item.get("owner_removed", False),
        screening=_screening_from_item(item),
        screenings=item.get("screenings", 0),
        due_at=parse(item["gsi1sk"].partition("#")[0]) if "gsi1sk" in item else None,
        ends_at=from_millis(item["ends_at"]) if "ends_at" in item else None,
        offer=offer_from_item(item["offer"]) if "offer" in item else None,
        passed_over=tuple(item.get("passed_over", ())),
    )


def _screening_from_item(item: Item) -> Screening | None:
    if "screening" not in item:
        return None
    asked = item["screening"]
    return Screening(asked["rules"], tuple(asked["questions"]), asked["approval"], item["screenings"])


def member_to_item(member: Member) -> Item:
    item: Item = {
        **member_key(member.circle_id, member.user_id).attributes(),
        "circle_id": member.circle_id,
        "user_id": member.user_id,
        "role": str(member.role),
        "state": str(member.state),
        "joined_at": rfc3339(member.joined_at),
        "version": member.version,
        "passcode_id": member.passcode_id,
        "invited_by": member.invited_by,
        **_place(member),
        **member.trail.to_item(),
    }
    if member.awaits:
        item["awaits"] = str(member.awaits)
    if member.admitted_at:
        item["admitted_at"] = millis(member.admitted_at)
    if member.answers:
        item["answers"] = list(member.answers)
    if member.forgotten:
        item["forgotten"] = True
    if member.asked:
        item["asked"] = member.asked
    if member.trust:
        item["trust"] = int(member.trust)
    if member.distrusted_until:
        item["distrusted_until"] = millis(member.distrusted_until)
    under = {"sanction": member.sanction, "mute": member.mute}
    return item | {name: _sanction_to_item(one) for name, one in under.items() if one}


def _place(member: Member) -> Item:
    """Where the index has it."""
    if member.is_pending:
        return {"gsi1pk": f"PENDING#{member.circle_id}", "gsi1sk": f"{rfc3339(member.joined_at)}#{member.user_id}"}
    return {"gsi1pk": f"USER#{member.user_id}", "gsi1sk": f"CIRCLE#{member.circle_id}"}


def member_from_item(item: Item) -> Member:
    return Member(
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        role=Role(item["role"]),
        state=MemberState(item["state"]),
        joined_at=parse(item["joined_at"]),
        version=item["version"],
        trail=AuditTrail.from_item(item),
        passcode_id=item["passcode_id"],
        invited_by=item.get("invited_by", ""),
        sanction=_sanction_from_item(item["sanction"]) if "sanction" in item else None,
        mute=_sanction_from_item(item["mute"]) if "mute" in item else None,
        awaits=Awaits(item["awaits"]) if "awaits" in item else None,
        answers=tuple(item.get("answers", ())),
        admitted_at=from_millis(item["admitted_at"]) if "admitted_at" in item else None,
        trust=Trust(item.get("trust", 0)),
        asked=item.get("asked", ""),
        forgotten=item.get("forgotten", False),
        distrusted_until=from_millis(item["distrusted_until"]) if "distrusted_until" in item else None,
    )


def _sanction_to_item(sanction: Sanction) -> Item:
    return {
        "kind": str(sanction.kind),
        "reason": sanction.reason,
        "by": sanction.by,
        "at": millis(sanction.at),
        "until": millis(sanction.until) if sanction.until else None,
    }


def _sanction_from_item(item: Item) -> Sanction:
    until = from_millis(item["until"]) if item["until"] is not None else None
    return Sanction(SanctionKind(item["kind"]), item["reason"], item["by"], from_millis(item["at"]), until)
