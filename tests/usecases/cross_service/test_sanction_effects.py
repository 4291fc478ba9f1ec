"""What each step of the sanction ladder means in every service (R14), in any order, twice, late."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Draft
from services.chat.errors import CircleReadOnly, ListingNotTradable
from services.circles import usecases as circles
from services.circles.errors import CircleReadOnly as NotWritable
from services.circles.errors import PasscodeRejected
from services.commerce import usecases as commerce
from services.commerce.domain import Kind, OrderState
from services.commerce.domain.money import Money
from services.commerce.errors import SalesPaused
from services.review import usecases as review
from services.shared.kernel.errors import DomainError, Muted, Restricted
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    CircleChanged,
    CircleData,
    ListingChanged,
    ListingChangedData,
)
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.table.cards import apply_listing_changed
from simulation.setup import common as scenes
from simulation.setup.commerce import Shop
from simulation.setup.common import enrolled, envelope
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
DAY = timedelta(days=1)


def told(
    world: World, who: Any, level: SanctionLevel, until: datetime | None = None, version: int | None = None
) -> AccountStatusChanged:
    data = AccountStatusChangedData(user_id=who.user_id, level=level.value, until=until, valid_after=0)
    return AccountStatusChanged(**envelope(world, who.user_id, version), data=data)


def impose(world: World, name: str, level: SanctionLevel, *, days: float = 0, emergency: bool = False) -> Any:
    by = enrolled(world, name)
    until = world.clock() + timedelta(days=days) if days else None
    return review.impose_sanction(
        world.review, by, LIN.user_id, level=level, until=until, reason="多次刷屏。", emergency=emergency
    )


def level(world: World) -> SanctionLevel:
    return get_account_status(world.review_table, LIN.user_id).at(world.clock())


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


# what a step means elsewhere


def test_r14_a_muted_person_reads_and_says_nothing_anywhere() -> None:
    world = World()
    circle_id = scenes.open_circle(world, LIN)
    scenes.join(world, MEI, LIN, circle_id)
    room = scenes.tell_chat(world, circle_id, LIN, MEI)
    muted = replace(MEI, level=SanctionLevel.MUTED)
    with pytest.raises(Muted):
        circles.post_note(world.circles, muted, circle_id, wish(MEI), circles.Words("早"))
    with pytest.raises(Muted):
        chat.send_message(world.chat, muted, circle_id, room, Draft("message-0001", 0, "早"))
    assert circles.list_notes(world.circles, muted, circle_id, 20, None) == ([], None)
    assert chat.list_messages(world.chat, muted, circle_id, room, 0, 20) == ([], False)


def test_r14_a_restricted_seller_sells_nothing() -> None:
    shop = Shop()
    restricted = replace(MEI, level=SanctionLevel.RESTRICTED)
    offer: dict[str, Any] = {"kind": Kind.C2C, "title": "望远镜", "price": Money(100, "CNY"), "stock": 1}
    with pytest.raises(Restricted):
        commerce.create_listing(shop.ports, restricted, shop.circle_id, shop.key(MEI), **offer)
    for who in (MEI, LIN):  # the seller, then the owner of the circle
        commerce.apply_account_status_changed(shop.ports, told(shop.world, who, SanctionLevel.RESTRICTED, version=10**13))
        with pytest.raises(SalesPaused):
            shop.order()
        commerce.apply_account_status_changed(shop.ports, told(shop.world, who, SanctionLevel.NONE, version=10**13 + 1))
    key = shop.key(HAO)
    placed = shop.order(key=key)
    commerce.apply_account_status_changed(shop.ports, told(shop.world, MEI, SanctionLevel.RESTRICTED, version=10**14))
    assert shop.order(key=key) == placed  # a retry of what was done is answered


def test_r14_cards_are_refused_while_their_seller_or_the_owner_may_not_trade() -> None:
    world = World()
    circle_id = scenes.open_circle(world, LIN)
    room = scenes.tell_chat(world, circle_id, LIN, MEI, HAO)
    listing_id = new_id("lst")
    goods = {"listing_id": listing_id, "circle_id": circle_id, "seller_id": MEI.user_id, "kind": "c2c", "title": "望远镜"}
    state = ListingChangedData.model_validate({**goods, "amount": 100, "currency": "CNY", "stock": 1, "on_sale": True})
    apply_listing_changed(world.chat, ListingChanged(**envelope(world, listing_id), data=state))
    for who, number in ((MEI, 1), (LIN, 2)):
        until = world.clock() + DAY
        chat.apply_account_status_changed(world.chat, told(world, who, SanctionLevel.RESTRICTED, until))
        with pytest.raises(ListingNotTradable):
            chat.send_message(world.chat, HAO, circle_id, room, Draft(f"card-000{number}", 0, "看看", listing_id))
        world.clock.now = until  # its end is judged when read
        assert chat.send_message(world.chat, HAO, circle_id, room, Draft(f"card-010{number}", 0, "看看", listing_id))[1]


@pytest.mark.parametrize("held", ["seller", "owner"])
def test_r14_money_is_held_by_the_clock_while_whoever_gets_it_is_restricted(held: str) -> None:
    shop = Shop(Kind.MERCHANT)
    order = shop.order()
    shop.paid(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    if held == "owner":
        commerce.confirm_receipt(shop.ports, HAO, order.id)
    waits = commerce.get_order(shop.ports, HAO, order.id).state
    commerce.apply_account_status_changed(
        shop.ports, told(shop.world, MEI if held == "seller" else LIN, SanctionLevel.SUSPENDED, version=10**13)
    )
    for _ in range(4):
        shop.world.clock.advance(days=11)
        commerce.handle_schedule(shop.ports)
    assert commerce.get_order(shop.ports, HAO, order.id).state is waits
    commerce.apply_account_status_changed(
        shop.ports, told(shop.world, MEI if held == "seller" else LIN, SanctionLevel.NONE, version=10**14)
    )
    for _ in range(2):
        shop.world.clock.advance(days=8)
        commerce.handle_schedule(shop.ports)
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.COMPLETED
    assert sum(shop.balances().values()) == 0


def test_r14_a_suspended_owners_circle_can_only_be_read_everywhere() -> None:
    world = World()
    circle_id = scenes.open_circle(world, LIN)
    scenes.join(world, MEI, LIN, circle_id)
    code = scenes.issue(world, LIN, circle_id)
    room = scenes.tell_chat(world, circle_id, LIN, MEI)
    circles.apply_account_status_changed(world.circles, told(world, LIN, SanctionLevel.SUSPENDED))
    with pytest.raises(NotWritable):
        circles.post_note(world.circles, MEI, circle_id, wish(MEI), circles.Words("早"))
    with pytest.raises(PasscodeRejected):
        circles.join_circle(world.circles, HAO, code)
    assert circles.list_notes(world.circles, MEI, circle_id, 20, None) == ([], None)
    state = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=LIN.user_id, state="read_only")
    chat.keep_circle(world.chat, CircleChanged(**envelope(world, circle_id, 10**13), data=state))
    with pytest.raises(CircleReadOnly):
        chat.send_message(world.chat, MEI, circle_id, room, Draft("message-0001", 0, "早"))
    circles.apply_account_status_changed(world.circles, told(world, LIN, SanctionLevel.NONE, version=10**14))
    circles.post_note(world.circles, MEI, circle_id, wish(MEI), circles.Words("早"))


def test_r14_twice_late_and_in_any_order_the_same_state() -> None:
    """Every order of four words about an owner, each told twice, ends in the state of the newest."""
    words = [(SanctionLevel.SUSPENDED, 1), (SanctionLevel.NONE, 2), (SanctionLevel.MUTED, 3), (SanctionLevel.SUSPENDED, 4)]
    ends = set()
    for order in itertools.permutations(words):
        world = World()
        circle_id = scenes.open_circle(world, LIN)
        base = 10**13
        for step, version in [*order, *order]:
            for service in (circles, chat, commerce):
                ports = getattr(world, service.__name__.split(".")[1])
                service.apply_account_status_changed(ports, told(world, LIN, step, version=base + version))  # type: ignore[attr-defined]
        circle, _ = circles.get_circle(world.circles, LIN, circle_id)
        tables = (world.circles_table, world.chat_table, world.commerce_table)
        ends.add((circle.is_read_only(world.clock()), *(get_account_status(table, LIN.user_id).level for table in tables)))
    assert ends == {(True, SanctionLevel.SUSPENDED, SanctionLevel.SUSPENDED, SanctionLevel.SUSPENDED)}


def test_r14_a_seat_that_comes_after_the_suspension_makes_a_read_only_circle() -> None:
    world = World()
    circles.apply_account_status_changed(world.circles, told(world, LIN, SanctionLevel.SUSPENDED))
    event = scenes.seat_granted(world, LIN)
    circles.provision_circle(world.circles, event)
    (circle, _), *_ = circles.list_circles(world.circles, LIN, 20, None)[0]
    assert circle.is_read_only(world.clock())
