"""Disputes (M13): they freeze an order, and end once, by the buyer's withdrawal or by the ruling of two reviewers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import permutations

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.dispute import DisputeReason, DisputeState
from services.commerce.domain.order_freeze import DISPUTABLE
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import DisputeChanged
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.streams import all_changes, deliver, published_events
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.commerce.claims import open_dispute, paid, received, request_return, rule, shipped

S, R = OrderState, DisputeReason


def merchant(stock: int = 5) -> Shop:
    return Shop(ListingKind.MERCHANT, stock=stock, amount=10_000)


def completed(shop: Shop) -> Order:
    _, order = received(shop)
    shop.simulation.clock.advance(days=9)
    commerce.handle_schedule(shop.ports)
    return shop.current_order(order)


IN_STATE: dict[OrderState, Callable[[Shop], Order]] = {
    S.RESERVED: lambda shop: shop.order(),
    S.PAID: paid,
    S.SHIPPED: shipped,
    S.RECEIVED: lambda shop: received(shop)[1],
    S.COMPLETED: completed,
    S.REFUNDED: lambda shop: shop.refund(paid(shop)),
}


@pytest.mark.parametrize("reason", [R.NOT_RECEIVED, R.NOT_AS_DESCRIBED])
@pytest.mark.parametrize("state", IN_STATE)
def test_m13_the_state_decides_what_can_be_disputed(state: OrderState, reason: DisputeReason) -> None:
    shop = merchant()
    order = IN_STATE[state](shop)
    if state in DISPUTABLE[reason]:
        assert open_dispute(shop, order, reason).state is DisputeState.OPEN
    else:
        assert error_code(lambda: open_dispute(shop, order, reason)) == "dispute-not-allowed"


@pytest.mark.parametrize("state", IN_STATE)
def test_m13_without_a_rejected_return_none_is_disputed(state: OrderState) -> None:
    shop = merchant()
    order = IN_STATE[state](shop)
    assert error_code(lambda: open_dispute(shop, order, R.RETURN_REJECTED)) == "dispute-not-allowed"


def test_m13_only_the_buyer_opens_a_dispute() -> None:
    shop = merchant()
    order = shipped(shop)
    for other in (MEI, LIN, caller("x")):
        assert error_code(lambda by=other: open_dispute(shop, order, by=by)) == "not-found"  # type: ignore[misc]


def test_m13_receipt_is_not_confirmed_automatically_while_disputed() -> None:
    shop = merchant()
    order = shipped(shop)
    dispute = open_dispute(shop, order)
    shop.simulation.clock.advance(days=30)
    assert commerce.handle_schedule(shop.ports) == 0
    assert shop.current_order(order).state is S.SHIPPED
    assert error_code(lambda: commerce.confirm_receipt(shop.ports, HAO, order.id)) == "order-frozen"
    commerce.withdraw_dispute(shop.ports, HAO, dispute.id)
    shop.simulation.clock.advance(days=3, seconds=-1)
    assert commerce.handle_schedule(shop.ports) == 0, "the buyer has 3 days after the end of the dispute"
    shop.simulation.clock.advance(seconds=1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert shop.current_order(order).state is S.RECEIVED


def test_m13_a_dispute_that_ends_early_does_not_move_the_automatic_receipt() -> None:
    shop = merchant()
    order = shipped(shop)
    commerce.withdraw_dispute(shop.ports, HAO, open_dispute(shop, order).id)
    assert shop.current_order(order).due_at == order.due_at


def test_m13_no_share_is_released_while_disputed() -> None:
    shop, order = received()
    dispute = open_dispute(shop, order, R.NOT_AS_DESCRIBED)
    shop.simulation.clock.advance(days=30)
    assert commerce.handle_schedule(shop.ports) == 0
    assert shop.balances()[f"commission-pending:{LIN.user_id}"] == -300
    rule(shop, dispute, 0)
    assert commerce.handle_schedule(shop.ports) == 1
    assert shop.balances()[f"owner:{LIN.user_id}"] == -300


def test_m13_a_dispute_after_the_release_is_denied() -> None:
    shop, order = received()
    shop.simulation.clock.advance(days=8)
    assert error_code(lambda: open_dispute(shop, order, R.NOT_AS_DESCRIBED)) == "dispute-not-allowed", "the schedule is late"
    commerce.handle_schedule(shop.ports)
    assert error_code(lambda: open_dispute(shop, order, R.NOT_AS_DESCRIBED)) == "dispute-not-allowed"


def test_m13_a_shipped_order_is_disputed_before_its_automatic_receipt_only() -> None:
    shop = merchant()
    order = shipped(shop)
    shop.simulation.clock.advance(days=10)
    assert error_code(lambda: open_dispute(shop, order)) == "dispute-not-allowed"


def test_m13_a_c2c_order_is_disputed_before_receipt() -> None:
    shop = Shop(ListingKind.C2C, stock=2)
    assert open_dispute(shop, shipped(shop)).state is DisputeState.OPEN
    _, order = received(shop)
    assert error_code(lambda: open_dispute(shop, order, R.NOT_AS_DESCRIBED)) == "dispute-not-allowed"


def test_m13_an_order_has_one_dispute_at_a_time_and_two_at_most() -> None:
    shop = merchant()
    order = shipped(shop)
    for _ in range(2):
        dispute = open_dispute(shop, order)
        assert error_code(lambda: open_dispute(shop, order)) == "order-frozen"
        commerce.withdraw_dispute(shop.ports, HAO, dispute.id)
    assert error_code(lambda: open_dispute(shop, order)) == "dispute-not-allowed"


def test_m13_an_order_has_a_dispute_or_a_return() -> None:
    shop, order = received(quantity=2)
    one = request_return(shop, order)
    assert error_code(lambda: open_dispute(shop, order, R.NOT_AS_DESCRIBED)) == "order-frozen"
    commerce.withdraw_return(shop.ports, HAO, one.id)
    open_dispute(shop, order, R.NOT_AS_DESCRIBED)
    assert error_code(lambda: request_return(shop, order)) == "order-frozen"


def test_m13_the_seller_answers_once() -> None:
    shop = merchant()
    dispute = open_dispute(shop, shipped(shop))
    answered = commerce.answer_dispute(shop.ports, MEI, dispute.id, "已于周一妥投。")
    assert commerce.answer_dispute(shop.ports, MEI, dispute.id, "已于周一妥投。") == answered
    assert error_code(lambda: commerce.answer_dispute(shop.ports, MEI, dispute.id, "改一下。")) == "dispute-state-conflict"
    for other in (HAO, LIN):
        assert error_code(lambda by=other: commerce.answer_dispute(shop.ports, by, dispute.id, "我来说。")) == "not-found"  # type: ignore[misc]


def test_m13_no_one_but_the_parties_reads_a_dispute_and_only_the_buyer_withdraws_it() -> None:
    shop = merchant()
    dispute = open_dispute(shop, shipped(shop))
    assert commerce.get_dispute(shop.ports, MEI, dispute.id) == commerce.get_dispute(shop.ports, HAO, dispute.id)
    for other in (LIN, caller("x")):
        assert error_code(partial(commerce.get_dispute, shop.ports, other, dispute.id)) == "not-found"
    for other in (LIN, MEI):
        assert error_code(partial(commerce.withdraw_dispute, shop.ports, other, dispute.id)) == "not-found"
    page = PageRequest(10)
    assert [one.id for one in commerce.list_disputes(shop.ports, HAO, page).items] == [dispute.id]
    assert [one.id for one in commerce.list_disputes(shop.ports, MEI, page, sold=True).items] == [dispute.id]
    assert not commerce.list_disputes(shop.ports, LIN, page, sold=True).items


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
