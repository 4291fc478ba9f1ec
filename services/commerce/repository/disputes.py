"""Items of disputes, stored by buyer, with the indexes by seller and of what is due."""

from __future__ import annotations

from services.commerce.domain.dispute import Dispute, DisputeReason, DisputeState
from services.commerce.domain.money import Money
from services.commerce.errors import DisputeNotFound
from services.commerce.repository.orders import due_attributes
from services.commerce.repository.party_store import PartyStore
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item

TEXTS = ("id", "order_id", "circle_id", "buyer_id", "seller_id", "owner_id", "statement", "answer", "ruling")
NUMBERS = ("refunded", "version")


def dispute_to_item(dispute: Dispute) -> Item:
    item: Item = {
        **DISPUTES.key(dispute.buyer_id, dispute.id).attributes(),
        **{name: getattr(dispute, name) for name in (*TEXTS, *NUMBERS)},
        "amount": dispute.amount.amount,
        "currency": dispute.amount.currency,
        "reason": str(dispute.reason),
        "state": str(dispute.state),
        "created_at": millis(dispute.created_at),
        **DISPUTES.seller_attributes(dispute.seller_id, dispute.id),
    }
    if dispute.waits_for_seller:
        item |= DISPUTES.waiting_attributes(dispute.seller_id, dispute.id)
    return item | due_attributes(dispute.due_at, dispute.order_id, dispute.id)


def dispute_from_item(item: Item) -> Dispute:
    return Dispute(
        **{name: item[name] for name in (*TEXTS, *NUMBERS)},
        amount=Money(item["amount"], item["currency"]),
        reason=DisputeReason(item["reason"]),
        state=DisputeState(item["state"]),
        created_at=from_millis(item["created_at"]),
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
    )


DISPUTES = PartyStore(dispute_to_item, dispute_from_item, DisputeNotFound, prefix="DISPUTE#", seller_prefix="DISPUTES_WITH#")
