"""Items of disputes, stored by buyer, with the indexes by seller and of what is due."""

from __future__ import annotations

from services.commerce.domain.dispute import Dispute, DisputeReason, DisputeState
from services.commerce.domain.money import Money
from services.commerce.errors import DisputeNotFound
from services.commerce.repository.orders import SELLER_INDEX, Due, due_attributes
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

PREFIX = "DISPUTE#"
TEXTS = ("id", "order_id", "circle_id", "buyer_id", "seller_id", "owner_id", "statement", "answer", "ruling")
NUMBERS = ("refunded", "version")


def dispute_key(buyer_id: str, dispute_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{PREFIX}{dispute_id}")


def disputes_with_seller(seller_id: str) -> str:
    """Return the partition of the index that has the disputes with a seller."""
    return f"DISPUTES_WITH#{seller_id}"


def is_dispute_key(key: Due) -> bool:
    return key.sk.startswith(PREFIX)


def load_due_dispute(table: Table, key: Due) -> Versioned[Dispute]:
    return DISPUTES.load(table, key)


def load_dispute_of_buyer(table: Table, buyer_id: str, dispute_id: str) -> Versioned[Dispute]:
    return DISPUTES.load(table, dispute_key(buyer_id, dispute_id))


def load_dispute(table: Table, user_id: str, dispute_id: str) -> Versioned[Dispute]:
    """Load a dispute of a party: the buyer, or the seller, whose index has the key.

    Raises: DisputeNotFound.
    """
    if item := table.get(dispute_key(user_id, dispute_id), consistent_read=True):
        return DISPUTES.loaded(item)
    query = Query(pk=disputes_with_seller(user_id), first=dispute_id, last=dispute_id, index=SELLER_INDEX, limit=1)
    if not (items := table.query(query).items):
        raise DisputeNotFound
    return DISPUTES.load(table, Key.of(items[0]))


def list_disputes(table: Table, buyer_id: str, page: PageRequest) -> Page[Dispute]:
    """Return a page of the disputes that a buyer opened, newest first."""
    query = Query(pk=f"BUYER#{buyer_id}", prefix=PREFIX, limit=page.limit, start=page.start, newest_first=True)
    return DISPUTES.list(table, query)


def list_disputes_with_seller(table: Table, seller_id: str, page: PageRequest) -> Page[Dispute]:
    """Return a page of the disputes with a seller, newest first. The index holds keys only."""
    pk = disputes_with_seller(seller_id)
    query = Query(pk=pk, index=SELLER_INDEX, limit=page.limit, start=page.start, newest_first=True)
    return DISPUTES.list_by_index(table, query, consistent_read=True)


def dispute_to_item(dispute: Dispute) -> Item:
    item: Item = {
        **dispute_key(dispute.buyer_id, dispute.id).attributes(),
        **{name: getattr(dispute, name) for name in (*TEXTS, *NUMBERS)},
        "amount": dispute.amount.amount,
        "currency": dispute.amount.currency,
        "reason": str(dispute.reason),
        "state": str(dispute.state),
        "created_at": millis(dispute.created_at),
        "gsi1pk": disputes_with_seller(dispute.seller_id),
        "gsi1sk": dispute.id,
    }
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


DISPUTES = EntityStore(dispute_to_item, dispute_from_item, DisputeNotFound)
