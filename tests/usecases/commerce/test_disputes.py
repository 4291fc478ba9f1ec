"""Disputes (M13): they freeze an order, and end once, by the buyer's withdrawal or by the ruling of two reviewers."""

from __future__ import annotations

from functools import partial

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import OrderState
from services.commerce.domain.dispute import DisputeReason, DisputeState
from services.commerce.domain.order_freeze import DISPUTABLE
from services.shared.kernel.pages import PageRequest
from simulation.setup.commerce import HAO, LIN, MEI
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.commerce.claims import (
    IN_STATE,
    merchant,
    open_dispute,
    received,
    request_return,
    rule,
    shipped,
    shop_without_returns,
)

S, R = OrderState, DisputeReason


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


def test_m13_an_order_without_returns_is_disputed_before_receipt() -> None:
    shop = shop_without_returns()
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
