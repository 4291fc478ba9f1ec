"""Offers of circles, as circles tells of them, and what the platform says."""

from __future__ import annotations

from services.review.domain import Reviewer
from services.review.domain.succession import Succession, SuccessionState
from services.review.errors import SuccessionNotFound
from services.review.repository.applications import due_index_keys
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import AuditTrail
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned

QUEUE = "succession"


def succession_key(succession_id: str) -> Key:
    return Key(f"SUCCESSION#{succession_id}", "SUCCESSION")


def look_for(table: Table, succession_id: str) -> Versioned[Succession] | None:
    item = table.get(succession_key(succession_id), consistent_read=True)
    return Versioned(succession_from_item(item), item) if item else None


def find_succession(table: Table, succession_id: str) -> Versioned[Succession]:
    loaded = look_for(table, succession_id)
    if loaded is None:
        raise SuccessionNotFound
    return loaded


def succession_to_item(one: Succession) -> Item:
    item: Item = {
        **succession_key(one.id).attributes(),
        "id": one.id,
        "circle_id": one.circle_id,
        "owner": one.owner,
        "candidate": one.candidate,
        "kind": one.kind,
        "ends_at": millis(one.ends_at),
        "told": one.told,
        "version": one.version,
        "state": str(one.state),
        "person": one.person,
        "approvals": [{"user_id": by.user_id, "person": by.person} for by in one.approvals],
        "note": one.note,
        **one.trail.to_item(),
    }
    if one.due_at:
        item |= {"due_at": millis(one.due_at), **due_index_keys(QUEUE, one.due_at, one.id)}
    return item


def succession_from_item(item: Item) -> Succession:
    return Succession(
        id=item["id"],
        circle_id=item["circle_id"],
        owner=item["owner"],
        candidate=item["candidate"],
        kind=item["kind"],
        ends_at=from_millis(item["ends_at"]),
        told=item["told"],
        version=item["version"],
        trail=AuditTrail.from_item(item),
        state=SuccessionState(item["state"]),
        person=item["person"],
        approvals=tuple(Reviewer(**by) for by in item["approvals"]),
        note=item["note"],
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
    )
