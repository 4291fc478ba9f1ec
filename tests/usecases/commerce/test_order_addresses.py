"""M27: the delivery address of an order: chosen before payment, read by buyer and seller alone, logged, and erased."""

from __future__ import annotations

import json
from datetime import timedelta
from unittest import mock

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.address import Address
from services.commerce.repository.addresses import order_address_key
from services.commerce.settings import settings
from services.shared.kernel.errors import NotFound, ReadLimitReached
from services.shared.security.audit import verify_chain
from services.shared.table.items import Item
from simulation.settings import overridden
from simulation.setup.commerce import ADDRESS, HAO, LIN, MEI, Shop
from simulation.setup.requests import change
from simulation.streams import all_changes, published_events
from simulation.users import caller
from tests.usecases.commerce.bazaar import Bazaar
from tests.usecases.commerce.claims import received, request_return, shop_without_returns

OTHER = Address("王磊", "010-6551-0000", "北京市", "", "朝阳区", "望京街 8 号")
DAY = timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return Shop(stock=10)


def sale_address(shop: Shop, order: Order) -> Address:
    return commerce.get_sale_address(shop.ports, MEI, order.id)


def require_hidden(shop: Shop, order: Order) -> None:
    with pytest.raises(NotFound):
        sale_address(shop, order)


def stored(shop: Shop, order: Order) -> Item | None:
    return shop.simulation.commerce_table.get(order_address_key(order.buyer_id, order.id), consistent_read=True)


def receive(shop: Shop, order: Order) -> None:
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)


def test_m27_an_order_keeps_the_address_of_its_checkout(shop: Shop) -> None:
    order, address_id = shop.order(), shop.address_of(HAO)
    version = commerce.get_address(shop.ports, HAO, address_id)[1]
    commerce.update_address(shop.ports, HAO, address_id, change(version), OTHER)
    commerce.delete_address(shop.ports, HAO, address_id)
    assert commerce.get_order_address(shop.ports, HAO, order.id) == ADDRESS


def test_m27_each_order_of_a_checkout_has_its_own_copy() -> None:
    shop = Bazaar()
    orders = shop.check_out((shop.own[0], 1), (shop.of_yan, 1))
    assert [commerce.get_order_address(shop.ports, HAO, order.id) for order in orders] == [ADDRESS, ADDRESS]
    copies = [stored(shop, order) for order in orders]
    assert len({item["address"] for item in copies if item}) == 2, "encrypted for its order"


def test_m27_the_address_of_another_user_is_unknown_and_places_no_order(shop: Shop) -> None:
    for address_id in (shop.address_of(LIN), "adr_01KB9ZQ4T8N3W5X7Y2V6R1M0CE"):
        with pytest.raises(errors.AddressNotFound):
            shop.order(address_id=address_id)
    assert (shop.current_listing().stock, commerce.list_orders(shop.ports, HAO, mock.Mock(limit=9, start=None)).items) == (
        10,
        [],
    )


def test_m27_no_order_without_an_address_is_paid_until_it_gets_one(shop: Shop) -> None:
    order = shop.order(address_id="")
    assert not order.has_address
    for call in (commerce.start_payment, lambda *_: commerce.start_payments(shop.ports, HAO, shop.circle_id, [order.id])):
        with pytest.raises(errors.AddressMissing):
            call(shop.ports, HAO, order.id)
    with pytest.raises(errors.AddressNotFound):
        commerce.get_order_address(shop.ports, HAO, order.id)
    assert commerce.put_order_address(shop.ports, HAO, order.id, shop.address_of(HAO)).has_address
    assert commerce.get_order_address(shop.ports, HAO, order.id) == ADDRESS
    commerce.start_payment(shop.ports, HAO, order.id)


@pytest.mark.parametrize("kind", ListingKind)
def test_m27_every_kind_but_a_voucher_is_delivered(kind: ListingKind) -> None:
    shop = Shop(kind)
    order = shop.order(address_id="")
    if kind is ListingKind.VOUCHER:
        assert commerce.start_payment(shop.ports, HAO, order.id)
    else:
        with pytest.raises(errors.AddressMissing):
            commerce.start_payment(shop.ports, HAO, order.id)


def test_m27_the_address_of_an_order_is_changed_until_it_is_paid(shop: Shop) -> None:
    order, other = shop.order(), commerce.create_address(shop.ports, HAO, shop.new_key(HAO), OTHER)[0]
    assert commerce.put_order_address(shop.ports, HAO, order.id, other).version > order.version
    assert commerce.get_order_address(shop.ports, HAO, order.id) == OTHER
    shop.pay(order)
    for state in ("paid", "shipped", "received"):
        with pytest.raises(errors.OrderStateConflict) as error:
            commerce.put_order_address(shop.ports, HAO, order.id, shop.address_of(HAO))
        assert error.value.facts == {"state": state}
        if state == "paid":
            commerce.ship_order(shop.ports, MEI, order.id)
        elif state == "shipped":
            commerce.confirm_receipt(shop.ports, HAO, order.id)
    assert commerce.get_order_address(shop.ports, HAO, order.id) == OTHER


def test_m27_a_reservation_that_is_over_gets_no_address(shop: Shop) -> None:
    order = shop.order(address_id="")
    shop.simulation.clock.advance(minutes=15)
    with pytest.raises(errors.OrderStateConflict):
        commerce.put_order_address(shop.ports, HAO, order.id, shop.address_of(HAO))
    assert stored(shop, order) is None


