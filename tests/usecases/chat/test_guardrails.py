"""The guardrails of the owner's commerce in messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageKind, MessageRequest
from services.chat.settings import settings
from services.shared.kernel.clock import china_day
from services.shared.kernel.errors import GuardrailReached
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import AccountVerified, AccountVerifiedData, ListingChanged, ListingChangedData
from services.shared.security.auth import Caller
from services.shared.security.guardrails import ProductDisclosure
from services.shared.table.guardrails import load_guardrails
from simulation.settings import overridden
from simulation.setup.chat import Lobby, set_chat_members
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.streams import all_changes, deliver, handle_changes, handle_new_changes
from simulation.users import caller
from tests.support.guarded_circle import PASSED, rules, run_at_once

LIN, MEI, HAO, SECOND = caller("lin"), caller("mei"), caller("hao"), caller("second")
DENSITY, OWN, ROOM = "density", "own_products", "room_cards"
LIMITS: dict[str, Any] = {
    "max_commercial_percent": 10,
    "max_own_percent": 100,
    "max_cards_per_room": 1000,
    "send_burst": timedelta(minutes=10),
}


class GuardedLobby(Lobby):
    """Lin owns the circle, Mei is a co-owner, Second is another user of Lin's identity, Hao a member who sells `others`."""

    def __init__(self) -> None:
        super().__init__()
        self.simulation.clock.advance(seconds=1)
        set_chat_members(self.simulation, self.circle_id, LIN, role="owner")
        set_chat_members(self.simulation, self.circle_id, MEI, role="co_owner")
        set_chat_members(self.simulation, self.circle_id, SECOND)
        for user in (LIN, SECOND):
            data = AccountVerifiedData(user_id=user.user_id, identity_id="identity-of-lin", adult_on=None)
            deliver(self.simulation, "chat", AccountVerified(**envelope(self.simulation, user.user_id), data=data))
        self.others, self.own = self.list_product(HAO), self.list_product(LIN)

    def list_product(self, seller: Caller) -> str:
        listing_id = new_id("lst")
        state = {"listing_id": listing_id, "circle_id": self.circle_id, "seller_id": seller.user_id, "kind": "c2c"}
        values = {**state, "title": "望远镜", "amount": 100, "currency": "CNY", "stock": 5, "option_count": 0, "on_sale": True}
        data = ListingChangedData.model_validate(values)
        deliver(self.simulation, "chat", ListingChanged(**envelope(self.simulation, listing_id), data=data))
        return listing_id

    def send_ordinary(self, count: int, sender: Caller = LIN) -> list[Message]:
        sent = [self.send(sender, f"第 {number} 条") for number in range(count)]
        handle_new_changes(self.simulation, "chat")
        return sent

    def send_card(self, listing_id: str, sender: Caller = LIN, msg_id: str = "", text: str = "看看") -> Message:
        self.count += 1
        request = MessageRequest(msg_id or f"message-{self.count}", 0, text, listing_id)
        return chat.send_message(self.simulation.chat, sender, self.circle_id, self.id, request)[0]

    def edit(self, message: Message, text: str, sender: Caller = LIN) -> Message:
        request = change(message.version, new_id("key"))
        where = (self.circle_id, self.id, message.seq, request)
        return chat.update_message(self.simulation.chat, sender, *where, text).message

    def result(self, call: object, *args: object) -> str:
        try:
            call(*args)  # type: ignore[operator]
        except GuardrailReached as error:
            return str(error.facts["rule"])
        return PASSED


@pytest.fixture
def lobby() -> Iterator[GuardedLobby]:
    with overridden(settings, **LIMITS):
        yield GuardedLobby()


def test_m18_the_tenth_message_can_be_commercial_and_the_ninth_cannot(lobby: GuardedLobby) -> None:
    lobby.send_ordinary(8)
    assert lobby.result(lobby.send_card, lobby.others) == DENSITY
    lobby.send_ordinary(1, MEI)
    assert lobby.result(lobby.send_card, lobby.others) == PASSED
    assert [lobby.result(lobby.send_card, lobby.others, sender) for sender in (LIN, MEI, SECOND)] == [DENSITY] * 3


def test_m18_a_member_is_not_limited_and_a_denied_message_leaves_no_gap(lobby: GuardedLobby) -> None:
    assert lobby.result(lobby.send_card, lobby.others, LIN) == DENSITY
    assert lobby.send_card(lobby.others, HAO).disclosure is ProductDisclosure.OWN_PRODUCT
    assert [message.seq for message in lobby.list_messages()] == [1]


