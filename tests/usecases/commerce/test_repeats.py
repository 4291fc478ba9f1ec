"""Repeated requests, changes under an ETag, the times of events, and late payments at the same time as other buyers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import EntryReason, Listing, ListingKind, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.repository import stock
from services.commerce.repository.ledger import list_entries
from services.commerce.settings import settings
from services.shared.kernel.errors import KeyReused, PreconditionFailed
from services.shared.kernel.ids import IdempotencyKey, new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    CircleChanged,
    CircleData,
    ListingChanged,
)
from services.shared.table.items import Update
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.streams import deliver, new_changes, published_events
from tests.support.races import race


def make_read_only(shop: Shop) -> None:
    data = CircleData(circle_id=shop.circle_id, name="观鸟", owner_id=LIN.user_id, state="read_only")
    deliver(shop.simulation, "commerce", CircleChanged(**envelope(shop.simulation, shop.circle_id, 10**13), data=data))


def restrict_seller(shop: Shop) -> None:
    data = AccountStatusChangedData(user_id=MEI.user_id, level="restricted", until=None, valid_after=0)
    deliver(shop.simulation, "commerce", AccountStatusChanged(**envelope(shop.simulation, MEI.user_id), data=data))


CHANGES: dict[str, Callable[[Shop], object]] = {
    "nothing changed": lambda shop: None,
    "the seller left": lambda shop: shop.set_member(MEI, state="left"),
    "the seller is restricted": restrict_seller,
    "the listing was withdrawn": lambda shop: shop.update_listing(on_sale=False),
    "the price changed": lambda shop: shop.update_listing(15_000),
    "the stock is gone": lambda shop: shop.order(LIN),
    "the circle is read-only": make_read_only,
    "the buyer left": lambda shop: shop.set_member(HAO, state="left"),
    "the buyer is banned": lambda shop: shop.set_member(HAO, state="banned"),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_m7_a_retried_order_returns_the_order_whatever_changed_since(changed: str) -> None:
    shop = Shop(stock=2)
    key, revision = shop.new_key(HAO), shop.listing.revision
    first = shop.order(key=key, revision=revision)
    CHANGES[changed](shop)
    stock = shop.current_listing().stock
    assert shop.order(key=key, revision=revision) == first
    assert shop.current_listing().stock == stock
    assert commerce.list_orders(shop.ports, HAO, PageRequest()) == ([first], None)
    with pytest.raises(KeyReused):
        shop.order(key=replace(key, body_hash="another"), revision=revision)


@pytest.mark.parametrize("changed", [name for name in CHANGES if name != "nothing changed"])
def test_m7_the_same_changes_deny_a_new_order(changed: str) -> None:
    shop = Shop(stock=1)
    revision = shop.listing.revision
    CHANGES[changed](shop)
    with pytest.raises(
        (
            errors.CircleNotFound,
            errors.ListingNotFound,
            errors.PriceChanged,
            errors.ListingNotOnSale,
            errors.StockInsufficient,
            errors.MembershipEnded,
        )
    ):
        shop.order(revision=revision)


def test_m7_a_retried_listing_returns_the_listing_although_its_seller_lost_the_role() -> None:
    shop = Shop()
    key = shop.new_key(MEI)
    listing = {"kind": shop.listing.kind, "title": "三脚架", "price": Money(100, "CNY"), "stock": 1}
    create = partial(commerce.create_listing, shop.ports, MEI, shop.circle_id, key, **listing)  # type: ignore[arg-type]
    first = create()
    for denied in (restrict_seller, lambda shop: shop.set_member(MEI)):
        denied(shop)
        assert create() == first


def test_m7_a_retry_whose_slot_is_no_longer_remembered_returns_the_listing_too() -> None:
    shop = Shop()
    listing = {"kind": shop.listing.kind, "title": "三脚架", "price": Money(100, "CNY"), "stock": 1}

    def create(key: IdempotencyKey) -> Listing:
        return commerce.create_listing(shop.ports, MEI, shop.circle_id, key, **listing)  # type: ignore[arg-type]

    key = shop.new_key(MEI)
    first = create(key)
    for _ in range(25):  # the limit remembers the last 20 requests
        shop.simulation.clock.advance(minutes=30)
        create(shop.new_key(MEI))
    make_read_only(shop)
    assert create(key) == first


def test_m5_a_change_under_an_old_etag_is_denied_and_a_sale_in_between_does_not_count() -> None:
    shop = Shop(stock=3)
    etag = shop.shown(shop.listing).etag
    shop.order()
    assert shop.current_listing().version > shop.listing.version
    assert shop.shown(shop.current_listing()).etag == etag
    second = shop.update_listing(15_000, request=change(int(etag), "key-1"))
    assert (second.price.amount, shop.current_listing().stock) == (15_000, 2)
    with pytest.raises(PreconditionFailed):
        shop.update_listing(9_000, request=change(int(etag), "key-2"))
    assert shop.current_listing() == second


def test_m5_a_repeated_change_is_made_once_and_never_undoes_a_newer_one() -> None:
    shop = Shop()
    first_request = change(shop.listing.revision, "key-1", "15000")
    first = shop.update_listing(15_000, request=first_request)
    assert shop.update_listing(15_000, request=first_request) == first
    second = shop.update_listing(9_000, request=change(first.revision, "key-2", "9000"))
    assert shop.update_listing(15_000, request=first_request) == second
    with pytest.raises(KeyReused):
        shop.update_listing(1, request=change(first.revision, "key-2", "1"))
    assert shop.current_listing() == second


def test_m5_a_change_that_was_lost_on_its_way_does_not_undo_a_newer_one() -> None:
    shop = Shop()
    lost = change(shop.listing.revision, "key-1")
    second = shop.update_listing(9_000, request=change(shop.listing.revision, "key-2"))
    with pytest.raises(PreconditionFailed):
        shop.update_listing(15_000, request=lost)
    assert shop.current_listing() == second


def test_m5_a_former_seller_changes_nothing() -> None:
    shop = Shop()
    shop.set_member(MEI, state="left")
    with pytest.raises(errors.CircleNotFound):
        shop.update_listing(1)
    assert shop.current_listing() == shop.listing


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=30)])
def test_m6_the_event_of_a_sale_has_the_time_of_the_sale(ahead: timedelta) -> None:
    """Also if the listing's version is ahead of the clock, because it was written by a function whose clock was."""
    shop = Shop(stock=2)
    clock = shop.simulation.clock
    listed_at = clock.now
    clock.advance(seconds=ahead.total_seconds())
    shop.listing = shop.update_listing()
    clock.now = listed_at + timedelta(days=4)
    new_changes(shop.simulation, "commerce")
    order = shop.order()
    sold_at = clock.now
    events = published_events("commerce", new_changes(shop.simulation, "commerce"))
    assert {event.name(): event.occurred_at for event in events} == {"OrderChanged": sold_at, "ListingChanged": sold_at}
    clock.advance(minutes=20)
    commerce.handle_schedule(shop.ports)
    events = published_events("commerce", new_changes(shop.simulation, "commerce"))
    assert {event.occurred_at for event in events} == {clock.now}
    stocks = [event.data.stock for event in events if isinstance(event, ListingChanged)]
    assert (stocks, commerce.get_order(shop.ports, HAO, order.id).state) == ([2], OrderState.EXPIRED)


