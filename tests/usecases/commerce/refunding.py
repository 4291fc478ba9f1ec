"""Orders up to a state, refunds that their seller gives, and the events of what the provider has made on request."""

from __future__ import annotations

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState, RefundReason
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import Event, OrderChanged
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.streams import all_changes, published_events

S, R = OrderState, RefundReason
SELLER, OWNER = f"seller:{MEI.user_id}", f"owner:{LIN.user_id}"


def sell(until: OrderState = S.PAID, amount: int = 10_000) -> tuple[Shop, Order]:
    shop = Shop(ListingKind.MERCHANT, amount=amount)
    order = shop.order()
    if until is not S.RESERVED:
        shop.pay(order)
    if until in (S.SHIPPED, S.RECEIVED, S.COMPLETED):
        commerce.ship_order(shop.ports, MEI, order.id)
    if until in (S.RECEIVED, S.COMPLETED):
        commerce.confirm_receipt(shop.ports, HAO, order.id)
    if until is S.COMPLETED:
        shop.simulation.clock.advance(days=7)
        commerce.handle_schedule(shop.ports)
    after = shop.current_order(order)
    assert after.state is until
    return shop, after


def give_back(shop: Shop, order: Order, amount: int, key: IdempotencyKey | None = None, by: Caller = MEI) -> Order:
    return commerce.refund_order(shop.ports, by, order.id, key or shop.new_key(by), amount=amount)


def deliver(shop: Shop, order: Order, times: int = 2) -> Order:
    """Deliver the events of all refunds that the provider has made on request of the order."""
    for number, (reference, (payment_id, money)) in enumerate(list(shop.simulation.payments.refunds.items())):
        if reference.startswith(order.id):
            for _ in range(times):
                about = {"payment_id": payment_id, "refund_id": f"made_{number}", "refund_reference": reference}
                shop.receive(order, "refund.succeeded", money.amount, **about)
    return shop.current_order(order)


def requested(shop: Shop, order: Order) -> dict[str, int]:
    """Return the amounts of the refunds that the provider has made, by the end of their reference."""
    return {
        reference.removeprefix(f"{order.id}."): money.amount
        for reference, money in shop.simulation.payments.refunded.items()
        if reference.startswith(order.id)
    }


def open_balances(shop: Shop) -> dict[str, int]:
    return {name: balance for name, balance in shop.balances().items() if balance}


def all_events(shop: Shop) -> list[Event]:
    return published_events("commerce", all_changes(shop.simulation, "commerce"))


def states(shop: Shop) -> list[str]:
    return [event.data.state for event in all_events(shop) if isinstance(event, OrderChanged)]
