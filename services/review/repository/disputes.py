"""Items of disputes of orders."""

from __future__ import annotations

from dataclasses import asdict

from services.review.domain import Reviewer
from services.review.domain.dispute import CLOSED, Dispute, Ruling, RulingState
from services.review.errors import DisputeNotFound
from services.review.repository.due_index import due_index_keys, list_entries
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

QUEUE, ERASE_QUEUE = "dispute", "dispute_erasure"
TEXTS = ("id", "order_id", "circle_id", "buyer", "seller", "owner", "reason", "currency")
NUMBERS = ("amount", "source_version", "version", "has_answer", "escalated")


def dispute_key(dispute_id: str) -> Key:
    return Key(f"DISPUTE#{dispute_id}", "DISPUTE")


def load_dispute(table: Table, dispute_id: str) -> Versioned[Dispute]:
    return DISPUTES.load(table, dispute_key(dispute_id))


def find_dispute(table: Table, dispute_id: str) -> Dispute | None:
    return DISPUTES.find(table, dispute_key(dispute_id), consistent_read=True)


def load_dispute_or(table: Table, new: Dispute) -> Versioned[Dispute]:
    """Load a dispute, or return `new` as the one that its first save creates."""
    return DISPUTES.load_or(table, dispute_key(new.id), new)


def list_open_disputes(table: Table, page: PageRequest) -> Page[Dispute]:
    """Return a page of the disputes that wait for a ruling: the escalated ones first, then the earliest due."""
    entries = list_entries(table, QUEUE, page)
    found = DISPUTES.find_many(table, [dispute_key(entry.id) for entry in entries.items])
    return entries.replace(dispute for dispute in found if dispute)


def dispute_to_item(dispute: Dispute) -> Item:
    item: Item = {
        **dispute_key(dispute.id).attributes(),
        **{name: getattr(dispute, name) for name in (*TEXTS, *NUMBERS)},
        "state": str(dispute.state),
        "opened_at": millis(dispute.opened_at),
        "proposers": [asdict(by) for by in dispute.proposers],
        **dispute.trail.to_item(),
    }
    if ruling := dispute.proposal:
        by = asdict(ruling.by)
        item["proposal"] = {"amount": ruling.amount, "note": ruling.note, "by": by, "at": millis(ruling.at)}
    if dispute.ratifier:
        item["ratifier"] = asdict(dispute.ratifier)
    if dispute.due_at:
        queue = ERASE_QUEUE if dispute.state in CLOSED else QUEUE
        is_escalated = dispute.escalated and queue == QUEUE
        keys = due_index_keys(queue, dispute.due_at, dispute.id, is_escalated=is_escalated)
        item |= {"due_at": millis(dispute.due_at), **keys}
    return item


def dispute_from_item(item: Item) -> Dispute:
    return Dispute(
        **{name: item[name] for name in (*TEXTS, *NUMBERS)},
        opened_at=from_millis(item["opened_at"]),
        trail=AuditTrail.from_item(item),
        state=RulingState(item["state"]),
        proposal=_ruling_from_item(item["proposal"]) if "proposal" in item else None,
        ratifier=Reviewer(**item["ratifier"]) if "ratifier" in item else None,
        proposers=tuple(Reviewer(**by) for by in item["proposers"]),
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
    )


def _ruling_from_item(ruling: Item) -> Ruling:
    return Ruling(ruling["amount"], ruling["note"], Reviewer(**ruling["by"]), from_millis(ruling["at"]))


DISPUTES = EntityStore(dispute_to_item, dispute_from_item, DisputeNotFound)
