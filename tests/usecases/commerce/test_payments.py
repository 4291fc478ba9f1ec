"""Reservations that end, payments that come late or twice, refunds."""

from __future__ import annotations

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import OrderState
from services.commerce.domain.money import Money
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import new_id
from simulation.setup.commerce import (
    HAO,
    LIN,
    MEI,
    Shop,
)


def test_m7_the_last_unit_is_sold_once_and_a_retry_gets_its_own_order() -> None:
    shop = Shop(stock=1)
    key = shop.key(HAO)
    first = shop.order(key=key)
    assert shop.order(key=key) == first
    with pytest.raises(errors.SoldOut):
        shop.order(LIN)
    with pytest.raises(KeyReused):
        shop.order(key=key.__class__(key.user, key.route, key.value, key.at_ms, "another", key.secret))
    assert shop.now().stock == 0


def test_m7_expiry_restores_the_stock_once_and_is_seen_before_any_schedule() -> None:
    shop = Shop(stock=2)
    order = shop.order(quantity=2)
    shop.world.clock.advance(minutes=15)
    with pytest.raises(errors.WrongState):
        commerce.start_payment(shop.ports, HAO, order.id)
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.handle_schedule(shop.ports) == 0
    assert shop.now().stock == 2
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.EXPIRED


def test_m7_a_late_payment_gets_the_goods_if_they_are_there() -> None:
    shop = Shop()
    order = shop.order()
    shop.world.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    assert shop.paid(order).state is OrderState.PAID
    assert shop.now().stock == 0
    assert shop.world.payments.refunded == {}


def test_m7_a_late_payment_is_given_back_in_full_if_they_are_gone_never_both() -> None:
    shop = Shop()
    order = shop.order()
    shop.world.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    shop.order(LIN)
    assert shop.paid(order).state is OrderState.REFUNDING
    assert shop.paid(order).state is OrderState.REFUNDING
    commerce.handle_schedule(shop.ports)
    assert list(shop.world.payments.refunded.values()) == [order.total]
    for _ in range(2):
        assert shop.paid(order, "refund.succeeded").state is OrderState.REFUNDED
    assert set(shop.balances().values()) == {0}


def test_m8_repeated_and_late_notices_end_in_the_same_state() -> None:
    shop = Shop()
    order = shop.order()
    for _ in range(5):
        shop.paid(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    assert shop.paid(order).state is OrderState.SHIPPED
    assert shop.balances()["cash"] == order.total.amount


@pytest.mark.parametrize("amount", [1, 12_899, 12_901])
def test_m8_a_payment_of_another_amount_is_refused(amount: int) -> None:
    shop = Shop()
    order = shop.order()
    with pytest.raises(errors.PaymentMismatch):
        shop.paid(order, amount=amount)
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.RESERVED


def test_m8_a_notice_for_an_order_that_cannot_be_read_is_to_come_again() -> None:
    shop = Shop()
    ghost = shop.order().__class__.reserve(
        new_id("ord"), shop.listing, buyer=HAO.user_id, owner="", quantity=1, at=shop.world.clock.now
    )
    with pytest.raises(errors.OrderNotFound):
        shop.paid(ghost)


@pytest.mark.parametrize("more", [{"amount": 1}, {"payment": "pay_other"}])
def test_m8_a_refund_of_another_amount_or_payment_closes_nothing(more: dict[str, object]) -> None:
    shop = Shop()
    order = shop.order()
    shop.world.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    shop.order(LIN)
    payment = shop.paid(order).payment_id
    amount = Money(more.get("amount", order.total.amount), "CNY")  # type: ignore[arg-type]
    about = (str(more.get("payment", payment)), f"{order.buyer}/{order.id}", amount)
    with pytest.raises(errors.PaymentMismatch):
        commerce.handle_webhook_event(shop.ports, commerce.Notice("refund.succeeded", *about))
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.REFUNDING


def test_m7_a_refund_that_the_provider_refuses_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    order = shop.order()
    shop.world.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    shop.order(LIN)
    shop.paid(order)
    with monkeypatch.context() as patch:
        patch.setattr(shop.world.payments, "refund", refuse)
        commerce.handle_schedule(shop.ports)
    assert shop.world.payments.refunded == {}
    shop.world.clock.advance(minutes=5)
    commerce.handle_schedule(shop.ports)
    assert len(shop.world.payments.refunded) == 1


def refuse(payment_id: str, amount: Money) -> None:
    raise ProviderFailed("not now")


def test_m7_units_that_went_since_they_were_read_are_not_sold_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The condition of the write judges, not what was read before it."""
    shop = Shop(stock=1)
    stale = shop.now()
    shop.order(LIN)
    with monkeypatch.context() as patch:
        patch.setattr("services.commerce.repository.listings.find_listing", lambda *key, **how: stale)
        with pytest.raises(errors.SoldOut):
            shop.order(HAO)
    assert shop.now().stock == 0
