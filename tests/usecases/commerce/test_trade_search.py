"""M21: the search over what the stream stored: 10,000 orders, signals of orders alone, late and repeated changes, ends."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order
from services.commerce.domain.address import Address
from services.commerce.domain.suspicion import SuspicionState
from services.commerce.domain.traces import Traces, hash_trace, normalize_address
from services.commerce.domain.wash_trade import PaidTrade
from services.commerce.repository import orders, trades
from services.commerce.repository.closing import delete_circle_items
from services.commerce.settings import settings
from services.commerce.usecases import suspicions
from services.shared.kernel.ids import new_id
from services.shared.table.jobs import Job
from simulation.setup.commerce import MEI
from simulation.streams import all_changes, filter_changes, handle_changes
from tests.usecases.commerce.circle_orders import ORDERS, RINGS, disguise, honest_orders, ring_of
from tests.usecases.commerce.ring import RING, RingShop


@pytest.fixture
def shop() -> RingShop:
    return RingShop()


def search(shop: RingShop) -> None:
    list(suspicions.search_trades(shop.ports, Job(suspicions.SEARCH, shop.circle_id, shop.ports.clock())))


def put_order(shop: RingShop, template: Order, trade: PaidTrade) -> Order:
    """Store a paid order, and what the stream stores of it."""
    traces = Traces(trade.payer, trade.device, trade.address)
    about = {"id": new_id("ord"), "buyer_id": trade.buyer_id, "seller_id": trade.seller_id, "traces": traces}
    order = replace(template, **about)  # type: ignore[arg-type]
    shop.ports.table.put(orders.order_to_item(order), when=None)
    assert order.paid_at
    trades.put_trade(shop.ports.table, order, order.paid_at)
    if trade.is_refunded_after_receipt:
        trades.mark_refunded(shop.ports.table, order, order.paid_at)
    return order


def test_m21_rings_of_five_are_suspected_among_10_000_orders_with_few_others(shop: RingShop) -> None:
    rng, template = random.Random(3), shop.buy(RING[0], "payer")
    planted = [trade for kind, plant in RINGS.items() for trade in plant(rng, kind)]
    honest = [trade for kind, plant in RINGS.items() for trade in disguise(rng, plant(rng, kind))]
    honest += honest_orders(rng, ORDERS - len(planted) - len(honest) - 1)
    of_rings = [put_order(shop, template, trade) for trade in planted]
    others = [put_order(shop, template, trade) for trade in honest]
    search(shop)
    suspected = trades.list_suspected_ids(shop.ports.table, shop.circle_id)
    recall = sum(order.id in suspected for order in of_rings) / len(of_rings)
    false_rate = sum(order.id in suspected for order in others) / len(others)
    print(f"recall {recall:.1%}, false orders {false_rate:.2%}, groups {len(shop.groups)}")
    assert recall >= 0.99 and false_rate <= 0.004
    for kind in RINGS:
        (group,) = (group for group in shop.groups if group.user_ids & set(ring_of(kind)))
        assert group.user_ids >= set(ring_of(kind))
    shop.flow()
    assert len(shop.open_cases) == len(shop.groups) <= 4 + 6
    search(shop)
    assert trades.list_suspected_ids(shop.ports.table, shop.circle_id) == suspected


def test_m21_a_buyer_who_turns_out_to_be_the_seller_is_suspected(shop: RingShop) -> None:
    bought = [shop.buy(RING[0], f"payer-{number}") for number in range(6)]
    shop.set_identity(MEI, "one-person")
    shop.set_identity(RING[0], "one-person")
    search(shop)
    assert {shop.state_of(order) for order in bought} == {SuspicionState.SUSPECTED}
    (group,) = shop.groups
    assert group.signals == {"person"}


def test_m21_repeated_refunds_after_receipt_count_with_another_signal(shop: RingShop) -> None:
    """Alone they are no group: a buyer can be disappointed twice."""
    template = shop.buy(RING[0], "payer")
    brushed = [PaidTrade("", "a", MEI.user_id, is_refunded_after_receipt=number < 3) for number in range(8)]
    for trade in brushed:
        put_order(shop, template, trade)
    search(shop)
    assert shop.groups == []
    put_order(shop, template, PaidTrade("", MEI.user_id, "c", address="home"))
    for trade in brushed:
        put_order(shop, template, replace(trade, address="home"))
    search(shop)
    assert [group.signals for group in shop.groups] == [{"refund", "address"}]


def test_m21_the_stream_marks_an_order_that_was_refunded_after_receipt(shop: RingShop) -> None:
    early, late = shop.buy(RING[0], "payer"), shop.buy(RING[1], "payer")
    shop.receive_orders([late])
    shop.refund(early)
    shop.refund(late, number=2)
    shop.flow()
    found = trades.list_trades(shop.ports.table, shop.circle_id, shop.simulation.clock() - timedelta(days=1))
    assert {trade.order_id: trade.is_refunded_after_receipt for trade, _ in found} == {early.id: False, late.id: True}


def test_m21_repeated_and_late_changes_store_the_same(shop: RingShop) -> None:
    bought = shop.buy_in_turns()
    shop.receive_orders(bought)
    shop.refund(bought[0])
    shop.flow()
    before = trades.list_trades(shop.ports.table, shop.circle_id, shop.simulation.clock() - timedelta(days=1))
    changes = filter_changes("commerce", all_changes(shop.simulation, "commerce"))
    handle_changes("commerce", shop.ports, changes)
    assert trades.list_trades(shop.ports.table, shop.circle_id, shop.simulation.clock() - timedelta(days=1)) == before


def test_m21_orders_before_the_period_are_not_compared(shop: RingShop) -> None:
    shop.buy_in_turns()
    shop.simulation.clock.advance(days=settings().trade_search_period.days + 1)
    search(shop)
    assert shop.groups == []


def test_m21_a_change_of_the_order_meanwhile_is_kept(shop: RingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is shipped between the read and the write of its suspicion."""
    bought = shop.buy_in_turns()
    load, shipped = orders.load_order, list[str]()

    def load_then_ship(table: object, buyer_id: str, order_id: str) -> object:
        loaded = load(shop.ports.table, buyer_id, order_id)
        if not shipped:
            shipped.append(order_id)
            commerce.ship_order(shop.ports, MEI, order_id)
        return loaded

    monkeypatch.setattr(orders, "load_order", load_then_ship)
    search(shop)
    monkeypatch.undo()
    assert {shop.state_of(order) for order in bought} == {SuspicionState.SUSPECTED}
    assert {order.id for order in map(shop.current_order, bought) if order.state == "shipped"} == set(shipped)


def test_m21_a_purge_deletes_what_the_search_reads_and_no_open_group(shop: RingShop) -> None:
    bought = shop.buy_in_turns()
    shop.search()
    for _ in delete_circle_items(shop.ports.table, shop.circle_id):
        pass
    left = {item["pk"].partition("#")[0] for item in shop.simulation.memory("commerce").all_items()}
    assert "TRADES" not in left and "TRADE_GROUPS" in left
    assert {shop.state_of(order) for order in bought} == {SuspicionState.SUSPECTED}


def test_m21_hashes_differ_by_circle_kind_and_key_and_an_address_has_one_spelling() -> None:
    hashes = {
        hash_trace(secret, circle, kind, "value") for secret in (b"1", b"2") for circle in "ab" for kind in ("payer", "device")
    }
    assert (len(hashes), hash_trace(b"1", "a", "payer", "")) == (8, "")
    spellings = [
        Address("陈岚", "138", "浙江省", "杭州市", "西湖区", "文三路 100 号 2 单元 301"),
        Address("林", "139", "浙江省", "杭州市", "西湖区", "文三路１００号，2单元301"),
    ]
    assert len({normalize_address(address) for address in spellings}) == 1
