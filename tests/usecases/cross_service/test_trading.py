"""A listing whose sale has ended or is paused is neither listed nor on sale on a card, in any service (M26)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.chat.errors import ListingNotOnSale as CardNotOnSale
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.commerce.domain.permissions import PERMISSIONS, Action
from services.commerce.errors import BuyerIsSeller
from services.shared.kernel.errors import CallerMuted
from services.shared.messaging.events import BlocksChanged, Event
from services.shared.security.trading import SHOP_ROLES
from services.shared.table.blocks import list_blocked_users
from services.shared.table.port import Table
from simulation.setup.circles import join_circle, set_role
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events
from tests.usecases.cross_service.market import ENDINGS, HAO, LIN, MEI, YAN, Market, sanction, status, withdraw


@pytest.mark.parametrize("name", ENDINGS)
def test_m26_a_listing_that_cannot_be_traded_is_shown_and_sold_nowhere(name: str) -> None:
    end, error = ENDINGS[name]
    market = Market(ListingKind.MERCHANT)
    assert set(market.shown().values()) == {True}
    end(market)
    market.publish()
    assert market.shown() == dict.fromkeys(market.shown(), False)
    with pytest.raises(error):
        market.order()


UNDONE: dict[str, tuple[str, Callable[[Market], Any]]] = {
    "the seller joins again": ("the seller left", lambda market: join_circle(market.simulation, MEI, LIN, market.circle_id)),
    "the seller runs the shop again": (
        "the seller no longer runs the shop",
        lambda market: set_role(market.simulation, LIN, market.circle_id, MEI.user_id, Role.BUYER),
    ),
    "the sanction is lifted": ("the seller is suspended", status(MEI, "none")),
    "the reader unblocks the seller": (
        "the reader has blocked the seller",
        lambda market: circles.unblock_user(market.simulation.circles, HAO, MEI.user_id),
    ),
}


@pytest.mark.parametrize("name", UNDONE)
def test_m26_a_listing_is_back_as_it_was_when_its_seller_is(name: str) -> None:
    ended, undo = UNDONE[name]
    market = Market(ListingKind.MERCHANT if "shop" in name else ListingKind.C2C)
    ENDINGS[ended][0](market)
    market.publish()
    assert not any(market.shown().values())
    undo(market)
    market.publish()
    assert set(market.shown().values()) == {True}
    assert market.order().total == market.listing.price


def test_m26_the_end_of_a_sanction_needs_no_event() -> None:
    market = Market()
    end = market.simulation.clock() + timedelta(days=1)
    market.set_account_status(MEI, "restricted", end)
    assert not any(market.shown().values())
    market.simulation.clock.now = end
    assert set(market.shown().values()) == {True}


def test_m26_a_listing_of_a_muted_seller_stays_on_sale_and_the_seller_can_withdraw_it() -> None:
    """A mute is about texts. A title is one, so the seller changes nothing else."""
    market = Market()
    sanction(SanctionKind.MUTE, 3)(market)
    market.publish()
    assert set(market.shown().values()) == {True}
    ports, request = market.simulation.commerce, change(market.stored().revision)
    new: dict[str, Any] = {"title": "望远镜", "price": Money(1, "CNY"), "on_sale": False}
    with pytest.raises(CallerMuted):
        commerce.update_listing(ports, MEI, market.circle_id, market.listing.id, request, **new)
    withdraw(market)
    market.publish()
    assert not any(market.shown().values())


def test_m2_the_roles_that_run_the_shop_are_those_that_can_list_its_products() -> None:
    assert {role for role, actions in PERMISSIONS.items() if Action.LIST_MERCHANT in actions} == SHOP_ROLES


def test_h17_a_card_whose_sale_has_ended_is_sent_off_sale_and_one_that_is_paused_is_denied() -> None:
    market = Market()
    ENDINGS["the seller left"][0](market)
    market.publish()
    _, card = market.send("card-0001")
    assert card and not card.on_sale
    market.set_account_status(LIN, "restricted")
    assert market.send("card-0002")[1]
    join_circle(market.simulation, MEI, LIN, market.circle_id)
    market.publish()
    with pytest.raises(CardNotOnSale):
        market.send("card-0003")


def test_m26_repeated_late_and_reordered_block_lists_end_in_the_newest() -> None:
    market = Market()
    for other in (MEI, YAN):
        circles.block_user(market.simulation.circles, HAO, other.user_id)
    circles.unblock_user(market.simulation.circles, HAO, MEI.user_id)
    lists = [event for event in published_events("circles", all_changes(market.simulation, "circles")) if is_block_list(event)]
    assert len(lists) == 3
    for order in permutations(lists):
        fresh = Simulation()
        for event in [*order, *order]:
            for service in ("chat", "commerce"):
                deliver(fresh, service, event)
        tables: list[Table] = [fresh.chat_table, fresh.commerce_table]
        assert [list_blocked_users(table, HAO.user_id) for table in tables] == [[YAN.user_id]] * 2


def is_block_list(event: Event) -> bool:
    return isinstance(event, BlocksChanged)


def test_m26_a_buyer_who_is_the_seller_gets_the_reason_while_the_listing_is_on_sale() -> None:
    market = Market()
    with pytest.raises(BuyerIsSeller):
        market.order(MEI)
