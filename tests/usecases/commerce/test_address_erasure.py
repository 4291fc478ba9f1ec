"""M27: when the address of an order is erased, and that it is exported until then."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from unittest import mock

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.address import Address
from services.commerce.domain.order_state import ENDED
from services.commerce.repository.addresses import order_address_key
from services.commerce.repository.export_lines import get_export_page
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.ids import new_id
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.items import Item
from simulation.setup.commerce import ADDRESS, HAO, MEI, Shop
from simulation.streams import all_changes, filter_changes, handle_changes, handle_new_changes

DAY = timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return Shop(stock=10)


def sale_address(shop: Shop, order: Order) -> Address:
    return commerce.get_sale_address(shop.ports, MEI, order.id)


def stored(shop: Shop, order: Order) -> Item | None:
    return shop.simulation.commerce_table.get(order_address_key(order.buyer_id, order.id), consistent_read=True)


def expiry(shop: Shop, order: Order) -> timedelta | None:
    """Return how long from now the table deletes the address; None if it never does."""
    item = stored(shop, order)
    assert item
    at = item.get("expires_at")
    return timedelta(seconds=at - int(shop.simulation.clock.now.timestamp())) if at else None


def receive(shop: Shop, order: Order) -> None:
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)


def test_m27_an_address_is_erased_180_days_after_its_order_has_ended() -> None:
    shop = Shop(ListingKind.MERCHANT)
    order = shop.pay(shop.order())
    receive(shop, order)
    handle_new_changes(shop.simulation, "commerce")
    assert expiry(shop, order) is None
    until = shop.current_order(order).returnable_until
    assert until
    shop.simulation.clock.now = until
    commerce.handle_schedule(shop.ports)
    handle_new_changes(shop.simulation, "commerce")
    assert expiry(shop, order) == 180 * DAY
    shop.simulation.clock.advance(days=179, hours=23)
    assert commerce.get_order_address(shop.ports, HAO, order.id) == ADDRESS
    shop.simulation.clock.advance(hours=1)
    with pytest.raises(errors.AddressNotFound):
        commerce.get_order_address(shop.ports, HAO, order.id)


def test_m27_the_address_of_an_expired_order_that_is_paid_late_stays(shop: Shop) -> None:
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    handle_new_changes(shop.simulation, "commerce")
    assert expiry(shop, order) == 180 * DAY
    shop.pay(order)
    handle_new_changes(shop.simulation, "commerce")
    assert expiry(shop, order) is None
    assert sale_address(shop, order) == ADDRESS


def test_m27_a_repeated_or_late_record_of_the_stream_does_not_change_when_an_address_is_erased(shop: Shop) -> None:
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    changes = all_changes(shop.simulation, "commerce")
    handle_changes("commerce", shop.ports, changes)
    shop.simulation.clock.advance(days=1)
    handle_changes("commerce", shop.ports, changes)
    assert expiry(shop, order) == 179 * DAY
    shop.pay(order)
    handle_new_changes(shop.simulation, "commerce")
    handle_changes("commerce", shop.ports, changes)
    assert expiry(shop, order) is None


def test_m27_the_end_of_an_order_brings_no_erased_address_back(shop: Shop) -> None:
    order = shop.order()
    shop.simulation.memory("commerce").delete(order_address_key(HAO.user_id, order.id), when=None)
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    handle_new_changes(shop.simulation, "commerce")
    assert stored(shop, order) is None


@pytest.mark.parametrize("state", sorted(ENDED | {OrderState.PAID}))
def test_m27_the_stream_passes_each_state_on_that_decides_about_the_erasure(shop: Shop, state: OrderState) -> None:
    order = shop.order()
    (image,) = [item for item in shop.simulation.memory("commerce").all_items() if item["sk"] == f"ORDER#{order.id}"]
    key = order_address_key(HAO.user_id, order.id).attributes()
    after = {**image, "state": str(state)}
    passed = filter_changes("commerce", [Change("1", mock.Mock(attributes=lambda: {**key, "sk": image["sk"]}), image, after)])
    assert len(passed) == 1
    change = Change("1", mock.Mock(attributes=lambda: {**key, "sk": image["sk"]}), image, {**image, "state": "shipped"})
    assert filter_changes("commerce", [change]) == []


def test_m27_an_export_has_the_addresses_of_own_orders_until_they_are_erased(shop: Shop) -> None:
    order, at = shop.pay(shop.order()), shop.simulation.clock.now + timedelta(days=1)

    def exported(user: Caller, now: datetime) -> list[str]:
        job = ExportJob(new_id("exp"), "", user.user_id, now, now, 1, after=json.dumps(["order_address", None]))
        page = get_export_page(shop.ports.vault.decrypt, shop.ports.table, job)
        return [line["order_id"] for line in page.lines]

    assert (exported(HAO, at), exported(MEI, at)) == ([order.id], [])
    shop.refund(order)
    handle_new_changes(shop.simulation, "commerce")
    assert exported(HAO, at + 178 * DAY) == [order.id]
    assert exported(HAO, at + 180 * DAY) == []
