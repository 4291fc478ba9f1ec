"""What the buyer of an order has received and kept. Circles decides by it who can post a show of a product."""

from __future__ import annotations

from dataclasses import dataclass

from services.commerce.domain.order import Order
from services.commerce.domain.order_line import OrderLine
from services.commerce.domain.order_state import DIVIDED, OrderState

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was received and not given back.

    kept_percent: how much of the price of the units that were not returned is still paid. A refund that is only requested
        does not count, an open chargeback does.
    returned: per line of the order, whether the seller has received all units back.
    """

    kept_percent: int
    returned: tuple[bool, ...]


def receipt_of(order: Order) -> Receipt | None:
    """Return what the buyer has received; None before the receipt. Of a refunded order nothing is kept."""
    returned = tuple(line.returned == line.quantity for line in order.lines)
    if order.state is OrderState.REFUNDED:
        return Receipt(0, returned)
    return Receipt(_kept_percent(order), returned) if order.state in DIVIDED else None


def has_receipt_changed(before: Order, after: Order) -> bool:
    """Whether a write changes what the buyer has received. An order that goes back before its receipt has none."""
    return receipt_of(before) != receipt_of(after) and not DIVIDED.isdisjoint({before.state, after.state})


def _kept_percent(order: Order) -> int:
    price = order.total.amount - sum(map(_price_of_returned, order.lines, order.line_discounts))
    return min(WHOLE, order.net.amount * WHOLE // price) if price > 0 else 0


def _price_of_returned(line: OrderLine, discount: int) -> int:
    """Return what was paid for the returned units of a line: as for a refund, the last unit has the rest of the division."""
    paid = line.total.amount - discount
    return paid if line.returned == line.quantity else paid // line.quantity * line.returned
