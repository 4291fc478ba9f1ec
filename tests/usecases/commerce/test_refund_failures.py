"""Refunds of an order that the provider does not make at once, and chargebacks of orders with requests."""

from __future__ import annotations

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState, RefundReason
from services.commerce.domain.money import Money
from services.commerce.errors import RefundAboveRefundable
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from tests.usecases.commerce.refunding import deliver, give_back, open_balances, requested, sell
from tests.usecases.commerce.test_failed_refunds import Unreliable, reports

S, R = OrderState, RefundReason
SELLER, OWNER = f"seller:{MEI.user_id}", f"owner:{LIN.user_id}"


def test_m9_a_refund_that_the_provider_does_not_take_is_repeated_by_the_schedule_and_is_one_case_after_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop, order = sell()
    provider = Unreliable(shop, monkeypatch)
    commerce.cancel_order(shop.ports, HAO, order.id)
    assert provider.references == [f"{order.id}.r1"], "at once, after the write"
    for minute in range(0, 120, 5):
        commerce.handle_schedule(shop.ports)
        assert len(reports(shop)) == (minute >= 60)
        shop.simulation.clock.advance(minutes=5)
    assert set(provider.references) == {f"{order.id}.r1"}
    assert len(provider.references) == 24
    [reported] = reports(shop)
    evidence = reported.data.evidence
    assert (reported.data.subject_id, evidence["order_id"], evidence["requested"]) == ("pay_0", order.id, 10_000)
    assert evidence["state"] == "refunding"
    provider.works = True
    commerce.handle_schedule(shop.ports)
    assert deliver(shop, order).state is S.REFUNDED


def test_m9_a_refund_that_the_provider_reports_as_failed_is_requested_anew_once() -> None:
    shop, order = sell(S.SHIPPED)
    give_back(shop, order, 2_500)
    del shop.simulation.payments.refunds[f"{order.id}.r1"]
    about = {"refund_id": "ref_1", "refund_reference": f"{order.id}.r1"}
    for _ in range(5):
        shop.receive(order, "refund.failed", 2_500, **about)
    assert shop.current_order(order).refundable.amount == 7_500, "it is still requested"
    assert commerce.handle_schedule(shop.ports) == 0, "after a pause"
    shop.simulation.clock.advance(minutes=5)
    assert commerce.handle_schedule(shop.ports) == 1
    assert requested(shop, order) == {"r2": 2_500}
    shop.receive(order, "refund.failed", 2_500, **about)
    after = deliver(shop, order)
    assert (after.refunded, after.refunds.requests) == (2_500, ())
    shop.receive(order, "refund.failed", 2_500, **(about | {"refund_reference": f"{order.id}.r2"}))
    shop.simulation.clock.advance(days=1)
    assert commerce.handle_schedule(shop.ports) == 0


def test_m9_a_refund_that_an_operator_makes_at_the_provider_ends_the_request_of_the_same_amount(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop, order = sell(S.SHIPPED)
    Unreliable(shop, monkeypatch)
    for amount in (1_000, 2_000):
        give_back(shop, order, amount)
    for _ in range(2):
        shop.refund(order, 2_000, number=7)
    after = shop.current_order(order)
    assert [request.amount for request in after.refunds.requests] == [1_000]
    assert (after.refunded, after.refundable.amount) == (2_000, 7_000)
    shop.refund(order, 7_500, number=8)
    after = shop.current_order(order)
    assert [(each.number, each.amount) for each in after.refunds.requests] == [(3, 500)], "no more than is left"
    shop.refund(order, 500, number=9)
    assert (shop.current_order(order).state, shop.current_order(order).refunds.requests) == (S.REFUNDED, ())


def test_m9_a_refund_of_another_payment_of_the_order_ends_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, order = sell(S.SHIPPED)
    shop.receive(order, amount=2_000, payment_id="pay_other", captured_at=shop.simulation.clock())
    Unreliable(shop, monkeypatch)
    give_back(shop, order, 2_000)
    shop.refund(order, 2_000, number=7, payment_id="pay_other")
    after = shop.current_order(order)
    assert ([request.amount for request in after.refunds.requests], after.refunded) == ([2_000], 0)


def charge_back(shop: Shop, order: Order, amount: int, state: str = "opened") -> Order:
    payments = shop.simulation.payments
    if state == "opened":
        payments.open_chargeback("pay_0", Money(amount, "CNY"))
    else:
        payments.close_chargeback("cb_1", state)
    shop.receive(order, f"chargeback.{state}", amount, chargeback_id="cb_1")
    return shop.current_order(order)


@pytest.mark.parametrize("decision", ["won", "lost"])
@pytest.mark.parametrize("charged", [4_000, 10_000])
def test_m9_a_cancelled_order_with_a_chargeback_gives_back_exactly_the_capture(charged: int, decision: str) -> None:
    shop, order = sell()
    assert charge_back(shop, order, charged).refundable.amount == 10_000 - charged
    assert commerce.cancel_order(shop.ports, HAO, order.id).state is S.REFUNDING
    assert sum(requested(shop, order).values()) == 10_000 - charged
    deliver(shop, order)
    after = charge_back(shop, order, charged, decision)
    assert after.state is (S.REFUNDING if decision == "won" else S.REFUNDED)
    commerce.handle_schedule(shop.ports)
    assert deliver(shop, order).state is S.REFUNDED
    assert sum(requested(shop, order).values()) == (10_000 if decision == "won" else 10_000 - charged)
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == 1


@pytest.mark.parametrize(("decision", "made"), [("won", {"r1": 6_000}), ("lost", {"r2": 3_000})])
def test_m9_a_request_waits_while_a_chargeback_holds_its_money(
    decision: str, made: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank was faster than our request. What it leaves of the payment goes back."""
    shop, order = sell(S.SHIPPED)
    provider = Unreliable(shop, monkeypatch)
    give_back(shop, order, 6_000)
    after = charge_back(shop, order, 7_000)
    assert (after.refundable.amount, after.acts_at) == (0, after.due_at)
    shop.simulation.clock.advance(hours=30)
    commerce.handle_schedule(shop.ports)
    assert provider.references == [f"{order.id}.r1"], "the provider would deny it"
    with pytest.raises(RefundAboveRefundable):
        give_back(shop, order, 1)
    provider.works = True
    charge_back(shop, order, 7_000, decision)
    commerce.handle_schedule(shop.ports)
    assert requested(shop, order) == made
    assert len(reports(shop)) == 1, "of the chargeback; a request that waited is not overdue"
    after = deliver(shop, order)
    assert after.refunded + sum(shop.simulation.payments.charged_back.values()) * (decision == "won") <= 10_000
    assert (after.state, after.refunds.requests) == (S.SHIPPED if decision == "won" else S.REFUNDED, ())
