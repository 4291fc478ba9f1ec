"""Payments that no order keeps go back by themselves: second ones, other amounts, other currencies, too late, of no order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.domain.payment import UnappliedPayment
from services.commerce.repository.balances import sum_balances
from services.commerce.repository.payments import payment_from_item
from services.commerce.settings import settings
from services.shared.kernel.errors import Invalid
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import CircleChanged, CircleData
from simulation.setup.commerce import HAO, LIN, MEI, Shop, end_of
from simulation.setup.events import envelope
from simulation.streams import deliver

SECOND = timedelta(seconds=1)
S = OrderState
NOW = datetime(2026, 8, 3, 12, tzinfo=UTC)


def expire(shop: Shop, order: Order) -> None:
    shop.simulation.clock.now = end_of(order)
    commerce.handle_schedule(shop.ports)


def capture(shop: Shop, order: Order, amount: int, payment_id: str = "pay_other", currency: str = "CNY") -> Order | None:
    """Report 5 times that another payment of the order was captured."""
    shop.simulation.payments.capture(payment_id, Money(amount, currency))
    more: dict[str, Any] = {"payment_id": payment_id, "currency": currency, "captured_at": shop.simulation.clock()}
    for _ in range(5):
        after = shop.receive(order, amount=amount, **more)
    return after


def require_returned(shop: Shop, order: Order, *refunds: Money) -> None:
    """Require that exactly these refunds are requested, and that nothing is left once the provider reports them, twice."""
    for _ in range(3):
        commerce.handle_schedule(shop.ports)
        shop.simulation.clock.advance(minutes=5)
    requested = shop.simulation.payments.refunded
    assert sorted(requested.values(), key=repr) == sorted(refunds, key=repr)
    assert any(balance for name, balance in shop.balances().items() if name.startswith("unapplied:"))
    for reference, money in list(requested.items()) * 2:
        payment_id, currency, _ = reference.split(".")
        more = {"payment_id": payment_id, "currency": currency, "refund_id": reference, "refund_reference": reference}
        shop.receive(order, "refund.succeeded", money.amount, **more)
    assert not any(balance for name, balance in shop.balances().items() if name.startswith("unapplied:"))
    shop.simulation.clock.advance(days=1)
    commerce.handle_schedule(shop.ports)
    assert len(shop.simulation.payments.refunded) == len(refunds)
    by_currency: Counter[str] = Counter()
    for name, balance in sum_balances(shop.simulation.memory("commerce").all_items()).items():
        by_currency[name.rpartition("#")[2]] += balance
    assert set(by_currency.values()) == {0}


def pay_and(*steps: str) -> Callable[[Shop, Order], None]:
    """Pay the order, and take these steps."""

    def prepare(shop: Shop, order: Order) -> None:
        shop.pay(order)
        if "ship" in steps:
            commerce.ship_order(shop.ports, MEI, order.id)
        if "confirm" in steps:
            commerce.confirm_receipt(shop.ports, HAO, order.id)
        if "refund" in steps:
            shop.refund(order)

    return prepare


STATES = {S.PAID: pay_and(), S.SHIPPED: pay_and("ship"), S.RECEIVED: pay_and("ship", "confirm"), S.REFUNDED: pay_and("refund")}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("payment_id", ["pay_other", "pay_0"])
def test_m7_a_second_capture_goes_back_once_and_is_in_the_ledger(state: OrderState, payment_id: str) -> None:
    """Of another payment, or of the payment that paid the order, with another amount."""
    shop = Shop(ListingKind.MERCHANT)
    order = shop.order()
    STATES[state](shop, order)
    before = shop.current_order(order)
    amount = order.total.amount + (payment_id == "pay_0")
    assert capture(shop, order, amount, payment_id) == shop.current_order(order)
    assert shop.balances()[f"unapplied:{payment_id}"] == -amount
    require_returned(shop, order, Money(amount, "CNY"))
    after = shop.current_order(order)
    assert (after.state, after.net, after.payment_id) == (before.state, before.net, before.payment_id)


@pytest.mark.parametrize(("amount", "currency"), [(1, "CNY"), (12_899, "CNY"), (12_901, "CNY"), (12_900, "USD")])
@pytest.mark.parametrize("is_expired", [False, True])
def test_m7_another_amount_or_currency_goes_back_and_the_order_can_still_be_paid(
    amount: int, currency: str, is_expired: bool
) -> None:
    shop = Shop()
    order = shop.order()
    if is_expired:
        expire(shop, order)
    state = shop.current_order(order).state
    capture(shop, order, amount, currency=currency)
    assert shop.current_order(order).state is state
    assert shop.pay(order).state is S.PAID
    require_returned(shop, order, Money(amount, currency))
    assert shop.current_order(order).state is S.PAID


def test_m7_a_payment_of_an_unknown_order_goes_back() -> None:
    shop = Shop()
    unknown = replace(shop.order(), id=new_id("ord"))
    assert capture(shop, unknown, 500) is None
    require_returned(shop, unknown, Money(500, "CNY"))


def test_m7_a_payment_of_a_late_order_that_is_refunding_goes_back_beside_the_late_one() -> None:
    shop = Shop()
    order = shop.order()
    expire(shop, order)
    shop.order(LIN)
    assert shop.pay(order).state is S.REFUNDING
    capture(shop, order, order.total.amount)
    require_returned(shop, order, order.total, order.total)
    assert shop.current_order(order).state is S.REFUNDED


def spoil(shop: Shop) -> None:
    """200 days later: off sale, 100 times the price, buyer and seller banned, the circle closed."""
    shop.simulation.clock.advance(days=200)
    shop.update_listing(1_290_000, on_sale=False)
    for user in (HAO, MEI):
        shop.set_account_status(user, "banned")
        shop.set_member(user, state="banned")
    data = CircleData(circle_id=shop.circle_id, name="观鸟", owner_id=LIN.user_id, state="closed")
    deliver(shop.simulation, "commerce", CircleChanged(**envelope(shop.simulation, shop.circle_id), data=data))


@pytest.mark.parametrize("is_expired", [True, False], ids=["expired", "the schedule is behind"])
def test_m7_a_payment_200_days_late_is_refunded_whether_or_not_the_schedule_has_run(is_expired: bool) -> None:
    shop = Shop()
    order = shop.order()
    if is_expired:
        expire(shop, order)
    spoil(shop)
    assert shop.pay(order).state is S.REFUNDING
    assert shop.current_listing().stock == 1
    require_returned(shop, order, order.total)
    assert shop.current_order(order).state is S.REFUNDED
    assert set(shop.balances().values()) == {0}


@pytest.mark.parametrize(("before_end", "is_in_time"), [(timedelta(milliseconds=1), True), (timedelta(0), False)])
@pytest.mark.parametrize("is_expired", [True, False], ids=["expired", "the schedule is behind"])
def test_m7_late_is_judged_by_the_time_of_capture_whenever_it_is_delivered(
    before_end: timedelta, is_in_time: bool, is_expired: bool
) -> None:
    """The price was raised after the order: a payment in time is for the price that was agreed, a late one is refunded."""
    shop = Shop()
    order = shop.order()
    shop.update_listing(12_901)
    if is_expired:
        expire(shop, order)
    shop.simulation.clock.advance(days=3)
    paid = shop.pay(order, end_of(order) - before_end)
    assert paid.state is (S.PAID if is_in_time else S.REFUNDING)
    assert shop.current_listing().stock == (0 if is_in_time else 1)
    commerce.handle_schedule(shop.ports)
    assert shop.current_order(order).state is paid.state


def test_m7_a_payment_in_time_is_refunded_if_the_released_units_are_sold() -> None:
    shop = Shop()
    order = shop.order()
    captured_at = end_of(order) - SECOND
    expire(shop, order)
    shop.order(LIN)
    assert shop.pay(order, captured_at).state is S.REFUNDING
    require_returned(shop, order, order.total)


def test_m7_a_late_payment_that_is_still_allowed_keeps_the_units_that_the_schedule_has_not_released() -> None:
    shop = Shop()
    order = shop.order()
    shop.simulation.clock.advance(days=1)
    assert shop.pay(order).state is S.PAID
    assert (commerce.handle_schedule(shop.ports), shop.current_listing().stock) == (0, 0)


@pytest.mark.parametrize("after_now", [timedelta(minutes=5, milliseconds=1), timedelta(days=365)])
@pytest.mark.parametrize("of_unknown_order", [False, True])
def test_m8_a_capture_in_the_future_is_an_error(after_now: timedelta, of_unknown_order: bool) -> None:
    shop = Shop()
    order = shop.order()
    if of_unknown_order:
        order = replace(order, id=new_id("ord"))
    with pytest.raises(Invalid):
        shop.pay(order, shop.simulation.clock() + after_now)
    assert shop.balances() == {}


def test_m8_a_capture_before_the_order_is_an_error_but_clocks_may_differ_by_5_minutes() -> None:
    shop = Shop()
    order = shop.order()
    for missing in (order.created_at - timedelta(minutes=5, milliseconds=1), None):
        with pytest.raises(Invalid):
            shop.receive(order, captured_at=missing)
    assert shop.pay(order, order.created_at - timedelta(minutes=5)).state is S.PAID


def test_m8_a_payment_without_an_order_keeps_its_own_record() -> None:
    shop = Shop()
    order = shop.order()
    shop.pay(order)
    capture(shop, order, 700)
    [item] = [item for item in shop.simulation.memory("commerce").all_items() if item["sk"].startswith("PAYMENT#")]
    payment = payment_from_item(item)
    assert (payment.balance, payment.requested, payment.due_at) == (700, 700, shop.simulation.clock())


def test_m7_an_early_run_of_the_schedule_keeps_when_reviewers_get_a_case() -> None:
    payment = UnappliedPayment("pay_1", "buyer", "ord_1", "cir_1", "CNY").refund(100, "", at=NOW)
    assert payment.schedule_retry(at=NOW).due_at == payment.due_at == NOW + settings().refund_case_after
