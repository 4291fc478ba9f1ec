"""Returns: the buyer requests and sends, the seller decides and receives. The schedule does what they do not do in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from services.commerce.domain import Order
from services.commerce.domain import order_freeze as freeze
from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason, ReturnState
from services.commerce.domain.receipt import has_receipt_changed
from services.commerce.domain.refund import RefundReason
from services.commerce.domain.shipment import Parcel
from services.commerce.repository import orders
from services.commerce.repository.returns import RETURNS
from services.commerce.settings import settings
from services.commerce.usecases.order_refunds import request_new_refunds
from services.commerce.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import ReceiptChanged, ReturnChanged
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, save, update


def request_return(
    ports: Ports,
    caller: Caller,
    order_id: str,
    key: IdempotencyKey,
    *,
    lines: Sequence[ReturnLine],
    reason: ReturnReason,
    text: str,
) -> Return:
    """Request to return units of a received order, and return the request. The order is frozen until the return has ended.

    The seller has 48 hours to respond; then the request is approved. A retry with the same key returns the first request.

    Cost: 9 write units (1 for the slot, 4 for the transaction, 4 for the indexes) and 2 read units.
    Raises: OrderNotFound (also if the order has no such line), OrderStateConflict, ReturnNotOffered, ReturnWindowEnded,
    OrderFrozen, ReturnUnitsInsufficient, KeyReused, RateLimitReached.
    """
    return_id = key.id("ret")

    def build() -> Changed[Return]:
        at, loaded = ports.clock(), orders.load_order(ports.table, caller.user_id, order_id)
        order = loaded.entity
        frozen = freeze.request_return(order, caller.user_id, lines, at=at)
        ids = (return_id, order.id, order.circle_id, order.buyer_id, order.seller_id)
        new = Return(*ids, tuple(lines), reason, text, created_at=at, version=0)
        return Changed(new.begin(), [ReturnChanged], [loaded.write(ports, frozen)])

    slot = Slot.of_key(ports, key, settings().rate("return"))
    return create(ports, key, slot, RETURNS, RETURNS.key(caller.user_id, return_id), build)


def get_return(ports: Ports, caller: Caller, return_id: str) -> Return:
    """Return a return to its buyer or seller.

    Cost: 1.5 read units for the buyer; 1.5 more for the seller.
    Raises: ReturnNotFound.
    """
    return RETURNS.load_of_party(ports.table, caller.user_id, return_id).entity


def list_returns(ports: Ports, caller: Caller, page: PageRequest, *, sold: bool = False) -> Page[Return]:
    """Return a page of the returns that the caller requested, or of those to the caller, newest first."""
    list_page = RETURNS.list_of_seller if sold else RETURNS.list_of_buyer
    return list_page(ports.table, caller.user_id, page)


def withdraw_return(ports: Ports, caller: Caller, return_id: str) -> Return:
    """End a request before its units are sent, for the buyer. Unchanged if it is withdrawn.

    Cost: 8 write units (4 for the transaction, 4 for the indexes) and 2.5 read units.
    Raises: ReturnNotFound (also for the seller), ReturnStateConflict.
    """
    return _change(ports, caller, return_id, lambda before: before.withdraw(caller.user_id, at=ports.clock()))


def decide_return(ports: Ports, caller: Caller, return_id: str, approves: bool, note: str) -> Return:
    """Approve or reject a request, for the seller. After a rejection the buyer has 3 days to open a dispute.

    Unchanged if it is repeated.

    Cost: 4 write units and 3 read units; 8 and 4 for a rejection.
    Raises: ReturnNotFound (also for the buyer), ReturnStateConflict.
    """
    return _change(ports, caller, return_id, lambda before: before.decide(caller.user_id, approves, note, at=ports.clock()))


def send_return(ports: Ports, caller: Caller, return_id: str, parcel: Parcel) -> Return:
    """Record how the buyer sends the units. After 10 days without an answer they count as received.

    Unchanged if they are sent.

    Cost: 4 write units and 1.5 read units.
    Raises: ReturnNotFound (also for the seller), ReturnStateConflict.
    """
    return _change(ports, caller, return_id, lambda before: before.send(caller.user_id, parcel, at=ports.clock()))


def receive_return(ports: Ports, caller: Caller, return_id: str) -> Return:
    """Record that the seller has the units back, and request the refund of their price. Unchanged if they are received.

    Cost: 8 write units (4 for the transaction, 4 for the indexes) and 4 read units.
    Raises: ReturnNotFound (also for the buyer), ReturnStateConflict.
    """
    changed: list[tuple[Order, Order]] = []

    def change(before: Return) -> Return | Changed[Return]:
        changed.clear()
        if before.state in (ReturnState.RECEIVED, ReturnState.REFUNDED) and before.seller_id == caller.user_id:
            return before
        received, order_before, order_after = _receive(ports, before, caller.user_id)
        changed.append((order_before, order_after))
        return received

    after = update(ports, partial(RETURNS.load_of_party, ports.table, caller.user_id, return_id), change)
    for both in changed:
        request_new_refunds(ports, *both)
    return after


def advance_return(ports: Ports, loaded: Versioned[Return]) -> bool:
    """Do what the parties did not do in time. False if the return is not due.

    The texts of a return that ended long ago are erased.
    """
    before, at = loaded.entity, ports.clock()
    if not before.is_due(at):
        return False
    match before.state:
        case ReturnState.REQUESTED:
            save(ports, loaded, before.decide(before.seller_id, True, "", at=at), ReturnChanged)
        case ReturnState.APPROVED:
            save(ports, loaded, _ended(ports, before, before.withdraw(before.buyer_id, at=at)))
        case ReturnState.SENT:
            received, order_before, order_after = _receive(ports, before, before.seller_id)
            save(ports, loaded, received)
            request_new_refunds(ports, order_before, order_after)
        case ReturnState.RECEIVED:
            return _complete(ports, loaded)
        case _:
            save(ports, loaded, before.erase_texts(at=at))
    return True


def _change(ports: Ports, caller: Caller, return_id: str, step: Callable[[Return], Return]) -> Return:
    def change(before: Return) -> Return | Changed[Return]:
        after = step(before)
        if after == before:
            return before
        return _ended(ports, before, after) if after.is_ended else Changed(after, [ReturnChanged])

    return update(ports, partial(RETURNS.load_of_party, ports.table, caller.user_id, return_id), change)


def _ended(ports: Ports, before: Return, after: Return) -> Changed[Return]:
    """Return a return that ends without the units, with the write that ends the freeze of its order."""
    loaded = orders.load_order(ports.table, before.buyer_id, before.order_id)
    is_rejected = after.state is ReturnState.REJECTED
    order = freeze.end_return(loaded.entity, before.lines, at=ports.clock(), is_rejected=is_rejected)
    return Changed(after, [ReturnChanged], [loaded.write(ports, order)])


def _receive(ports: Ports, before: Return, seller_id: str) -> tuple[Changed[Return], Order, Order]:
    """Return a received return, with the write that ends the freeze of its order and requests the refund; the order before
    and after it.

    A refund or chargeback since can leave less to refund than the price of the units.
    """
    at, loaded = ports.clock(), orders.load_order(ports.table, before.buyer_id, before.order_id)
    price = freeze.price_of(loaded.entity, before.lines)
    order = freeze.receive_return(loaded.entity, before.lines, at=at)
    amount = min(price, order.refundable.amount)
    if amount:
        order = order.request_refund(amount, RefundReason.RETURNED, at=at)
    write = loaded.write(ports, order, *([ReceiptChanged] if has_receipt_changed(loaded.entity, order) else []))
    return Changed(before.receive(seller_id, amount, at=at), [ReturnChanged], [write]), loaded.entity, order


def _complete(ports: Ports, loaded: Versioned[Return]) -> bool:
    """End a return once the provider has confirmed the refunds of the order's returns; look again later otherwise."""
    before, at = loaded.entity, ports.clock()
    order = orders.get_order(ports.table, before.buyer_id, before.order_id)
    if any(request.reason is RefundReason.RETURNED for request in order.refunds.requests):
        save(ports, loaded, before.postpone(at=at))
    else:
        save(ports, loaded, before.complete(at=at), ReturnChanged)
    return True
