"""C12: a newcomer posts no link in any text that other members read, in any service, until reading has earned trust."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageRequest
from services.chat.settings import settings
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.money import Money
from services.shared.kernel.errors import NewcomerLimitExceeded
from services.shared.messaging.events import MembershipChanged
from simulation.settings import overridden
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import create_circle, get_member, post_note
from simulation.setup.commerce import Shop
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, new_changes, published_events
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
LINKS = ["例子.中国", "看 https://example.org", "1.2.3.4", "example。com", "@林 @梅 @豪 快来"]
ORDINARY = ["看了GTA。nice", "node.js 学习", "@林 @梅 来看。", "f/2.8 的镜头"]
ROLES = ["member", "regular", "buyer", "moderator", "co_owner", "owner"]
PRICE = Money(100, "CNY")


class Room:
    """A room with Lin, who is a member, and Mei in some role."""

    def __init__(self, role: str = "newcomer") -> None:
        self.simulation = Simulation()
        self.circle_id = create_circle(self.simulation, LIN, MEI)
        set_chat_members(self.simulation, self.circle_id, LIN, role="owner")
        self.id = self.set_role(role)
        self.count = 0

    def set_role(self, role: str) -> str:
        self.simulation.clock.advance(seconds=1)
        return set_chat_members(self.simulation, self.circle_id, MEI, role=role)

    def send(self, text: str, msg_id: str = "") -> Message:
        self.count += 1
        self.simulation.clock.advance(seconds=1)
        request = MessageRequest(msg_id or f"message-{self.count}", 0, text)
        return chat.send_message(self.simulation.chat, MEI, self.circle_id, self.id, request)[0]


@pytest.mark.parametrize("text", LINKS)
def test_c12_a_newcomer_sends_no_message_with_a_link(text: str) -> None:
    room = Room()
    written = len(room.simulation.memory("chat").stream)
    with pytest.raises(NewcomerLimitExceeded) as error:
        room.send(text)
    assert error.value.facts == {"max_pictures": 1, "max_mentions": 2}
    assert len(room.simulation.memory("chat").stream) == written, "it uses no slot and no number"


def test_c12_a_newcomer_sends_ordinary_messages_at_the_usual_rate() -> None:
    room = Room()
    assert [room.send(text).seq for text in ORDINARY] == [1, 2, 3, 4]


@pytest.mark.parametrize("role", ROLES)
def test_c12_other_members_send_links(role: str) -> None:
    room = Room(role)
    for text in LINKS:
        assert room.send(text).text == text


def test_c12_a_link_is_denied_also_within_the_burst() -> None:
    room = Room()
    room.send("早")
    request = MessageRequest("message-burst", 0, LINKS[0])  # at the same moment: the second condition of the rate limit
    with pytest.raises(NewcomerLimitExceeded):
        chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)


def test_c12_a_retry_after_trust_was_lost_returns_the_message() -> None:
    room = Room("member")
    sent = room.send(LINKS[0], "message-retried")
    room.set_role("newcomer")
    assert room.send(LINKS[0], "message-retried") == sent
    with pytest.raises(NewcomerLimitExceeded):
        room.send(LINKS[0])


def test_c12_the_limit_of_mentions_in_a_message_is_a_setting() -> None:
    room = Room()
    with overridden(settings, max_mentions_of_newcomer=3):
        room.send("@林 @梅 @豪 快来")
    with pytest.raises(NewcomerLimitExceeded):
        room.send("@林 @梅 @豪 快来")


def test_c12_trust_that_is_earned_by_reading_lifts_the_limit_in_chat_and_commerce() -> None:
    room = Room()
    simulation, shop = room.simulation, Shop(simulation=room.simulation)
    notes = [post_note(simulation, room.circle_id, LIN).id for _ in range(10)]
    with pytest.raises(NewcomerLimitExceeded):
        room.send(LINKS[0])
    for _ in range(3):
        simulation.clock.advance(days=1)
        circles.record_views(simulation.circles, MEI, room.circle_id, notes)
    assert get_member(simulation, room.circle_id, MEI.user_id).effective_role == "member"
    events = published_events("circles", new_changes(simulation, "circles"))
    event = [one for one in events if isinstance(one, MembershipChanged)][-1]
    for service in ("chat", "commerce"):
        deliver(simulation, service, event)
    assert room.send(LINKS[0]).text == LINKS[0]
    about: dict[str, Any] = {"kind": ListingKind.C2C, "price": PRICE, "stock": 1}
    assert commerce.create_listing(shop.ports, MEI, room.circle_id, shop.new_key(MEI), title="望远镜 example.com", **about)


def list_titled(shop: Shop, title: str) -> Listing:
    key = shop.new_key(HAO)
    about: dict[str, Any] = {"kind": ListingKind.C2C, "price": PRICE, "stock": 1}
    return commerce.create_listing(shop.ports, HAO, shop.circle_id, key, title=title, **about)


def retitle(shop: Shop, listing: Listing, title: str, *, on_sale: bool = True) -> Listing:
    request = change(listing.revision)
    about: dict[str, Any] = {"price": PRICE, "on_sale": on_sale}
    return commerce.update_listing(shop.ports, HAO, shop.circle_id, listing.id, request, title=title, **about)


def test_c12_a_newcomer_gives_no_listing_a_title_with_a_link() -> None:
    shop = Shop()
    shop.set_member(HAO, role="newcomer")
    listing = list_titled(shop, "node.js 二手书")
    denied: list[Callable[[str], Any]] = [lambda title: list_titled(shop, title), lambda title: retitle(shop, listing, title)]
    for text in LINKS:
        for action in denied:
            with pytest.raises(NewcomerLimitExceeded):
                action(text)
    listing = retitle(shop, listing, "望远镜")
    shop.set_member(HAO, role="member")
    listing = retitle(shop, listing, "望远镜 example.com")
    assert list_titled(shop, "望远镜 example.com").title == listing.title


def test_c12_a_seller_who_lost_trust_changes_a_listing_with_a_link_if_the_title_stays() -> None:
    shop = Shop()
    listing = list_titled(shop, "望远镜 example.com")
    shop.set_member(HAO, role="newcomer")
    assert not retitle(shop, listing, listing.title, on_sale=False).on_sale


@pytest.mark.parametrize("text", LINKS)
def test_c12_a_newcomer_posts_no_link_in_a_note_draft_edit_or_comment(text: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    ports, note = simulation.circles, post_note(simulation, circle_id, MEI)
    content = circles.NoteInput(text, ("观鸟",))
    draft = circles.create_draft(ports, MEI, circle_id, new_key(MEI), circles.NoteInput("早", ("观鸟",)))
    denied: list[Callable[[], Any]] = [
        lambda: circles.post_note(ports, MEI, circle_id, new_key(MEI), content),
        lambda: circles.create_draft(ports, MEI, circle_id, new_key(MEI), content),
        lambda: circles.update_draft(ports, MEI, circle_id, draft.id, change(draft.version), content),
        lambda: circles.update_note(ports, MEI, circle_id, note.id, change(note.version), text, ("观鸟",)),
        lambda: circles.add_comment(ports, MEI, circle_id, note.id, new_key(MEI), text=text, parent_id=None),
    ]
    for action in denied:
        with pytest.raises(NewcomerLimitExceeded):
            action()


@pytest.mark.parametrize("text", ORDINARY)
def test_c12_a_newcomer_posts_ordinary_text(text: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    assert post_note(simulation, circle_id, MEI, text).content.text == text
