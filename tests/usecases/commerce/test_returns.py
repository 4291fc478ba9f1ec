"""Returns (M12): who does what, until when, and what happens when nobody does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.dispute import DisputeReason
from services.commerce.domain.product_return import TRANSITIONS, Return, ReturnLine, ReturnReason, ReturnState
from services.commerce.domain.return_window import end_of_return_window
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
from tests.usecases.commerce.claims import open_dispute, paid, received, request_return, shipped

S = ReturnState
PARCEL = Parcel("顺丰速运", "SF1234567890")
DAY_8 = datetime(2026, 3, 13, tzinfo=CHINA)  # after the receipt on 5 March


def refund(shop: Shop, order: Order) -> Order:
    """Let the provider confirm the oldest open request of the order."""
    (request, *_) = shop.current_order(order).refunds.requests
    return shop.refund(order, request.amount, request.number, refund_reference=f"{order.id}.r{request.number}")


@pytest.mark.parametrize(
    ("received_at", "days", "end"),
    [
        ("2026-03-05T12:00+08:00", 7, "2026-03-13T00:00+08:00"),
        ("2026-03-05T23:59:59+08:00", 7, "2026-03-13T00:00+08:00"),
        ("2026-03-06T00:00:00+08:00", 7, "2026-03-14T00:00+08:00"),
        ("2026-03-05T15:59:59+00:00", 7, "2026-03-13T00:00+08:00"),
        ("2026-03-05T16:00:00+00:00", 7, "2026-03-14T00:00+08:00"),
        ("2026-02-25T12:00+08:00", 7, "2026-03-05T00:00+08:00"),
        ("2026-03-05T12:00+08:00", 0, "2026-03-05T12:00+08:00"),
    ],
)
def test_m12_the_window_ends_with_day_7_in_china(received_at: str, days: int, end: str) -> None:
    assert end_of_return_window(datetime.fromisoformat(received_at), days) == datetime.fromisoformat(end)


def test_m12_day_7_at_the_last_second_is_in_time_and_day_8_is_not() -> None:
    shop, order = received()
    assert order.returnable_until == DAY_8
    shop.simulation.clock.now = (DAY_8 - timedelta(seconds=1)).astimezone(UTC)
    first = request_return(shop, order)
    commerce.withdraw_return(shop.ports, HAO, first.id)
    shop.simulation.clock.now = (DAY_8 - timedelta(milliseconds=1)).astimezone(UTC)
    assert error_code(lambda: request_return(shop, order)) == "return-window-ended"


def test_m12_a_return_goes_from_the_request_to_the_refund() -> None:
    shop, order = received(quantity=2)
    one = request_return(shop, order)
    assert shop.current_order(order).is_frozen
    assert commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。").state is S.APPROVED
    assert commerce.send_return(shop.ports, HAO, one.id, PARCEL).state is S.SENT
    after = commerce.receive_return(shop.ports, MEI, one.id)
    order = shop.current_order(order)
    assert (after.state, after.amount, order.refunds.requested, order.is_frozen) == (S.RECEIVED, 10_000, 10_000, False)
    assert [(line.returning, line.returned) for line in order.lines] == [(0, 1)]
    assert shop.simulation.payments.refunded == {f"{order.id}.r1": after_money(order)}
    shop.simulation.clock.advance(minutes=6)
    commerce.handle_schedule(shop.ports)
    assert commerce.get_return(shop.ports, HAO, one.id).state is S.RECEIVED, "the provider has not confirmed it"
    refund(shop, order)
    shop.simulation.clock.advance(minutes=6)
    commerce.handle_schedule(shop.ports)
    assert commerce.get_return(shop.ports, HAO, one.id).state is S.REFUNDED
    assert sum(shop.balances().values()) == 0


def after_money(order: Order) -> object:
    return order.lines[0].unit_price


def test_m12_a_return_of_all_units_refunds_the_order_and_gives_no_unit_back_to_stock() -> None:
    shop, order = received(quantity=2)
    stock = shop.current_listing().stock
    one = request_return(shop, order, 2)
    receive(shop, one)
    assert refund(shop, order).state is OrderState.REFUNDED
    assert shop.current_listing().stock == stock
    assert shop.balances()[f"seller:{MEI.user_id}"] == shop.balances()["platform"] == 0


def receive(shop: Shop, one: Return) -> Return:
    commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。")
    commerce.send_return(shop.ports, HAO, one.id, PARCEL)
    return commerce.receive_return(shop.ports, MEI, one.id)


def test_m12_a_seller_who_does_not_respond_in_48_hours_approves() -> None:
    shop, order = received()
    one = request_return(shop, order)
    shop.simulation.clock.advance(hours=48, seconds=-1)
    assert commerce.handle_schedule(shop.ports) == 0
    shop.simulation.clock.advance(seconds=1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.get_return(shop.ports, HAO, one.id).state is S.APPROVED
    assert error_code(lambda: commerce.decide_return(shop.ports, MEI, one.id, False, "不退。")) == "return-state-conflict"


def test_m12_a_buyer_who_does_not_send_in_7_days_keeps_the_units() -> None:
    shop, order = received()
    one = request_return(shop, order)
    commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。")
    shop.simulation.clock.advance(days=7, seconds=-1)
    assert commerce.handle_schedule(shop.ports) == 0
    shop.simulation.clock.advance(seconds=1)
    commerce.handle_schedule(shop.ports)
    assert commerce.get_return(shop.ports, HAO, one.id).state is S.WITHDRAWN
    assert not shop.current_order(order).is_frozen


def test_m12_a_seller_who_does_not_confirm_in_10_days_has_received() -> None:
    shop, order = received()
    one = request_return(shop, order)
    commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。")
    commerce.send_return(shop.ports, HAO, one.id, PARCEL)
    shop.simulation.clock.advance(days=10, seconds=-1)
    assert commerce.handle_schedule(shop.ports) == 0
    shop.simulation.clock.advance(seconds=1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.get_return(shop.ports, HAO, one.id).state is S.RECEIVED
    assert shop.current_order(order).refunds.requested == 10_000


def test_m12_an_open_return_holds_the_release_of_shares() -> None:
    shop, order = received()
    one = request_return(shop, order)
    shop.simulation.clock.advance(hours=47)
    commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。")
    shop.simulation.clock.now = DAY_8.astimezone(UTC)
    assert commerce.handle_schedule(shop.ports) == 0
    assert shop.balances()[f"commission-pending:{LIN.user_id}"] == -300
    commerce.withdraw_return(shop.ports, HAO, one.id)
    assert commerce.handle_schedule(shop.ports) == 1
    assert shop.balances()[f"owner:{LIN.user_id}"] == -300


def test_m12_a_rejected_return_leaves_time_for_a_dispute_before_the_shares_are_released() -> None:
    shop, order = received()
    shop.simulation.clock.now = (DAY_8 - timedelta(seconds=1)).astimezone(UTC)
    one = request_return(shop, order)
    shop.simulation.clock.advance(hours=47)
    commerce.decide_return(shop.ports, MEI, one.id, False, "已拆封。")
    shop.simulation.clock.advance(days=3, seconds=-1)
    assert commerce.handle_schedule(shop.ports) == 0
    dispute = open_dispute(shop, order, DisputeReason.RETURN_REJECTED)
    assert shop.current_order(order).dispute_id == dispute.id


def test_m12_after_that_time_there_is_no_dispute_about_it() -> None:
    shop, order = received()
    shop.simulation.clock.now = (DAY_8 - timedelta(seconds=1)).astimezone(UTC)
    commerce.decide_return(shop.ports, MEI, request_return(shop, order).id, False, "已拆封。")
    shop.simulation.clock.advance(days=3)
    assert error_code(lambda: open_dispute(shop, order, DisputeReason.RETURN_REJECTED)) == "dispute-not-allowed"
    assert commerce.handle_schedule(shop.ports) == 1, "the shares are released then, not before"


def test_m12_a_seller_rejects_nothing_after_the_time_to_respond_even_if_the_schedule_is_late() -> None:
    shop, order = received()
    one = request_return(shop, order)
    shop.simulation.clock.advance(hours=48)
    assert error_code(lambda: commerce.decide_return(shop.ports, MEI, one.id, False, "不退。")) == "return-state-conflict"
    assert commerce.decide_return(shop.ports, MEI, one.id, True, "请寄回。").state is S.APPROVED


@pytest.mark.parametrize(
    ("first", "second", "code"), [(2, 1, "return-units-insufficient"), (1, 2, "return-units-insufficient")]
)
def test_m12_a_unit_has_one_open_return(first: int, second: int, code: str) -> None:
    shop, order = received(quantity=2)
    request_return(shop, order, first)
    assert error_code(lambda: request_return(shop, order, second)) == code


def test_m12_a_unit_that_was_returned_is_not_returned_again() -> None:
    shop, order = received(quantity=2)
    receive(shop, request_return(shop, order))
    assert error_code(lambda: request_return(shop, order, 2)) == "return-units-insufficient"
    assert request_return(shop, order).state is S.REQUESTED


def test_m12_two_returns_of_an_order_end_apart() -> None:
    shop, order = received(quantity=2)
    first, second = request_return(shop, order), request_return(shop, order)
    commerce.withdraw_return(shop.ports, HAO, first.id)
    assert shop.current_order(order).is_frozen
    receive(shop, second)
    assert not shop.current_order(order).is_frozen


def test_m12_c2c_has_no_returns() -> None:
    shop = Shop(ListingKind.C2C)
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
    first = receive(shop, one)
    assert commerce.receive_return(shop.ports, MEI, one.id) == first
    assert shop.current_order(order).refunds.number == 1


def test_m12_a_refund_at_the_provider_since_leaves_the_rest() -> None:
    shop, order = received()
    one = request_return(shop, order)
    shop.refund(order, 4_000)
    assert receive(shop, one).amount == 6_000


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
    receive(shop, request_return(shop, order))
    published = published_events("commerce", all_changes(shop.simulation, "commerce"))
    found = [event for event in published if isinstance(event, ReturnChanged)]
    assert [event.data.state for event in found] == ["requested", "approved", "sent", "received"]
    assert not any("划痕" in event.model_dump_json() or "顺丰" in event.model_dump_json() for event in found)
    assert [event.data.state for event in published if isinstance(event, OrderChanged)][-1] == "received"


def test_m12_each_state_has_a_way_out_or_is_an_end() -> None:
    assert set(TRANSITIONS) == set(ReturnState)
    assert {state for state, after in TRANSITIONS.items() if not after} == {S.REFUNDED, S.REJECTED, S.WITHDRAWN}
