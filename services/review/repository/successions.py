"""Items of successions."""

from __future__ import annotations

from services.review.domain import Reviewer
from services.review.domain.succession import Succession, SuccessionState
from services.review.errors import SuccessionNotFound
from services.review.repository.due_index import due_index_keys, list_entries
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

QUEUE = "succession"


def succession_key(succession_id: str) -> Key:
    return Key(f"SUCCESSION#{succession_id}", "SUCCESSION")


def load_succession(table: Table, succession_id: str) -> Versioned[Succession]:
    return SUCCESSIONS.load(table, succession_key(succession_id))


def load_succession_or(table: Table, new: Succession) -> Versioned[Succession]:
    """Load a succession, or return `new` as the one that its first save creates."""
    return SUCCESSIONS.load_or(table, succession_key(new.id), new)


def list_successions(table: Table, page: PageRequest) -> Page[Succession]:
    """Return a page of the accepted successions, earliest due first."""
    entries = list_entries(table, QUEUE, page)
    found = SUCCESSIONS.find_many(table, [succession_key(entry.id) for entry in entries.items])
    return entries.replace(succession for succession in found if succession)


def succession_to_item(succession: Succession) -> Item:
    item: Item = {
        **succession_key(succession.id).attributes(),
        "id": succession.id,
        "circle_id": succession.circle_id,
        "owner": succession.owner,
        "candidate": succession.candidate,
        "kind": succession.kind,
        "offer_expires_at": millis(succession.expires_at),  # `expires_at` is the attribute by which the table deletes items
        "source_version": succession.source_version,
        "version": succession.version,
        "state": str(succession.state),
        "identity_hash": succession.identity_hash,
        "approvals": [{"user_id": by.user_id, "identity_hash": by.identity_hash} for by in succession.approvals],
        "note": succession.note,
        **succession.trail.to_item(),
    }
    if succession.due_at:
        item |= {"due_at": millis(succession.due_at), **due_index_keys(QUEUE, succession.due_at, succession.id)}
    return item


def succession_from_item(item: Item) -> Succession:
    return Succession(
        id=item["id"],
        circle_id=item["circle_id"],
        owner=item["owner"],
        candidate=item["candidate"],
        kind=item["kind"],
        expires_at=from_millis(item["offer_expires_at"]),
        source_version=item["source_version"],
        version=item["version"],
        trail=AuditTrail.from_item(item),
        state=SuccessionState(item["state"]),
        identity_hash=item["identity_hash"],
        approvals=tuple(Reviewer(**by) for by in item["approvals"]),
        note=item["note"],
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
    )


SUCCESSIONS = EntityStore(succession_to_item, succession_from_item, SuccessionNotFound)
