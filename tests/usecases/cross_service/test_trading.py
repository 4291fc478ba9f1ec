"""A listing whose sale has ended or is paused is neither listed nor on sale on a card, in any service (M26)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import ListingNotOnSale as CardNotOnSale
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Order
from services.commerce.domain.money import Money
from services.commerce.domain.permissions import PERMISSIONS, Action
from services.commerce.errors import BuyerIsSeller, ListingNotFound, ListingNotOnSale, ListingRemovedByModerator, RoleNotAllowed
from services.commerce.repository.listings import LISTINGS, listing_key
from services.shared.kernel.errors import CallerMuted, DomainError, NotFound
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    BlocksChanged,
    Event,
    ListingRemoved,
)
from services.shared.security.audit import verify_chain
from services.shared.security.auth import Caller
from services.shared.security.trading import SHOP_ROLES
from services.shared.table.blocks import list_blocked_users
from services.shared.table.port import Table
from simulation.setup.circles import join_circle, open_circle, set_role
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, new_changes, published_events, subscribers_of
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = caller("lin"), caller("mei"), caller("hao"), caller("yan")  # owner, seller, reader, moderator
PUBLISHERS = ("circles", "commerce")


class Market:
    """A circle in which Mei sells; its note and its message show the listing. Events reach all services."""

    def __init__(self, kind: ListingKind = ListingKind.C2C) -> None:
        self.simulation = Simulation()
        self.circle_id = open_circle(self.simulation, LIN)
        self.room_id = derive_id("rom", self.circle_id)
        for member in (MEI, HAO, YAN):
            join_circle(self.simulation, member, LIN, self.circle_id)
        for member in (MEI, YAN):
            set_role(self.simulation, LIN, self.circle_id, member.user_id, Role.MODERATOR)
        self.publish()
        self.listing = commerce.create_listing(
            self.simulation.commerce,
            MEI,
            self.circle_id,
            new_key(MEI),
            kind=kind,
            title="望远镜",
            price=Money(12_900, "CNY"),
            stock=5,
        )
        self.publish()
        note = circles.NoteInput("看看这个", listing_ids=(self.listing.id,))
        self.note_id = circles.post_note(self.simulation.circles, LIN, self.circle_id, new_key(LIN), note).note.id
        self.send("card-0000")

    def publish(self) -> list[Event]:
        """Deliver the new events to their subscribers, each twice."""
        events = [event for name in PUBLISHERS for event in published_events(name, new_changes(self.simulation, name))]
        for event in [*events, *events]:
            for service, _ in subscribers_of(event):
                deliver(self.simulation, service, event)
        self.simulation.clock.advance(seconds=2)
        return events

    def set_account_status(self, user: Any, level: str, until: Any = None) -> None:
        data = AccountStatusChangedData.model_validate(
            {"user_id": user.user_id, "level": level, "until": until, "valid_after": 0}
        )
        event = AccountStatusChanged(**envelope(self.simulation, user.user_id), data=data)
        for service, _ in subscribers_of(event):
            deliver(self.simulation, service, event)
        self.publish()

    def send(self, client_msg_id: str, sender: Any = YAN) -> Any:
        message = MessageRequest(client_msg_id, 0, "看看", self.listing.id)
        return chat.send_message(self.simulation.chat, sender, self.circle_id, self.room_id, message)

    def order(self, buyer: Caller = HAO) -> Order:
        ports, listing = self.simulation.commerce, self.stored()
        key = new_key(buyer)
        return commerce.place_order(
            ports, buyer, self.circle_id, key, listing_id=listing.id, revision=listing.revision, quantity=1
        )

    def stored(self) -> Listing:
        key = listing_key(self.circle_id, self.listing.id)
        return LISTINGS.get(self.simulation.commerce_table, key, consistent_read=True)

    def shown(self, reader: Any = HAO) -> dict[str, bool]:
        """Return where a reader sees the listing, or its card on sale."""
        ports, here, page = self.simulation, self.circle_id, PageRequest(20)
        listed = commerce.list_listings(ports.commerce, reader, here, page).items
        messages, _ = chat.list_messages(ports.chat, reader, here, self.room_id, 0, 20)
        notes = circles.list_notes(ports.circles, reader, here, page).items
        note = circles.get_note(ports.circles, reader, here, self.note_id)
        return {
            "list": bool(listed),
            "detail": is_found(lambda: commerce.get_listing(ports.commerce, reader, here, self.listing.id)),
            "feed": any(card.on_sale for view in notes for card in view.cards),
            "note": any(card.on_sale for card in note.cards),
            "history": any(entry.card.on_sale for entry in messages if entry.card),
        }


def is_found(call: Callable[[], Any]) -> bool:
    try:
        call()
    except NotFound:
        return False
    return True


def sanction(kind: SanctionKind, days: int = 0) -> Callable[[Market], Any]:
    def impose(market: Market) -> None:
        until = market.simulation.clock() + timedelta(days=days) if days else None
        circles.impose_member_sanction(
            market.simulation.circles, LIN, market.circle_id, MEI.user_id, kind, reason="刷屏", until=until
        )

    return impose


def status(user: Any, level: str) -> Callable[[Market], Any]:
    return lambda market: market.set_account_status(user, level)


def demote(market: Market) -> None:
    set_role(market.simulation, LIN, market.circle_id, MEI.user_id, Role.MEMBER)


def withdraw(market: Market) -> None:
    commerce.withdraw_listing(market.simulation.commerce, MEI, market.circle_id, market.listing.id)


def remove(market: Market, by: Any = YAN) -> None:
    commerce.remove_listing(market.simulation.commerce, by, market.circle_id, market.listing.id, "假货")


ENDINGS: dict[str, tuple[Callable[[Market], Any], type[DomainError]]] = {
    "the seller left": (lambda market: circles.leave_circle(market.simulation.circles, MEI, market.circle_id), ListingNotFound),
    "the seller was kicked": (sanction(SanctionKind.KICK), ListingNotFound),
    "the seller was banned": (sanction(SanctionKind.BAN), ListingNotFound),
    "the seller is restricted": (status(MEI, "restricted"), ListingNotOnSale),
    "the seller is suspended": (status(MEI, "suspended"), ListingNotOnSale),
    "the seller is banned from the platform": (status(MEI, "banned"), ListingNotOnSale),
    "the owner is restricted": (status(LIN, "restricted"), ListingNotOnSale),
    "the owner is suspended": (status(LIN, "suspended"), ListingNotOnSale),
    "the seller withdrew it": (withdraw, ListingNotFound),
    "a moderator removed it": (remove, ListingNotFound),
    "the seller no longer runs the shop": (demote, ListingNotFound),
    "the reader has blocked the seller": (
        lambda market: circles.block_user(market.simulation.circles, HAO, MEI.user_id),
        ListingNotFound,
    ),
    "the circle is closing": (
        lambda market: circles.close_circle(market.simulation.circles, LIN, market.circle_id, timedelta(days=30)),
        ListingNotOnSale,
    ),
}


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


@pytest.mark.parametrize("name", ["the seller left", "the seller was kicked", "the seller no longer runs the shop"])
def test_m26_a_seller_withdraws_their_own_listing_also_after_leaving_and_once(name: str) -> None:
    market = Market(ListingKind.MERCHANT)
    ENDINGS[name][0](market)
    market.publish()
    withdraw(market)
    withdraw(market)
    assert [event.name() for event in market.publish()].count("ListingChanged") == 1
    assert not market.stored().on_sale
    if name == "the seller left":
        join_circle(market.simulation, MEI, LIN, market.circle_id)
        market.publish()
    assert not any(market.shown().values())


@pytest.mark.parametrize("by", [LIN, HAO, YAN, caller("stranger")])
def test_m26_only_its_seller_withdraws_a_listing(by: Caller) -> None:
    market = Market()
    with pytest.raises(ListingNotFound):
        commerce.withdraw_listing(market.simulation.commerce, by, market.circle_id, market.listing.id)
    assert market.stored().on_sale


@pytest.mark.parametrize("name", ["the seller left", "the seller is suspended", "the seller withdrew it", ""])
def test_m26_a_moderator_removes_any_listing_for_good_and_its_seller_reads_the_reason(name: str) -> None:
    market = Market()
    if name:
        ENDINGS[name][0](market)
        market.publish()
    remove(market)
    remove(market, LIN)
    removed = [event for event in market.publish() if isinstance(event, ListingRemoved)]
    assert [event.data.seller_id for event in removed] == [MEI.user_id]
    removal = market.stored().removal
    assert removal and (removal.by, removal.reason) == (YAN.user_id, "假货")
    if name != "the seller left":
        assert commerce.get_listing(market.simulation.commerce, MEI, market.circle_id, market.listing.id).removal == removal
        ports, request = market.simulation.commerce, change(market.stored().revision)
        new: dict[str, Any] = {"title": "望远镜", "price": Money(1, "CNY"), "on_sale": True}
        with pytest.raises(ListingRemovedByModerator):
            commerce.update_listing(ports, MEI, market.circle_id, market.listing.id, request, **new)
    assert not any(market.shown().values())


def test_m26_a_removal_is_in_the_audit_and_is_anchored() -> None:
    market = Market()
    remove(market)
    table = market.simulation.commerce_table
    item = table.get(listing_key(market.circle_id, market.listing.id), consistent_read=True)
    assert item
    assert (verify_chain(table, item).state, item["audit_length"]) == ("intact", 1)
    market.simulation.clock.advance(hours=2)
    assert market.simulation.anchor_heads("commerce") > 0


@pytest.mark.parametrize("role", [Role.CO_OWNER, Role.MODERATOR, Role.BUYER, Role.MEMBER])
def test_m26_only_moderators_remove_listings(role: Role) -> None:
    market = Market()
    set_role(market.simulation, LIN, market.circle_id, HAO.user_id, role)
    market.publish()
    if role in (Role.MODERATOR, Role.CO_OWNER):
        remove(market, HAO)
        assert market.stored().removal
        return
    with pytest.raises(RoleNotAllowed):
        remove(market, HAO)


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
