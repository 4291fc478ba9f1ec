"""What decides about the start of a payment, read in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.commerce.domain import Order
from services.commerce.domain.circle import Member
from services.commerce.repository.circles import member_from_item, member_key
from services.commerce.repository.orders import order_from_item, order_key
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.rate_limits import Slot


@dataclass(frozen=True, slots=True)
class Payable:
    """The orders that a buyer wants to pay, and the buyer's membership; None for what does not exist."""

    buyer: Member | None
    orders: Sequence[Order | None]


def get_payable(table: Table, circle_id: str, buyer_id: str, order_ids: Sequence[str], slot: Slot) -> Payable:
    """Return the orders and the membership, and load the slot. All reads are consistent, because the orders' must be.

    Cost: 2 read units, and 1 per order.
    """
    of_buyer, keys = member_key(circle_id, buyer_id), [order_key(buyer_id, order_id) for order_id in order_ids]
    items = get_all(table, [of_buyer, slot.key, *keys], consistent_read=True)
    slot.load(items.get(slot.key))
    buyer = member_from_item(circle_id, buyer_id, items[of_buyer]) if of_buyer in items else None
    return Payable(buyer, [order_from_item(items[key]) if key in items else None for key in keys])


def get_buyer(table: Table, circle_id: str, buyer_id: str, slot: Slot) -> Member | None:
    """Return the membership of the buyer of an order that was read, and load the slot. Cost: 2 read units."""
    return get_payable(table, circle_id, buyer_id, [], slot).buyer
