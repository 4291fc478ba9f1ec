"""The units that can be returned, the parties of a return, and what is kept and published of it (M12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order
from services.commerce.domain.product_return import TRANSITIONS, ReturnLine, ReturnReason, ReturnState
from services.commerce.domain.shipment import Parcel
from services.commerce.settings import settings
from services.shared.kernel.clock import CHINA
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import OrderChanged, ReturnChanged
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.streams import all_changes, published_events
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.commerce.claims import PARCEL, paid, receive_units, received, request_return, shipped, shop_without_returns
from tests.usecases.commerce.coupon_shop import CouponShop

S = ReturnState
DAY_8 = datetime(2026, 3, 13, tzinfo=CHINA)  # after the receipt on 5 March


@pytest.mark.parametrize(
    ("first", "second", "code"), [(2, 1, "return-units-insufficient"), (1, 2, "return-units-insufficient")]
)
def test_m12_a_unit_has_one_open_return(first: int, second: int, code: str) -> None:
    shop, order = received(quantity=2)
    request_return(shop, order, first)
    assert error_code(lambda: request_return(shop, order, second)) == code


def test_m12_a_unit_that_was_returned_is_not_returned_again() -> None:
    shop, order = received(quantity=2)
    receive_units(shop, request_return(shop, order))
    assert error_code(lambda: request_return(shop, order, 2)) == "return-units-insufficient"
    assert request_return(shop, order).state is S.REQUESTED


def test_m12_units_that_were_bought_with_a_coupon_give_back_what_was_paid_exactly() -> None:
    shop = CouponShop()
    order = shop.pay(shop.order_with(shop.claimed(), quantity=3))
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    amounts = [receive_units(shop, request_return(shop, order)).amount for _ in range(3)]
    assert order.total.amount == 3 * 12_900 - 2_000
    assert amounts == [12_233, 12_233, 12_234]
    assert shop.current_order(order).refundable.amount == 0


def test_m12_two_returns_of_an_order_end_apart() -> None:
    shop, order = received(quantity=2)
    first, second = request_return(shop, order), request_return(shop, order)
    commerce.withdraw_return(shop.ports, HAO, first.id)
    assert shop.current_order(order).is_frozen
    receive_units(shop, second)
    assert not shop.current_order(order).is_frozen


def test_m12_a_seller_who_excludes_returns_gets_none() -> None:
    shop = shop_without_returns()
    _, order = received(shop)
    assert error_code(lambda: request_return(shop, order)) == "return-not-offered"


def test_m12_the_terms_are_those_of_the_placement() -> None:
    shop = Shop(ListingKind.MERCHANT, stock=2)
    order = shipped(shop)
    with overridden(settings, merchant_return_window=timedelta(0)):
        order = commerce.confirm_receipt(shop.ports, HAO, order.id)
        assert (order.return_days, order.returnable_until) == (7, DAY_8)
        assert request_return(shop, order).state is S.REQUESTED
        assert error_code(lambda: request_return(shop, received(shop)[1])) == "return-not-offered"


@pytest.mark.parametrize("step", [paid, shipped], ids=["paid", "shipped"])
def test_m12_an_order_that_was_not_received_is_not_returned(step: Callable[[Shop], Order]) -> None:
    shop = Shop(ListingKind.MERCHANT)
    order = step(shop)
    assert error_code(lambda: request_return(shop, order)) == "order-state-conflict"


def test_m12_no_one_but_the_parties_knows_a_return() -> None:
    shop, order = received()
    one = request_return(shop, order)
    for other in (LIN, caller("x")):
        acts = [
            partial(commerce.get_return, shop.ports, other, one.id),
            partial(commerce.withdraw_return, shop.ports, other, one.id),
            partial(commerce.decide_return, shop.ports, other, one.id, True, "好"),
            partial(commerce.send_return, shop.ports, other, one.id, PARCEL),
            partial(commerce.receive_return, shop.ports, other, one.id),
        ]
        assert [error_code(act) for act in acts] == ["not-found"] * 5
        assert error_code(lambda by=other: request_return(shop, order, by=by)) == "not-found"  # type: ignore[misc]
    assert error_code(lambda: commerce.decide_return(shop.ports, HAO, one.id, True, "好")) == "not-found"
    assert error_code(lambda: commerce.withdraw_return(shop.ports, MEI, one.id)) == "not-found"


def test_m12_a_line_that_the_order_does_not_have_is_not_returned() -> None:
    shop, order = received()
    lines = [ReturnLine(shop.listing.id, "red", 1)]
    with pytest.raises(errors.OrderNotFound):
        commerce.request_return(
            shop.ports, HAO, order.id, shop.new_key(HAO), lines=lines, reason=ReturnReason.OTHER, text="不合适。"
        )


def test_m12_a_retry_returns_the_first_request_also_after_its_end() -> None:
    shop, order = received()
    key = shop.new_key(HAO)
    one = request_return(shop, order, key=key)
    assert request_return(shop, order, key=key) == one
    withdrawn = commerce.withdraw_return(shop.ports, HAO, one.id)
    assert request_return(shop, order, key=key) == withdrawn == commerce.withdraw_return(shop.ports, HAO, one.id)
    other_body = key.__class__(key.user, key.route, key.value, key.at_ms, "other", key.secret)
    with pytest.raises(KeyReused):
        request_return(shop, order, key=other_body)


def test_m12_a_repeated_receipt_refunds_once() -> None:
    shop, order = received(quantity=2)
    one = request_return(shop, order)
    first = receive_units(shop, one)
    assert commerce.receive_return(shop.ports, MEI, one.id) == first
    assert shop.current_order(order).refunds.number == 1


def test_m12_a_refund_at_the_provider_since_leaves_the_rest() -> None:
    shop, order = received()
    one = request_return(shop, order)
    shop.refund(order, 4_000)
    assert receive_units(shop, one).amount == 6_000


def test_m12_lists_are_of_the_buyer_or_of_the_seller() -> None:
    shop, order = received(quantity=3)
    ids = [request_return(shop, order).id for _ in range(3)]
    page = PageRequest(10)
    assert [one.id for one in commerce.list_returns(shop.ports, HAO, page).items] == ids[::-1]
    assert [one.id for one in commerce.list_returns(shop.ports, MEI, page, sold=True).items] == ids[::-1]
    assert not commerce.list_returns(shop.ports, MEI, page).items
    assert not commerce.list_returns(shop.ports, LIN, page, sold=True).items


def test_m12_the_texts_are_erased_180_days_after_the_end() -> None:
    shop, order = received()
    one = request_return(shop, order)
    commerce.decide_return(shop.ports, MEI, one.id, False, "已拆封。")
    shop.simulation.clock.advance(days=180, seconds=-1)
    commerce.handle_schedule(shop.ports)
    assert commerce.get_return(shop.ports, HAO, one.id).note == "已拆封。"
    shop.simulation.clock.advance(seconds=1)
    commerce.handle_schedule(shop.ports)
    erased = commerce.get_return(shop.ports, HAO, one.id)
    assert (erased.text, erased.note, erased.parcel, erased.due_at, erased.state) == ("", "", Parcel(), None, S.REJECTED)


def test_m12_each_state_of_a_return_is_published_and_no_text() -> None:
    shop, order = received()
    receive_units(shop, request_return(shop, order))
    published = published_events("commerce", all_changes(shop.simulation, "commerce"))
    found = [event for event in published if isinstance(event, ReturnChanged)]
    assert [event.data.state for event in found] == ["requested", "approved", "sent", "received"]
    assert not any("划痕" in event.model_dump_json() or "顺丰" in event.model_dump_json() for event in found)
    assert [event.data.state for event in published if isinstance(event, OrderChanged)][-1] == "received"


def test_m12_each_state_has_a_way_out_or_is_an_end() -> None:
    assert set(TRANSITIONS) == set(ReturnState)
    assert {state for state, after in TRANSITIONS.items() if not after} == {S.REFUNDED, S.REJECTED, S.WITHDRAWN}
