"""Refunds that were made at the provider, and webhook events in any order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.errors import OrderStateConflict
from services.commerce.repository.ledger import list_entries
from simulation.setup.commerce import HAO, LIN, MEI, Shop, end_of

S = OrderState
SELLER, OWNER, PENDING = f"seller:{MEI.user_id}", f"owner:{LIN.user_id}", f"commission-pending:{LIN.user_id}"
Step = Callable[[Shop, Order], Any]
STEPS: list[tuple[OrderState, Step]] = [
    (S.PAID, lambda shop, order: shop.pay(order)),
    (S.SHIPPED, lambda shop, order: commerce.ship_order(shop.ports, MEI, order.id)),
    (S.RECEIVED, lambda shop, order: commerce.confirm_receipt(shop.ports, HAO, order.id)),
    (S.COMPLETED, lambda shop, order: end_return_window(shop)),
]


def end_return_window(shop: Shop) -> None:
    shop.simulation.clock.advance(days=8)
    commerce.handle_schedule(shop.ports)


def sell(until: OrderState = S.COMPLETED, refund_in: OrderState | None = None, *amounts: int) -> tuple[Shop, Order]:
    """Sell something for 100 yuan up to a state. In one of them the provider refunds these amounts, each delivered twice."""
    shop = Shop(ListingKind.MERCHANT, amount=10_000)
    order = shop.order()
    for state, step in STEPS:
        step(shop, order)
        for number, amount in enumerate(amounts if state is refund_in else ()):
            for _ in range(2):
                shop.refund(order, amount, number)
        if state is until:
            break
    return shop, shop.current_order(order)


def open_balances(shop: Shop) -> dict[str, int]:
    return {name: balance for name, balance in shop.balances().items() if balance}


@pytest.mark.parametrize("state", [state for state, _ in STEPS])
@pytest.mark.parametrize("amounts", [(10_000,), (4_000, 6_000), (3_333, 3_333, 3_334)])
def test_m9_a_refund_in_full_at_the_provider_takes_back_all_shares_in_every_state(
    state: OrderState, amounts: Sequence[int]
) -> None:
    """Also after a release, where the accounts of seller and owner become negative if they were paid out."""
    shop, order = sell(state, state, *amounts)
    assert (order.state, order.due_at, order.unpaid, order.net.amount) == (S.REFUNDED, None, frozenset(), 0)
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == (1 if state is S.PAID else 0), "units that were shipped are not in stock"
    shop.simulation.clock.advance(days=30)
    assert commerce.handle_schedule(shop.ports) == 0


@pytest.mark.parametrize("amounts", [(4_000,), (1_000, 3_000), (1, 3_999)])
def test_m16_a_refund_of_40_percent_claws_back_40_percent_whenever_it_is_made(amounts: Sequence[int]) -> None:
    results = []
    for state, _ in STEPS:
        shop, order = sell(S.COMPLETED, state, *amounts)
        assert (order.state, order.refunded) == (S.COMPLETED, 4_000)
        results.append(open_balances(shop))
    assert results == [{"cash": 6_000, SELLER: -5_520, "platform": -300, OWNER: -180}] * 4


def test_m16_a_refund_while_the_commission_is_pending_takes_it_from_what_is_pending() -> None:
    shop, _ = sell(S.RECEIVED, S.RECEIVED, 4_000)
    assert open_balances(shop) == {"cash": 6_000, SELLER: -5_520, "platform": -300, PENDING: -180}


def test_m16_a_refund_takes_from_the_seller_what_was_no_commission_of_the_owner() -> None:
    """The owner is the seller under another user, which is known only after the receipt."""
    shop, order = sell(S.RECEIVED)
    for user in (MEI, LIN):
        shop.set_identity(user, "one")
    end_return_window(shop)
    assert open_balances(shop) == {"cash": 10_000, SELLER: -9_500, "platform": -500}
    shop.refund(order, 4_000)
    assert open_balances(shop) == {"cash": 6_000, SELLER: -5_700, "platform": -300}


def test_m17_a_refund_takes_the_share_of_a_sanctioned_seller_from_what_is_pending() -> None:
    shop, order = sell(S.SHIPPED)
    shop.set_account_status(MEI, "suspended")
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    shop.refund(order, 4_000)
    assert open_balances(shop)[f"seller-pending:{MEI.user_id}"] == -5_520
    shop.set_account_status(MEI, "none")
    end_return_window(shop)
    assert open_balances(shop) == {"cash": 6_000, SELLER: -5_520, "platform": -300, OWNER: -180}


def test_m6_a_refunded_order_is_neither_shipped_nor_received_nor_paid_again() -> None:
    shop, order = sell(S.PAID, S.PAID, 10_000)
    for act in (
        lambda: commerce.ship_order(shop.ports, MEI, order.id),
        lambda: commerce.confirm_receipt(shop.ports, HAO, order.id),
        lambda: commerce.start_payment(shop.ports, HAO, order.id),
    ):
        with pytest.raises(OrderStateConflict):
            act()
    assert shop.pay(order).state is S.REFUNDED


def test_m9_a_refund_of_a_payment_that_commerce_does_not_know_is_booked_and_waits_for_its_capture() -> None:
    shop = Shop()
    order = shop.order()
    shop.refund(order, 500, payment_id="pay_other")
    assert open_balances(shop) == {"cash": -500, "unapplied:pay_other": 500}
    assert shop.current_order(order).state is S.RESERVED
    shop.receive(order, amount=500, payment_id="pay_other", captured_at=shop.simulation.clock())
    assert open_balances(shop) == {}
    shop.simulation.clock.advance(days=1)
    commerce.handle_schedule(shop.ports)
    assert shop.simulation.payments.refunded == {}


def events_of(shop: Shop, order: Order, *refunds: int, late: bool = False) -> list[Callable[[], Any]]:
    """Return the deliveries of the order's capture, of a second payment of 7 yuan, and of these refunds of the first.

    The provider has made all of that before the first delivery.
    """
    payments = shop.simulation.payments
    payments.capture("pay_other", Money(700, "CNY"))
    payment = payments.start_one(f"{order.buyer_id}/{order.id}", order.total)
    for number, amount in enumerate(refunds):
        if sum(refunds[: number + 1]) <= order.total.amount:
            payments.refund(payment.id, Money(amount, "CNY"), f"made at the provider {number}")
    captured_at = end_of(order) if late else order.created_at
    second: dict[str, Any] = {"payment_id": "pay_other", "captured_at": captured_at}
    return [
        partial(shop.pay, order, captured_at),
        partial(shop.receive, order, amount=700, **second),
        *(partial(shop.refund, order, amount, number) for number, amount in enumerate(refunds, 1)),
    ]


def outcome(shop: Shop, order: Order) -> tuple[Any, ...]:
    """Return the state after the schedule has requested what must go back, and the provider has reported it."""
    for _ in range(2):
        commerce.handle_schedule(shop.ports)
        shop.simulation.clock.advance(minutes=5)
        for reference, money in requested(shop).items():
            about = {"payment_id": reference.split(".")[0], "refund_id": reference, "refund_reference": reference}
            shop.receive(order, "refund.succeeded", money.amount, **about)
    after = shop.current_order(order)
    state = (after.state, after.refunded, after.due_at, after.payment_id)
    balances = {name: balance for name, balance in open_balances(shop).items() if not name.startswith("escrow")}
    return state, shop.current_listing().stock, balances, Counter(requested(shop).values())


def requested(shop: Shop) -> dict[str, Money]:
    """Return the refunds that commerce has requested, by reference."""
    refunded = shop.simulation.payments.refunded
    return {reference: money for reference, money in refunded.items() if reference.endswith((".1", ".2"))}


@pytest.mark.parametrize("refunds", [(), (4_000,), (4_000, 6_000), (10_000,), (9_000, 9_000)])
@pytest.mark.parametrize("how", ["in time", "late", "late and sold out"])
def test_m8_webhook_events_in_any_order_each_delivered_5_times_end_in_the_same_state(refunds: Sequence[int], how: str) -> None:
    """Also with the schedule between them."""
    outcomes = []
    for number, sequence in enumerate(permutations(range(2 + len(refunds)))):
        shop = Shop(ListingKind.MERCHANT, amount=10_000)
        order = shop.order()
        if how != "in time":
            shop.simulation.clock.now = end_of(order)
            commerce.handle_schedule(shop.ports)
        if how == "late and sold out":
            shop.order(LIN)
        events = events_of(shop, order, *refunds, late=how != "in time")
        deliveries = [events[which] for which in sequence] + random.Random(number).sample(events * 4, len(events) * 4)
        for delivery in deliveries:
            delivery()
            if number % 2 and sum(refunds) <= 10_000:  # when both refund at once, a wrong provider refunds still more
                commerce.handle_schedule(shop.ports)
        outcomes.append(outcome(shop, order))
    assert outcomes == [outcomes[0]] * len(outcomes)
    (state, refunded, *_), stock, balances, returned = outcomes[0]
    is_sold_out, total = how == "late and sold out", sum(refunds)
    assert state is (S.REFUNDED if is_sold_out or total >= 10_000 else S.PAID)
    assert refunded == (10_000 if is_sold_out else min(total, 10_000))
    assert stock == (1 if state is S.REFUNDED and not is_sold_out else 0)
    rest = [10_000 - total] if is_sold_out and total < 10_000 else []
    assert returned == Counter(Money(amount, "CNY") for amount in (700, *rest))
    assert balances.get("cash", 0) == (10_000 - total if state is S.PAID or total > 10_000 else 0)


def test_m8_each_capture_and_refund_is_one_ledger_entry() -> None:
    shop = Shop(amount=10_000)
    order = shop.order()
    for event in events_of(shop, order, 100, 200) * 5:
        event()
    entries = Counter(str(entry.reason) for entry in list_entries(shop.simulation.commerce_table, order.id))
    assert entries == {"capture": 2, "refund": 2}
