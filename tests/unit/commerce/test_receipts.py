"""What a buyer keeps of an order: the lines that are returned, and how much of the price of the others is still paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.commerce.domain import ListingKind, Order, OrderLine, OrderState
from services.commerce.domain.money import Money
from services.commerce.domain.receipt import Receipt, has_receipt_changed, receipt_of
from simulation.clock import NOON

S = OrderState


def line(amount: int, quantity: int = 1, returned: int = 0) -> OrderLine:
    return OrderLine(f"lst_{amount}", "", ListingKind.C2C, "", "", quantity, Money(amount, "CNY"), returned=returned)


def order(*lines: OrderLine, state: OrderState = S.RECEIVED, **fields: Any) -> Order:
    new = Order("ord_1", "cir_1", "buyer", "seller", "", lines, NOON, 1, timedelta(days=2), state=state)
    return replace(new, **fields)


@pytest.mark.parametrize("state", OrderState)
def test_m14_only_a_received_order_has_a_receipt_and_of_a_refunded_one_nothing_is_kept(state: OrderState) -> None:
    kept = {S.RECEIVED: 100, S.COMPLETED: 100, S.REFUNDED: 0}
    assert receipt_of(order(line(100), state=state)) == (Receipt(kept[state], (False,)) if state in kept else None)


@pytest.mark.parametrize(
    ("lines", "fields", "kept", "returned"),
    [
        ([line(100)], {}, 100, (False,)),
        ([line(100)], {"refunded": 49}, 51, (False,)),
        ([line(100)], {"refunded": 50}, 50, (False,)),
        ([line(1000)], {"refunded": 491}, 50, (False,)),
        ([line(100)], {"charged_back": 100}, 0, (False,)),
        ([line(100)], {"charged_back": 30, "refunded": 30}, 40, (False,)),
        ([line(100), line(60)], {"discount": 16, "coupon_id": "cpn_1"}, 100, (False, False)),
        ([line(100), line(60)], {"discount": 16, "coupon_id": "cpn_1", "refunded": 72}, 50, (False, False)),
        ([line(100, returned=1), line(60)], {}, 100, (True, False)),
        ([line(100, returned=1), line(60)], {"refunded": 100}, 100, (True, False)),
        ([line(100, returned=1), line(60)], {"refunded": 130}, 50, (True, False)),
        ([line(100, 3, returned=1)], {"refunded": 100}, 100, (False,)),
        ([line(100, 3, returned=1)], {"refunded": 200}, 50, (False,)),
        ([line(100, 3, returned=3)], {"refunded": 200}, 0, (True,)),
    ],
)
def test_m14_what_is_kept_is_of_the_price_of_the_units_that_were_not_returned(
    lines: list[OrderLine], fields: dict[str, Any], kept: int, returned: tuple[bool, ...]
) -> None:
    assert receipt_of(order(*lines, **fields)) == Receipt(kept, returned)


def test_m14_a_change_of_a_receipt_begins_with_it() -> None:
    shipped, received, back = (order(line(100), state=state) for state in (S.SHIPPED, S.RECEIVED, S.REFUNDED))
    changes = {(shipped, received): True, (received, back): True, (shipped, back): False, (received, received): False}
    for (before, after), is_changed in changes.items():
        assert has_receipt_changed(before, after) is is_changed
    assert not has_receipt_changed(received, replace(received, state=S.COMPLETED))
    assert has_receipt_changed(received, replace(received, refunded=1))
