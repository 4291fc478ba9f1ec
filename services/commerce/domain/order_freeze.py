"""How a dispute and a return freeze an order: it is not received by itself, and no share is released, until they have ended.

An order has at most one dispute at a time, none while units are being returned, and no return while it has a dispute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.commerce.domain.dispute import DisputeReason
from services.commerce.domain.order import Order
from services.commerce.domain.order_line import OrderLine
from services.commerce.domain.order_state import OrderState
from services.commerce.domain.product_return import ReturnLine
from services.commerce.errors import (
    DisputeNotAllowed,
    OrderFrozen,
    OrderNotFound,
    OrderStateConflict,
    ReturnNotOffered,
    ReturnUnitsInsufficient,
    ReturnWindowEnded,
)
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version

S = OrderState
DISPUTABLE: dict[DisputeReason, frozenset[OrderState]] = {
    DisputeReason.NOT_RECEIVED: frozenset({S.PAID, S.SHIPPED}),
    DisputeReason.NOT_AS_DESCRIBED: frozenset({S.SHIPPED, S.RECEIVED}),
    DisputeReason.RETURN_REJECTED: frozenset({S.RECEIVED}),
}
PAUSED = frozenset({S.SHIPPED, S.RECEIVED})  # the states whose end waits while the order is frozen


def open_dispute(order: Order, buyer_id: str, dispute_id: str, reason: DisputeReason, *, at: datetime) -> Order:
    """Freeze the order for a dispute.

    Raises: OrderNotFound (another user than the buyer), OrderFrozen, DisputeNotAllowed (not in this state, not in time, or as
    many disputes as an order can have).
    """
    if buyer_id != order.buyer_id:
        raise OrderNotFound
    order.require_not_frozen()
    is_allowed = order.state in DISPUTABLE[reason] and _is_in_time(order, reason, at)
    if not is_allowed or order.disputes >= settings().max_disputes:
        raise DisputeNotAllowed
    return _freeze(order, replace(order, dispute_id=dispute_id, disputes=order.disputes + 1), at)


def end_dispute(order: Order, dispute_id: str, *, at: datetime) -> Order:
    """End the freeze of a dispute. Unchanged if the order has another one."""
    return _resume(replace(order, dispute_id=""), at) if order.dispute_id == dispute_id else order


def request_return(order: Order, buyer_id: str, lines: Sequence[ReturnLine], *, at: datetime) -> Order:
    """Freeze the order for a return of these units.

    Raises: OrderNotFound (another user than the buyer, or the order has no such line), OrderStateConflict (not received),
    ReturnNotOffered (the terms have no returns, or the seller excluded them), ReturnWindowEnded, OrderFrozen (it has a
    dispute), ReturnUnitsInsufficient (units are returned or have an open return).
    """
    if buyer_id != order.buyer_id:
        raise OrderNotFound
    if order.state not in (S.RECEIVED, S.COMPLETED):
        raise OrderStateConflict(state=order.state_at(at))
    if not order.return_days or not all(_line_of(order, line).accepts_returns for line in lines):
        raise ReturnNotOffered
    if order.state is S.COMPLETED or not order.is_returnable(at):
        raise ReturnWindowEnded(days=order.return_days)
    if order.dispute_id:
        raise OrderFrozen
    return _freeze(order, _change_lines(order, lines, returning=1), at)


def end_return(order: Order, lines: Sequence[ReturnLine], *, at: datetime, is_rejected: bool = False) -> Order:
    """End the freeze of a return whose units stay with the buyer. After a rejection the buyer has time for a dispute."""
    after = _change_lines(order, lines, returning=-1)
    if is_rejected:
        after = replace(after, disputable_until=at + settings().freeze_grace)
    return _resume(after, at)


def receive_return(order: Order, lines: Sequence[ReturnLine], *, at: datetime) -> Order:
    """End the freeze of a return whose units the seller has received. The refund is requested in the same write."""
    return _resume(_change_lines(order, lines, returning=-1, returned=1), at)


def price_of(order: Order, lines: Sequence[ReturnLine]) -> int:
    """Return what the buyer paid for these units, in the minor unit, before the seller receives them back.

    What was paid for a line divides by its units, rounded down. The last unit that is returned has the rest, so that the
    prices of all units of an order sum to its total exactly.
    """
    wanted = {(line.listing_id, line.option_id): line.quantity for line in lines}
    for line in lines:
        _line_of(order, line)

    def price(line: OrderLine, discount: int) -> int:
        units = wanted.get((line.listing_id, line.option_id), 0)
        each, rest = divmod(line.total.amount - discount, line.quantity)
        return each * units + (rest if units and line.returned + units == line.quantity else 0)

    return sum(map(price, order.lines, order.line_discounts))


def _is_in_time(order: Order, reason: DisputeReason, at: datetime) -> bool:
    if order.state is S.PAID:
        return True
    if order.state is S.SHIPPED:
        return not order.is_due(at)  # it counts as received then, even if the schedule has not run yet
    if reason is DisputeReason.RETURN_REJECTED:
        return order.disputable_until is not None and at < order.disputable_until
    return order.is_returnable(at)


def _freeze(before: Order, after: Order, at: datetime) -> Order:
    """Stop the time of automatic receipt and release. `paused_due_at` has when the order would have been due.

    The time of a paid order goes on: its end gives the money back.
    """
    after = replace(after, version=next_version(before.version, at))
    if before.is_frozen or before.state not in PAUSED:
        return after
    return replace(after, due_at=None, paused_due_at=before.due_at)


def _resume(order: Order, at: datetime) -> Order:
    """Make the order due again, unless something else freezes it. The buyer has a while before receipt or release."""
    after = replace(order, version=next_version(order.version, at))
    if order.is_frozen or order.paused_due_at is None:
        return after
    if order.state not in PAUSED:  # all of it went back at the provider meanwhile
        return replace(after, paused_due_at=None)
    wait = settings().freeze_grace if order.state is S.SHIPPED else (order.disputable_until or at) - at
    return replace(after, due_at=max(order.paused_due_at, at + wait), paused_due_at=None)


def _change_lines(order: Order, lines: Sequence[ReturnLine], *, returning: int, returned: int = 0) -> Order:
    for line in lines:
        _line_of(order, line)
    by_option = {(line.listing_id, line.option_id): line.quantity for line in lines}

    def change(line: OrderLine) -> OrderLine:
        quantity = by_option.get((line.listing_id, line.option_id), 0)
        after = replace(line, returning=line.returning + returning * quantity, returned=line.returned + returned * quantity)
        if after.returning + after.returned > line.quantity:
            raise ReturnUnitsInsufficient
        return after

    return replace(order, lines=tuple(map(change, order.lines)))


def _line_of(order: Order, wanted: ReturnLine) -> OrderLine:
    """Return the line of these units. Raises: OrderNotFound."""
    for line in order.lines:
        if (line.listing_id, line.option_id) == (wanted.listing_id, wanted.option_id):
            return line
    raise OrderNotFound
