"""Returns (M12): who does what, until when, and what the schedule does after that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.domain.dispute import DisputeReason
from services.commerce.domain.money import Money
from services.commerce.domain.product_return import ReturnState
from services.commerce.domain.return_window import end_of_return_window
from services.shared.kernel.clock import CHINA
from simulation.setup.commerce import HAO, LIN, MEI
from tests.support.errors import error_code
from tests.usecases.commerce.claims import PARCEL, open_dispute, receive_units, received, refund, request_return

S = ReturnState
DAY_8 = datetime(2026, 3, 13, tzinfo=CHINA)  # after the receipt on 5 March


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
    receive_units(shop, one)
    assert refund(shop, order).state is OrderState.REFUNDED
    assert shop.current_listing().stock == stock
    assert shop.balances()[f"seller:{MEI.user_id}"] == shop.balances()["platform"] == 0


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


def test_m12_receiving_a_second_return_requests_its_refund_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request of the first return is open too: the schedule repeats it at its time."""
    shop, order = received(quantity=2)
    payments, references = shop.simulation.payments, list[str]()
    refund_at_provider = payments.refund

    def recorded(payment_id: str, money: Money, reference: str) -> None:
        references.append(reference)
        refund_at_provider(payment_id, money, reference)

    monkeypatch.setattr(payments, "refund", recorded)
    for _ in range(2):
        one = receive_units(shop, request_return(shop, order))
        commerce.receive_return(shop.ports, MEI, one.id)  # a repeat requests nothing
    assert references == [f"{order.id}.r1", f"{order.id}.r2"]