@pytest.mark.parametrize("user", [LIN, MEI, caller("stranger")], ids=["owner", "seller", "stranger"])
def test_m27_only_the_buyer_chooses_and_reads_the_address_of_an_order(shop: Shop, user: object) -> None:
    order = shop.pay(shop.order())
    with pytest.raises(errors.OrderNotFound):
        commerce.get_order_address(shop.ports, user, order.id)  # type: ignore[arg-type]
    with pytest.raises(errors.OrderNotFound):
        commerce.put_order_address(shop.ports, user, order.id, shop.address_of(HAO))  # type: ignore[arg-type]


def test_m27_the_seller_reads_the_address_from_payment_until_the_return_window_has_ended() -> None:
    shop = Shop(ListingKind.MERCHANT)
    order = shop.order()
    require_hidden(shop, order)
    shop.pay(order)
    assert sale_address(shop, order) == ADDRESS
    receive(shop, order)
    until = shop.current_order(order).returnable_until
    assert until
    shop.simulation.clock.now = until - timedelta(seconds=1)
    assert sale_address(shop, order) == ADDRESS
    shop.simulation.clock.now = until
    require_hidden(shop, order)
    commerce.handle_schedule(shop.ports)
    assert shop.current_order(order).state is OrderState.COMPLETED
    require_hidden(shop, order)


def test_m27_the_seller_of_an_order_without_returns_reads_no_address_after_receipt() -> None:
    shop = shop_without_returns()
    order = shop.pay(shop.order())
    receive(shop, order)
    require_hidden(shop, order)


def test_m27_the_seller_reads_the_address_while_a_return_is_open() -> None:
    shop, order = received()
    one = request_return(shop, order)
    until = shop.current_order(order).returnable_until
    assert until
    shop.simulation.clock.now = until
    assert sale_address(shop, order) == ADDRESS
    commerce.withdraw_return(shop.ports, HAO, one.id)
    require_hidden(shop, order)


def test_m27_the_seller_reads_no_address_of_an_order_that_they_did_not_ship_in_time(shop: Shop) -> None:
    order = shop.pay(shop.order())
    assert order.due_at
    shop.simulation.clock.now = order.due_at - timedelta(seconds=1)
    assert sale_address(shop, order) == ADDRESS
    shop.simulation.clock.now = order.due_at
    require_hidden(shop, order)


def test_m27_the_seller_reads_no_address_of_an_order_that_is_refunded_cancelled_or_expired(shop: Shop) -> None:
    paid, reserved, expired = shop.pay(shop.order()), shop.order(), shop.order()
    refunding = commerce.cancel_order(shop.ports, HAO, shop.pay(shop.order()).id)
    commerce.cancel_order(shop.ports, HAO, reserved.id)
    shop.refund(paid)
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    for order in (paid, reserved, refunding, expired):
        require_hidden(shop, order)
        assert commerce.get_order_address(shop.ports, HAO, order.id) == ADDRESS


def test_m27_no_user_but_the_seller_reads_the_address_of_a_sale() -> None:
    shop = Bazaar()
    order = shop.pay(shop.check_out((shop.own[0], 1))[0])
    for user in (HAO, LIN, caller("yan"), caller("stranger")):
        with pytest.raises(errors.OrderNotFound):
            commerce.get_sale_address(shop.ports, user, order.id)


def test_m27_each_read_by_the_seller_is_in_an_audit_chain_before_it_is_returned(shop: Shop) -> None:
    order = shop.pay(shop.order())
    with mock.patch.object(shop.simulation.vault, "decrypt", side_effect=ConnectionError), pytest.raises(ConnectionError):
        sale_address(shop, order)
    sale_address(shop, order)
    items = shop.simulation.memory("commerce").all_items()
    chain = f"READER#{MEI.user_id}|ACCESS_LOG"
    actions = [json.loads(item["entry"])[2:4] for item in items if item["pk"] == f"AUDIT#{chain}"]
    assert actions == [[MEI.user_id, f"read address of {order.id}"]] * 2
    (log,) = [item for item in items if item["pk"] == f"READER#{MEI.user_id}"]
    assert verify_chain(shop.simulation.commerce_table, log).state == "intact"


def test_m27_a_seller_reads_a_limited_number_of_addresses_per_hour(shop: Shop) -> None:
    order = shop.pay(shop.order())
    with overridden(settings, max_address_reads_per_hour=2):
        for _ in range(2):
            sale_address(shop, order)
        with pytest.raises(ReadLimitReached):
            sale_address(shop, order)
        shop.simulation.clock.advance(hours=1)
        assert sale_address(shop, order) == ADDRESS


def test_m27_an_address_that_is_moved_to_another_order_cannot_be_opened(shop: Shop) -> None:
    first, second = shop.pay(shop.order()), shop.pay(shop.order())
    item = stored(shop, first)
    assert item
    shop.simulation.memory("commerce").set_item({**item, **order_address_key(HAO.user_id, second.id).attributes()})
    with pytest.raises(AssertionError, match="another context"):
        sale_address(shop, second)


def test_m27_no_event_has_an_address(shop: Shop) -> None:
    order = shop.pay(shop.order())
    sale_address(shop, order)
    changes = all_changes(shop.simulation, "commerce")
    events = [event.model_dump_json() for event in published_events("commerce", changes)]
    assert any("OrderChanged" in event or order.id in event for event in events)
    texts = (ADDRESS.recipient, ADDRESS.phone, ADDRESS.street, "address")
    assert [event for event in events if any(text in event for text in texts)] == []