def test_m18_a_room_has_at_most_5_cards_of_the_group_per_day() -> None:
    with overridden(settings, **LIMITS | {"max_commercial_percent": 100, "max_cards_per_room": 5}):
        lobby = GuardedLobby()
        senders = [LIN, MEI, SECOND, LIN, MEI]
        assert [lobby.result(lobby.send_card, lobby.others, sender) for sender in senders] == [PASSED] * 5
        with pytest.raises(GuardrailReached) as denied:
            lobby.send_card(lobby.others)
        assert denied.value.facts["rule"] == ROOM
        tomorrow = denied.value.facts["frees_at"]
        assert tomorrow.endswith("T00:00:00+08:00")
        lobby.simulation.clock.advance(days=1)
        assert lobby.result(lobby.send_card, lobby.others) == PASSED


def test_m18_fifty_parallel_cards_pass_no_more_than_5_in_a_room() -> None:
    with overridden(settings, **LIMITS | {"max_commercial_percent": 100, "max_cards_per_room": 5}):
        lobby = GuardedLobby()
        calls = [
            lambda index=index: lobby.send_card(lobby.others, (LIN, MEI, SECOND)[index % 3], f"parallel-{index}")
            for index in range(50)
        ]
        assert sorted(rules(run_at_once(*calls))) == [PASSED] * 5 + [ROOM] * 45
        lobby.simulation.clock.advance(seconds=60)
        kinds = [message.kind for message in lobby.list_messages()]
        assert kinds.count(MessageKind.CARD) == 5
        assert set(kinds) <= {MessageKind.CARD, MessageKind.VOID}


def test_m18_fifty_parallel_messages_keep_the_density(lobby: GuardedLobby) -> None:
    lobby.send_ordinary(18)
    calls = [lambda index=index: lobby.send_card(lobby.others, (LIN, MEI)[index % 2], f"p-{index}") for index in range(50)]
    assert sorted(rules(run_at_once(*calls))) == [DENSITY] * 48 + [PASSED] * 2


def test_m18_fifty_parallel_edits_into_ads_keep_the_density(lobby: GuardedLobby) -> None:
    sent = lobby.send_ordinary(50)
    edits = [lambda message=message: lobby.edit(message, f"看 {lobby.others}") for message in sent]
    assert sorted(rules(run_at_once(*edits))) == [DENSITY] * 45 + [PASSED] * 5


def test_m18_a_link_as_text_and_an_edit_into_an_ad_count(lobby: GuardedLobby) -> None:
    plain = lobby.send_ordinary(9)[0]
    assert lobby.result(lobby.edit, plain, f"https://x.example/l/{lobby.others}") == DENSITY
    lobby.send_ordinary(1)
    assert lobby.edit(plain, f"看 {lobby.others}").disclosure is ProductDisclosure.COMMISSION
    assert lobby.result(lobby.send, LIN, f"看 {lobby.others.lower()}") == DENSITY


def test_m18_recalls_reset_nothing(lobby: GuardedLobby) -> None:
    plain = lobby.send_ordinary(9)[0]
    ad = lobby.send_card(lobby.others)
    for message in (ad, plain):
        chat.recall_message(lobby.simulation.chat, LIN, lobby.circle_id, lobby.id, message.seq)
    lobby.send_ordinary(9)
    assert lobby.result(lobby.send_card, lobby.others) == DENSITY
    lobby.send_ordinary(1)
    assert lobby.result(lobby.send_card, lobby.others) == PASSED


def test_m18_repeated_records_count_once(lobby: GuardedLobby) -> None:
    lobby.send_ordinary(8)
    changes = all_changes(lobby.simulation, "chat")
    handle_changes("chat", lobby.simulation.chat, changes)
    handle_changes("chat", lobby.simulation.chat, changes)
    assert lobby.result(lobby.send_card, lobby.others) == DENSITY


def test_m18_a_retry_of_a_counted_message_returns_it_and_counts_once(lobby: GuardedLobby) -> None:
    lobby.send_ordinary(9)
    first = lobby.send_card(lobby.others, msg_id="the-same-card")
    assert lobby.send_card(lobby.others, msg_id="the-same-card").seq == first.seq
    today, state = china_day(lobby.simulation.clock()), load_guardrails(lobby.simulation.chat_table, lobby.circle_id).entity
    assert state.days[today].commercial == 1


def test_m18_own_products_are_at_most_3_of_10_cards_of_messages() -> None:
    with overridden(settings, **LIMITS | {"max_commercial_percent": 100, "max_own_percent": 30}):
        lobby = GuardedLobby()
        for _ in range(2):
            lobby.send_card(lobby.others)
        assert lobby.result(lobby.send_card, lobby.own) == OWN
        lobby.send_card(lobby.others)
        assert lobby.send_card(lobby.own).disclosure is ProductDisclosure.OWN_PRODUCT
        assert lobby.result(lobby.send_card, lobby.own, MEI) == OWN
