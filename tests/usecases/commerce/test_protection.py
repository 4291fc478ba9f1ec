"""M24: what an order inside the circle guarantees, on each listing and order, in English and Chinese."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Promise, terms_of
from services.commerce.domain.money import Money
from services.commerce.domain.protection import OUTSIDE, Guarantee, protection_of
from services.commerce.schemas import OrderResponse
from services.commerce.settings import settings
from simulation.settings import overridden
from simulation.setup.commerce import MEI, Shop

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("kind", ListingKind)
def test_m24_each_kind_guarantees_what_its_terms_say(kind: ListingKind) -> None:
    terms = terms_of(kind)
    protection = protection_of(kind, terms.ships_within, terms.return_window.days)
    assert protection.guarantees == tuple(Guarantee)
    for text in protection.text:
        assert f" {terms.auto_confirm_after.days} " in text and f" {terms.ships_within // HOUR} " in text
        assert f" {terms.return_window.days} " in text
    assert [text.endswith(end) for text, end in zip(protection.text, OUTSIDE, strict=True)] == [True, True]


def test_m24_a_sale_without_returns_does_not_promise_them() -> None:
    protection = protection_of(ListingKind.C2C, 24 * HOUR, 0)
    assert Guarantee.RETURNABLE not in protection.guarantees
    assert "return it" not in protection.text[0] and "退货" not in protection.text[1]


def test_m24_an_order_keeps_the_protection_that_the_buyer_agreed_to() -> None:
    shop = Shop()
    promise = Promise(timedelta(hours=30), accepts_returns=False)
    named = {"kind": ListingKind.C2C, "title": "x", "price": Money(10_000, "CNY"), "stock": 2, "promise": promise}
    shop.listing = commerce.create_listing(shop.ports, MEI, shop.circle_id, shop.new_key(MEI), **named)  # type: ignore[arg-type]
    of_listing, order = shop.shown(shop.listing).protection, shop.order()
    with overridden(settings, c2c_ships_within=99 * HOUR, c2c_return_window=timedelta(days=30)):
        of_order = OrderResponse.of(order, shop.ports.clock()).protection
    assert of_order == of_listing
    assert " 30 hours" in of_order.en and "30 小时" in of_order.zh_cn and "returnable" not in of_order.guarantees