def test_m7_stock_that_is_sold_while_a_late_payment_is_recorded_means_a_refund(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    sold: list[Order] = []
    reserve_again = stock.reserve_stock_again

    def sell_after_the_check(*arguments: Any, **named: Any) -> list[Update]:
        found = reserve_again(*arguments, **named)
        if not sold:
            sold.append(shop.order(LIN))
        return found

    monkeypatch.setattr(stock, "reserve_stock_again", sell_after_the_check)
    assert shop.pay(order).state is OrderState.REFUNDING
    assert (len(sold), shop.current_listing().stock) == (1, 0)
    require_one_outcome(shop, [order.id], stock=1)


def test_m7_late_payments_at_the_same_time_as_buyers_reserve_again_or_are_refunded_never_both() -> None:
    shop = Shop(stock=8)
    with overridden(settings, max_open_reservations=8):
        late = [shop.order() for _ in range(8)]
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    buyers = [partial(shop.order, LIN, key=shop.new_key(LIN)) for _ in range(6)]
    race([*(partial(shop.pay, order) for order in late * 2), *buyers])
    require_one_outcome(shop, [order.id for order in late], stock=8)


def require_one_outcome(shop: Shop, late: list[str], stock: int) -> None:
    """Require that each late order is paid and has its units, or is refunded in full and has none."""
    states = {order_id: commerce.get_order(shop.ports, HAO, order_id).state for order_id in late}
    assert set(states.values()) <= {OrderState.PAID, OrderState.REFUNDING}
    sold = len(commerce.list_orders(shop.ports, LIN, PageRequest(100)).items)
    assert shop.current_listing().stock + sold + Counter(states.values())[OrderState.PAID] == stock
    while commerce.handle_schedule(shop.ports):
        pass
    refunded = [order_id for order_id, state in states.items() if state is OrderState.REFUNDING]
    assert len(shop.simulation.payments.refunded) == len(refunded)
    for order_id in late:
        entries = list_entries(shop.simulation.commerce_table, order_id)
        assert [entry.reason for entry in entries] == [EntryReason.CAPTURE]


@pytest.mark.parametrize("state", ["left", "kicked", "banned"])
def test_a_former_member_gets_no_listing_by_a_retry(state: str) -> None:
    """The stock of a listing would show a former member what is sold in the circle."""
    shop = Shop(stock=3)
    key, create = shop.new_key(MEI), partial(commerce.create_listing, shop.ports, MEI)
    listing = {"kind": ListingKind.C2C, "title": "望远镜", "price": Money(100, "CNY"), "stock": 3}
    create(shop.circle_id, key, **listing)  # type: ignore[arg-type]
    shop.set_member(MEI, state=state)
    for circle_id, request in ((shop.circle_id, key), (shop.circle_id, replace(key, body_hash="other")), (new_id("cir"), key)):
        with pytest.raises(errors.CircleNotFound):
            create(circle_id, request, **listing)  # type: ignore[arg-type]
