"""The rules of an order without its ports: which step is allowed to which user, in which state, at which time and amount."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.commerce.domain import (
    IN_PERSON,
    TRANSITIONS,
    Listing,
    ListingKind,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    RefundReason,
    Shipment,
)
from services.commerce.domain.money import Money
from services.commerce.domain.party import Parties, Party
from services.commerce.domain.return_window import end_of_return_window
from services.commerce.errors import OrderNotFound, OrderStateConflict, RefundAboveRefundable, ShipmentFinal
from services.shared.kernel.errors import DomainError

NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)
INSTANT = timedelta(milliseconds=1)
PARTIES = Parties(Party("buyer"), Party("seller"), Party("owner"))
LISTING = Listing("lst_1", "cir_1", "seller", ListingKind.MERCHANT, "望远镜", Money(10_000, "CNY"), 9, NOW, 1, 1)
TOTAL = Money(20_000, "CNY")
S = OrderState
PARCEL = Parcel("顺丰速运", "SF1234567890")
SHIPMENT = Shipment(IN_PERSON, NOW)


def order(state: OrderState) -> Order:
    """Return an order of two units that is due now."""
    placed = Order.reserve("ord_1", "cir_1", [OrderLine.of(LISTING, 2)], PARTIES, ships_within=LISTING.ships_within, at=NOW)
    return replace(placed, state=state, payment_id="pay_1", due_at=NOW, returnable_until=NOW)


Step = Callable[[Order, datetime], Order]
# Each step with the states in which it is allowed, and whether only the schedule takes it, when the order is due.
STEPS: dict[str, tuple[Step, set[OrderState], bool]] = {
    "expire": (lambda order, at: order.expire(at=at), {S.RESERVED}, True),
    "pay": (lambda order, at: order.pay("pay_1", at=at), {S.RESERVED, S.EXPIRED}, False),
    "return_payment": (lambda order, at: order.return_payment("pay_1", at=at), {S.RESERVED, S.EXPIRED}, False),
    "complete_return": (lambda order, at: order.complete_return(at=at), {S.REFUNDING}, False),
    "refund": (lambda order, at: order.refund(20_000, at=at), {S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED}, False),
    "refund, in part": (lambda order, at: order.refund(1, at=at), {S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED}, False),
    "ship": (lambda order, at: replace(order, due_at=at + INSTANT).ship("seller", at=at), {S.PAID}, False),
    "cancel": (lambda order, at: replace(order, due_at=at + INSTANT).cancel("buyer", at=at), {S.RESERVED, S.PAID}, False),
    "end_promise": (lambda order, at: order.end_promise(at=at), {S.PAID}, True),
    "request_refund": (
        lambda order, at: order.request_refund(20_000, RefundReason.GOODWILL, at=at),
        {S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED},
        False,
    ),
    "correct_shipment": (
        lambda order, at: replace(order, shipment=SHIPMENT).correct_shipment("seller", PARCEL, at=at),
        {S.SHIPPED},
        False,
    ),
    "confirm_receipt": (lambda order, at: order.confirm_receipt("buyer", PARTIES, at=at), {S.SHIPPED}, False),
    "confirm_receipt, automatically": (lambda order, at: order.confirm_receipt(None, PARTIES, at=at), {S.SHIPPED}, True),
    "release_shares": (lambda order, at: order.release_shares(PARTIES, at=at), {S.RECEIVED}, True),
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("name", STEPS)
def test_m6_a_step_is_allowed_in_its_states_only(name: str, state: OrderState) -> None:
    step, states, _ = STEPS[name]
    if state not in states:
        with pytest.raises(OrderStateConflict) as raised:
            step(order(state), NOW)
        assert raised.value.facts == {"state": state}
        return
    after = step(order(state), NOW)
    assert after.state is state or after.state in TRANSITIONS[state]
    assert after.version > order(state).version


@pytest.mark.parametrize("name", STEPS)
def test_m6_the_schedule_takes_no_step_before_the_order_is_due(name: str) -> None:
    """The due index can be behind, so an order that it names may not be due."""
    step, (state, *_), is_scheduled = STEPS[name]
    early = [replace(order(state), due_at=NOW + INSTANT), replace(order(state), due_at=None)]
    for each in early:
        if is_scheduled:
            with pytest.raises(OrderStateConflict):
                step(each, NOW)
        else:
            step(each, NOW)


WRONG: dict[str, tuple[Step, OrderState, type[DomainError]]] = {
    "cancel, by the seller": (lambda order, at: order.cancel("seller", at=at), S.PAID, OrderNotFound),
    "refund_by_seller, by the buyer": (lambda order, at: order.refund_by_seller("buyer", 1, at=at), S.PAID, OrderNotFound),
    "correct_shipment, by the buyer": (
        lambda order, at: order.correct_shipment("buyer", PARCEL, at=at),
        S.SHIPPED,
        OrderNotFound,
    ),
    "ship, by the buyer": (lambda order, at: order.ship("buyer", at=at), S.PAID, OrderNotFound),
    "confirm_receipt, by the seller": (
        lambda order, at: order.confirm_receipt("seller", PARTIES, at=at),
        S.SHIPPED,
        OrderNotFound,
    ),
    "confirm_receipt, by no user": (lambda order, at: order.confirm_receipt("", PARTIES, at=at), S.SHIPPED, OrderNotFound),
}


@pytest.mark.parametrize("name", WRONG)
def test_m6_a_step_of_another_user_is_denied(name: str) -> None:
    step, state, error = WRONG[name]
    with pytest.raises(error):
        step(order(state), NOW)


@pytest.mark.parametrize("amount", [19_999, 20_001, 10_000, -20_000])
def test_m8_only_a_payment_of_exactly_the_total_pays_an_unpaid_order(amount: int) -> None:
    for state in S:
        is_unpaid = state in (S.RESERVED, S.EXPIRED)
        assert order(state).awaits(TOTAL) is is_unpaid
        assert not order(state).awaits(Money(amount, "CNY"))
        assert not order(state).awaits(Money(TOTAL.amount, "USD"))


@pytest.mark.parametrize("amount", [0, -1, 20_001])
def test_m9_the_refunds_of_an_order_never_exceed_its_total(amount: int) -> None:
    with pytest.raises(ValueError, match="a refund must be"):
        order(S.PAID).refund(amount, at=NOW)


@pytest.mark.parametrize(("since_due", "state"), [(-INSTANT, S.RESERVED), (0 * INSTANT, S.EXPIRED), (INSTANT, S.EXPIRED)])
def test_m7_a_reservation_is_expired_from_the_instant_at_which_it_is_due(since_due: timedelta, state: OrderState) -> None:
    assert order(S.RESERVED).state_at(NOW + since_due) is state
    assert order(S.SHIPPED).state_at(NOW + since_due) is S.SHIPPED


@pytest.mark.parametrize(("since_due", "is_late"), [(-INSTANT, False), (0 * INSTANT, True), (INSTANT, True)])
def test_m27_an_order_is_not_shipped_from_the_instant_at_which_the_promise_ends(since_due: timedelta, is_late: bool) -> None:
    paid, at = order(S.PAID), NOW + since_due
    assert paid.ships_by == NOW
    assert paid.state_at(at) is (S.REFUNDING if is_late else S.PAID)
    reason = RefundReason.NOT_SHIPPED if is_late else RefundReason.CANCELLED
    assert paid.cancel("buyer", at=at).cancel_reason is reason
    if not is_late:
        assert paid.ship("seller", at=at).state is S.SHIPPED
        return
    with pytest.raises(OrderStateConflict) as raised:
        paid.ship("seller", at=at)
    assert raised.value.facts == {"state": S.REFUNDING}


@pytest.mark.parametrize(("before_end", "is_allowed"), [(INSTANT, True), (0 * INSTANT, False)])
def test_m27_a_shipment_is_corrected_once_within_24_hours(before_end: timedelta, is_allowed: bool) -> None:
    shipped = replace(order(S.SHIPPED), shipment=SHIPMENT)
    at = NOW + timedelta(hours=24) - before_end
    assert shipped.correct_shipment("seller", IN_PERSON, at=at) == shipped, "the same is no correction"
    if not is_allowed:
        with pytest.raises(ShipmentFinal):
            shipped.correct_shipment("seller", PARCEL, at=at)
        return
    corrected = shipped.correct_shipment("seller", PARCEL, at=at)
    assert corrected.shipment == Shipment(PARCEL, NOW, is_corrected=True)
    assert corrected.correct_shipment("seller", PARCEL, at=at) == corrected
    with pytest.raises(ShipmentFinal):
        corrected.correct_shipment("seller", IN_PERSON, at=at)


@pytest.mark.parametrize("amount", [0, -1, 20_001])
def test_m9_a_request_is_between_1_fen_and_what_is_refundable(amount: int) -> None:
    for state in (S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED):
        with pytest.raises(RefundAboveRefundable) as raised:
            order(state).request_refund(amount, RefundReason.GOODWILL, at=NOW)
        assert raised.value.facts == {"refundable": 20_000}


def test_m9_an_order_that_is_cancelled_is_no_late_payment() -> None:
    """Its money is in its escrow, so no UnappliedPayment completes its return."""
    cancelled = order(S.PAID).cancel("buyer", at=NOW - INSTANT)
    assert (cancelled.state, cancelled.is_in_escrow, cancelled.due_at) == (S.REFUNDING, True, None)
    with pytest.raises(OrderStateConflict):
        cancelled.complete_return(at=NOW)


@pytest.mark.parametrize(("before_end", "is_paid"), [(INSTANT, False), (0 * INSTANT, True)])
def test_m16_a_commission_is_released_from_the_instant_at_which_the_return_window_ends(
    before_end: timedelta, is_paid: bool
) -> None:
    received = order(S.SHIPPED).confirm_receipt("buyer", PARTIES, at=NOW)
    end = end_of_return_window(NOW, 7)
    assert received.returnable_until == received.due_at == end
    due = replace(received, due_at=NOW)
    after = due.release_shares(PARTIES, at=end - before_end)
    assert (not after.unpaid, after.state is S.COMPLETED) == (is_paid, is_paid)
