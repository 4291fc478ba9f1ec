"""Rulings on disputes (M13): each is applied once, refunds at most what is left, and ends the freeze."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.domain.dispute import DisputeReason, DisputeState
from services.shared.messaging.events import DisputeChanged
from simulation.setup.commerce import HAO, MEI, Shop
from simulation.streams import all_changes, deliver, published_events
from tests.support.errors import error_code
from tests.usecases.commerce.claims import IN_STATE, merchant, open_dispute, paid, rule, shipped

S, R = OrderState, DisputeReason


@pytest.mark.parametrize("amount", [0, 1, 3_333, 10_000, 20_000])
@pytest.mark.parametrize("state", [S.PAID, S.SHIPPED, S.RECEIVED])
def test_m13_a_ruling_refunds_at_most_what_is_left_and_ends_the_freeze(state: OrderState, amount: int) -> None:
    shop = merchant(stock=5)
    order = IN_STATE[state](shop)
    dispute = open_dispute(shop, order, R.NOT_RECEIVED if state is S.PAID else R.NOT_AS_DESCRIBED)
    rule(shop, dispute, amount)
    after, ruled = shop.current_order(order), commerce.get_dispute(shop.ports, HAO, dispute.id)
    assert (ruled.state, ruled.refunded, ruled.ruling) == (DisputeState.RULED, min(amount, 10_000), "物流显示未妥投。")
    assert (after.refunds.requested, after.is_frozen) == (min(amount, 10_000), False)
    is_given_up = state is S.PAID and amount >= 10_000
    assert after.state is (S.REFUNDING if is_given_up else state)
    assert shop.current_listing().stock == (5 if is_given_up else 4), "units that were not shipped return to stock"
    assert sum(money.amount for money in shop.simulation.payments.refunded.values()) == min(amount, 10_000)


@pytest.mark.parametrize("times", [1, 3])
def test_m13_a_repeated_ruling_refunds_once(times: int) -> None:
    shop = merchant()
    order = shipped(shop)
    event = rule(shop, open_dispute(shop, order), 4_000)
    for _ in range(times):
        deliver(shop.simulation, "commerce", event)
    assert shop.current_order(order).refunds.number == 1


def test_m13_a_ruling_after_the_withdrawal_changes_nothing() -> None:
    shop = merchant()
    order = shipped(shop)
    dispute = open_dispute(shop, order)
    commerce.withdraw_dispute(shop.ports, HAO, dispute.id)
    rule(shop, dispute, 10_000)
    assert shop.current_order(order).refunds.number == 0
    assert commerce.get_dispute(shop.ports, HAO, dispute.id).state is DisputeState.WITHDRAWN


def test_m13_a_withdrawal_after_the_ruling_is_denied() -> None:
    shop = merchant()
    dispute = open_dispute(shop, shipped(shop))
    rule(shop, dispute, 0)
    assert error_code(lambda: commerce.withdraw_dispute(shop.ports, HAO, dispute.id)) == "dispute-state-conflict"


def test_m13_a_ruling_of_an_earlier_dispute_does_not_end_a_later_one() -> None:
    shop = merchant()
    order = shipped(shop)
    first = open_dispute(shop, order)
    commerce.withdraw_dispute(shop.ports, HAO, first.id)
    second = open_dispute(shop, order)
    rule(shop, first, 10_000)
    assert shop.current_order(order).dispute_id == second.id


def test_m13_a_ruling_about_an_unknown_dispute_changes_nothing() -> None:
    shop = merchant()
    order = shipped(shop)
    dispute = open_dispute(shop, order)
    rule(shop, dispute, 10_000, dispute_id="dsp_01KJY2E1M3VCCAMTQD8H0YG6RF")
    assert shop.current_order(order).dispute_id == dispute.id


STEPS: dict[str, Callable[[Shop, Order], object]] = {
    "refund at the provider": lambda shop, order: shop.refund(order, 6_000, number=9),
    "chargeback": lambda shop, order: shop.receive(order, "chargeback.opened", 7_000, chargeback_id="cb_1"),
}


@pytest.mark.parametrize("steps", [*permutations([*STEPS, "ruling"])])
def test_m13_a_ruling_never_refunds_more_than_refunds_and_chargebacks_leave(steps: tuple[str, ...]) -> None:
    shop = merchant()
    order = shipped(shop)
    dispute = open_dispute(shop, order)
    for step in steps:
        if step == "ruling":
            rule(shop, dispute, 8_000)
        else:
            STEPS[step](shop, order)
        after = shop.current_order(order)
        can_go_back = after.total.amount - after.refunded
        assert after.refunds.requested <= can_go_back
    assert sum(shop.balances().values()) == 0


def test_m13_a_whole_refund_at_the_provider_leaves_the_dispute_open_until_it_ends() -> None:
    shop = merchant()
    order = shipped(shop)
    dispute = open_dispute(shop, order)
    assert shop.refund(order).state is S.REFUNDED
    rule(shop, dispute, 10_000)
    after = shop.current_order(order)
    assert (after.state, after.refunds.number, after.is_frozen, after.due_at) == (S.REFUNDED, 0, False, None)


def test_m13_a_disputed_order_is_shipped_and_its_receipt_waits() -> None:
    shop = merchant()
    order = paid(shop)
    dispute = open_dispute(shop, order)
    assert commerce.ship_order(shop.ports, MEI, order.id).due_at is None
    shop.simulation.clock.advance(days=30)
    assert commerce.handle_schedule(shop.ports) == 0
    rule(shop, dispute, 0)
    assert shop.current_order(order).due_at == shop.simulation.clock.now + timedelta(days=3)


def test_m13_a_disputed_order_that_is_not_shipped_gives_the_money_back_in_time() -> None:
    shop = merchant()
    order = paid(shop)
    open_dispute(shop, order)
    shop.simulation.clock.now = order.due_at or shop.simulation.clock.now
    assert commerce.handle_schedule(shop.ports) == 1
    assert shop.current_order(order).state is S.REFUNDING


def test_m13_a_retry_returns_the_first_dispute() -> None:
    shop = merchant()
    order, key = shipped(shop), shop.new_key(HAO)
    dispute = open_dispute(shop, order, key=key)
    assert open_dispute(shop, order, key=key) == dispute


def test_m13_the_texts_are_erased_180_days_after_the_end() -> None:
    shop = merchant()
    dispute = open_dispute(shop, shipped(shop))
    commerce.answer_dispute(shop.ports, MEI, dispute.id, "已于周一妥投。")
    rule(shop, dispute, 0)
    shop.simulation.clock.advance(days=180, seconds=-1)
    commerce.handle_schedule(shop.ports)
    assert commerce.get_dispute(shop.ports, HAO, dispute.id).answer
    shop.simulation.clock.advance(seconds=1)
    commerce.handle_schedule(shop.ports)
    erased = commerce.get_dispute(shop.ports, HAO, dispute.id)
    assert (erased.statement, erased.answer, erased.ruling, erased.state) == ("", "", "", DisputeState.RULED)


def test_m13_an_open_dispute_is_not_erased() -> None:
    shop = merchant()
    dispute = open_dispute(shop, shipped(shop))
    shop.simulation.clock.advance(days=400)
    commerce.handle_schedule(shop.ports)
    assert commerce.get_dispute(shop.ports, HAO, dispute.id).statement


def test_m13_each_step_of_a_dispute_is_published_and_no_text() -> None:
    shop = merchant()
    dispute = open_dispute(shop, shipped(shop))
    commerce.answer_dispute(shop.ports, MEI, dispute.id, "已于周一妥投。")
    rule(shop, dispute, 100)
    published = published_events("commerce", all_changes(shop.simulation, "commerce"))
    found = [event for event in published if isinstance(event, DisputeChanged)]
    assert [(event.data.state, event.data.has_answer) for event in found] == [("open", False), ("open", True), ("ruled", True)]
    assert not any(text in event.model_dump_json() for event in found for text in ("没收到", "妥投"))
