"""M26: units that a seller adds to a listing or an option: added once, never set, within a bound, and no order is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind
from services.commerce.repository import listings as repository
from services.commerce.settings import settings
from services.shared.kernel.errors import KeyReused
from services.shared.table.items import Update
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from tests.usecases.commerce.listing_pages import BLUE, RED, create
from tests.usecases.commerce.test_options import options


def restock(shop: Shop, units: int = 2, option_id: str = "", key: Any = None, by: Any = MEI) -> Listing:
    key = key or shop.new_key(by)
    return commerce.restock_listing(shop.ports, by, shop.circle_id, shop.listing.id, key, units, option_id)


def test_m26_units_are_added_once_and_the_revision_stays() -> None:
    shop = Shop(stock=1)
    shop.order()
    assert shop.shown(shop.current_listing()).sold_out
    key = shop.new_key(MEI)
    restocked = restock(shop, 2, key=key)
    assert (restocked.stock, restocked.revision) == (2, shop.listing.revision)
    assert restock(shop, 2, key=key).stock == 2, "a retry"
    with pytest.raises(KeyReused):
        restock(shop, 3, key=replace(key, body_hash="other"))
    assert shop.current_listing() == restocked
    shop.order(quantity=2)


def test_m26_an_option_is_restocked_alone() -> None:
    shop = Shop()
    create(shop, price=None, options=(RED, BLUE))
    assert options(restock(shop, 4, "o2")) == {"o1": ("红色", 2_000, 3, True), "o2": ("蓝色", 1_000, 9, True)}
    for unknown in ("", "o3"):
        with pytest.raises(errors.OptionNotFound):
            restock(shop, 1, unknown)


def test_m26_the_stock_has_an_upper_bound_also_with_units_that_come_back() -> None:
    shop = Shop(stock=4)
    with overridden(settings, max_stock=5):
        restock(shop, 1)
        with pytest.raises(errors.StockLimitReached):
            restock(shop, 1)


def test_m26_a_listing_that_was_ended_or_is_anothers_is_not_restocked_and_a_withdrawn_one_is() -> None:
    shop = Shop(ListingKind.MERCHANT)
    with pytest.raises(errors.ListingNotFound):
        restock(shop, by=HAO)
    commerce.withdraw_listing(shop.ports, MEI, shop.circle_id, shop.listing.id)
    assert restock(shop).stock == 3
    shop.set_member(MEI, role="member")
    with pytest.raises(errors.ListingKindNotAllowed):
        restock(shop)
    shop.set_member(MEI, role="moderator")
    commerce.remove_listing(shop.ports, LIN, shop.circle_id, shop.listing.id, "假货")
    with pytest.raises(errors.ListingRemovedByModerator):
        restock(shop)


def test_m26_units_that_are_added_while_a_buyer_orders_lose_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(stock=3)
    add_stock = repository.add_stock
    calls = 0

    def sell_meanwhile(*arguments: Any) -> Update:
        nonlocal calls
        calls += 1
        shop.order()
        return add_stock(*arguments)

    monkeypatch.setattr(repository, "add_stock", sell_meanwhile)
    assert restock(shop, 5).stock == 7
    assert calls == 1, "an order is no conflict"


def test_m26_an_edit_while_units_are_added_loses_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(stock=3)
    add_stock = repository.add_stock
    waiting = [True]

    def edit_meanwhile(*arguments: Any) -> Update:
        if waiting and waiting.pop():
            shop.update_listing(777)
        return add_stock(*arguments)

    monkeypatch.setattr(repository, "add_stock", edit_meanwhile)
    assert restock(shop, 5).stock == 8
    after = shop.current_listing()
    assert (after.price.amount, after.stock) == (777, 8)
