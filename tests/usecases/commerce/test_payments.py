"""Expired reservations, late and repeated payments, refunds."""

from __future__ import annotations

from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import OrderState
from services.commerce.domain.money import Money
from services.commerce.repository import purchasing, stock
from services.commerce.usecases import reservations
from services.shared.kernel.errors import KeyReused
from services.shared.table.items import Update
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict
from services.shared.table.versioned import save
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.users import caller


def test_m7_the_last_unit_is_sold_once_and_a_retry_returns_its_order() -> None:
    shop = Shop(stock=1)
    key = shop.new_key(HAO)
    first = shop.order(key=key)
    assert shop.order(key=key) == first
    with pytest.raises(errors.StockInsufficient):
        shop.order(LIN)
    with pytest.raises(KeyReused):
        shop.order(key=key.__class__(key.user, key.route, key.value, key.at_ms, "another", key.secret))
    assert shop.current_listing().stock == 0


def test_m7_expiry_releases_the_stock_once_and_counts_before_the_schedule_runs() -> None:
    shop = Shop(stock=2)
    order = shop.order(quantity=2)
    shop.simulation.clock.advance(minutes=15)
    with pytest.raises(errors.OrderStateConflict) as raised:
        commerce.start_payment(shop.ports, HAO, order.id)
    assert raised.value.facts == {"state": "expired"}
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.handle_schedule(shop.ports) == 0
    assert shop.current_listing().stock == 2
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.EXPIRED


def test_m7_a_late_payment_reserves_the_stock_again_if_there_is_any() -> None:
    shop = Shop()
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    assert shop.pay(order).state is OrderState.PAID
    assert shop.current_listing().stock == 0
    assert shop.simulation.payments.refunded == {}


def test_m7_a_late_payment_is_refunded_in_full_if_the_stock_is_sold_never_both() -> None:
    shop = Shop()
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    shop.order(LIN)
    assert shop.pay(order).state is OrderState.REFUNDING
    assert shop.pay(order).state is OrderState.REFUNDING
    commerce.handle_schedule(shop.ports)
    assert list(shop.simulation.payments.refunded.values()) == [order.total]
    for _ in range(2):
        assert shop.refund(order).state is OrderState.REFUNDED
    assert set(shop.balances().values()) == {0}


def test_m8_repeated_and_late_webhook_events_end_in_the_same_state() -> None:
    shop = Shop()
    order = shop.order()
    for _ in range(5):
        shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    assert shop.pay(order).state is OrderState.SHIPPED
    assert shop.balances()["cash"] == order.total.amount


def test_m7_a_failed_refund_request_is_repeated_after_5_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    shop.order(LIN)
    shop.pay(order)
    with monkeypatch.context() as patch:
        patch.setattr(shop.simulation.payments, "refund", fail)
        commerce.handle_schedule(shop.ports)
    assert shop.simulation.payments.refunded == {}
    shop.simulation.clock.advance(minutes=5)
    commerce.handle_schedule(shop.ports)
    assert len(shop.simulation.payments.refunded) == 1


def fail(payment_id: str, amount: Money, reference: str) -> None:
    raise ProviderFailed("the payment provider returned 503")


def test_m7_units_sold_since_the_listing_was_read_are_not_sold_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The condition of the write decides, not what was read before it; the next try reads again."""
    shop = Shop(stock=1)
    find = purchasing.get_requested
    reads = [find(shop.simulation.commerce_table, shop.circle_id, HAO.user_id, [shop.listing.id])]
    shop.order(LIN)
    with monkeypatch.context() as patch:
        patch.setattr(purchasing, "get_requested", lambda *request: reads.pop() if reads else find(*request))
        with pytest.raises(errors.StockInsufficient):
            shop.order(HAO)
    assert (shop.current_listing().stock, reads) == (0, [])


@pytest.mark.parametrize("change", [{"amount": 12_901}, {"on_sale": False}])
def test_m7_a_listing_that_changes_while_a_late_payment_is_recorded_means_a_refund(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition of the write decides, not what was read before it."""
    shop = Shop()
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    changed: list[object] = []
    reserve_again = stock.reserve_stock_again

    def change_after_the_check(*arguments: Any, **named: Any) -> list[Update]:
        result = reserve_again(*arguments, **named)
        if not changed:
            changed.append(shop.update_listing(**change))
        return result

    monkeypatch.setattr(stock, "reserve_stock_again", change_after_the_check)
    assert shop.pay(order).state is OrderState.REFUNDING
    assert (shop.current_listing().stock, len(changed)) == (1, 1)


def test_m7_the_schedule_moves_more_due_orders_than_one_page_in_one_run() -> None:
    shop = Shop(stock=250)
    for number in range(250):  # 50 of each buyer: a buyer can have no more unpaid orders
        buyer = caller(f"buyer-{number // 50}")
        shop.set_member(buyer)
        shop.order(buyer)
    shop.simulation.clock.advance(minutes=16)
    assert commerce.handle_schedule(shop.ports) == 250
    assert shop.current_listing().stock == 250


@pytest.mark.parametrize("error", [Throttled, TransactionConflict, ConditionFailed])
def test_m7_an_order_that_cannot_be_moved_now_does_not_stop_those_behind_it(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(stock=3)
    for _ in range(3):
        shop.order()
    shop.simulation.clock.advance(minutes=16)
    saved: list[object] = []

    def save_but_the_first(*arguments: Any) -> Any:
        saved.append(arguments)
        if len(saved) == 1:
            raise error
        return save(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(reservations, "save", save_but_the_first)
        assert commerce.handle_schedule(shop.ports) == 2
    assert commerce.handle_schedule(shop.ports) == 1
    assert shop.current_listing().stock == 3
