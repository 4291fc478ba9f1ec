"""A10: messages and product cards of blocked users are not shown, in history, pins, unread counts and pushes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Message, MessageKind, MessageRequest, head
from services.chat.domain.socket import USER_CODE_LENGTH, user_code
from services.chat.errors import CircleNotFound
from services.chat.repository.read_markers import marker_key
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import BlocksChanged, ListingChanged, ListingChangedData
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members
from simulation.setup.events import envelope
from simulation.sockets import messages_of
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller
from tests.support.blocking import block
from tests.support.races import HookedTable


def is_hidden(message: Message) -> bool:
    return (message.kind, message.sender, message.text, message.client_msg_id) == (MessageKind.HIDDEN, "", "", "")


def pushed(room: Lobby, connection_id: str) -> list[dict[str, Any]]:
    return messages_of(room.simulation.sockets.pushes.get(connection_id, ()))


def test_a10_the_history_hides_messages_of_blocked_users_and_has_every_number() -> None:
    room = Lobby()
    for sender in (HAO, MEI, HAO, LIN):
        room.send(sender)
    block(room, LIN, HAO)
    shown = room.list_messages(LIN)
    assert [message.seq for message in shown] == [1, 2, 3, 4]
    assert [is_hidden(message) for message in shown] == [True, False, True, False]
    assert not any(is_hidden(message) for reader in (MEI, HAO) for message in room.list_messages(reader))
    block(room, LIN)
    assert not any(map(is_hidden, room.list_messages(LIN)))


def test_a10_pins_and_unread_counts_leave_blocked_users_out() -> None:
    room = Lobby()
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, LIN, role="owner")
    by_hao, by_mei = room.send(HAO), room.send(MEI)
    for message in (by_hao, by_mei):
        chat.pin_message(room.simulation.chat, LIN, room.circle_id, room.id, message.seq)
    assert room.count_unread(LIN) == 2
    block(room, LIN, HAO)
    pins = chat.list_pinned_messages(room.simulation.chat, LIN, room.circle_id, room.id).items
    assert [entry.message for entry in pins] == [by_mei]
    entries, _ = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, 0, 50)
    assert [entry.is_pinned for entry in entries] == [False, True]
    assert (room.count_unread(LIN), room.count_unread(HAO)) == (1, 1)
    assert len(chat.list_pinned_messages(room.simulation.chat, MEI, room.circle_id, room.id).items) == 2


@pytest.mark.parametrize("place", [{"after_seq": 0}, {"before_seq": 5}, {"around": 2}, {}])
def test_a10_each_page_of_the_history_hides_blocked_users_and_knows_what_is_around_it(place: dict[str, int]) -> None:
    room = Lobby()
    for sender in (HAO, MEI, HAO, MEI, HAO, MEI):
        room.send(sender)
    handle_new_changes(room.simulation, "chat")
    block(room, LIN, HAO)
    number = {"after_seq": None, **place}
    pages = [
        chat.list_messages(room.simulation.chat, reader, room.circle_id, room.id, limit=3, **number) for reader in (LIN, MEI)
    ]
    (shown, has_more), (whole, whole_has_more) = pages
    assert [entry.message.seq for entry in shown] == [entry.message.seq for entry in whole]
    assert has_more == whole_has_more
    assert [is_hidden(entry.message) for entry in shown] == [entry.message.sender == HAO.user_id for entry in whole]


def test_a10_the_chat_list_shows_the_newest_message_of_a_user_who_is_not_blocked() -> None:
    room = Lobby()
    newest = room.send(MEI, "明早六点")
    for number in range(3):
        room.send(HAO, after=number)
    assert (room.own_room(LIN).last or newest).seq == 4
    block(room, LIN, HAO)
    own = room.own_room(LIN)
    assert own.last
    assert (own.last.seq, own.last.sender, own.last.text, own.last.sent_at) == (1, MEI.user_id, "明早六点", newest.sent_at)
    assert (own.last_seq, own.unread) == (4, 1)
    block(room, LIN, HAO, MEI)
    assert (room.own_room(LIN).last, room.count_unread(LIN)) == (None, 0)
    block(room, LIN)
    assert (room.own_room(LIN).last or newest).seq == 4


def test_a10_the_chat_list_reads_the_blocks_with_the_rooms_and_a_message_only_for_a_hidden_one() -> None:
    room = Lobby()
    room.send(MEI)
    calls: list[str] = []
    table: Any = HookedTable(room.simulation.chat_table, lambda name, *_, **__: calls.append(name))
    for sender, more in ((MEI, []), (HAO, ["get"])):
        block(room, LIN, HAO)
        room.send(sender, after=1)
        handle_new_changes(room.simulation, "chat")
        calls.clear()
        chat.list_own_rooms(replace(room.simulation.chat, table=table), LIN, PageRequest(20))
        assert calls == ["query", "get_many", *more]


def test_a10_a_head_without_a_message_of_another_user_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "MAX_RECENT", 4)
    room = Lobby()
    room.send(MEI)
    block(room, LIN, HAO)
    for number in range(1, 4):
        room.send(HAO, after=number)
    assert getattr(room.own_room(LIN).last, "seq", None) == 1
    room.send(HAO, after=4)
    assert room.own_room(LIN).last is None


def test_a10_a_stored_count_of_unread_messages_is_of_the_block_list_that_it_was_made_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(head, "MAX_RECENT", 2)
    room = Lobby()
    for number, sender in enumerate((HAO, MEI, HAO, LIN, LIN)):
        room.send(sender, after=number)
    assert room.count_unread(LIN) == 3
    item = room.simulation.chat_table.get(marker_key(LIN.user_id, room.circle_id, room.id)) or {}
    assert item["counted"] == 3
    for blocked, unread in (((HAO,), 1), ((), 3), ((MEI,), 2), ((MEI, HAO), 0)):
        block(room, LIN, *blocked)
        assert [room.count_unread(LIN) for _ in range(2)] == [unread] * 2


def test_a10_a_push_reaches_a_blocker_hidden_and_others_in_full() -> None:
    room = Lobby()
    block(room, LIN, HAO)
    room.subscribe(LIN, "of lin")
    room.subscribe(MEI, "of mei")
    room.send(HAO, "在吗")
    room.send(MEI, "在的")
    assert [(frame["seq"], frame["kind"], frame["sender"], frame["text"]) for frame in pushed(room, "of lin")] == [
        (1, "hidden", None, ""),
        (2, "text", MEI.user_id, "在的"),
    ]
    assert [frame["text"] for frame in pushed(room, "of mei")] == ["在吗", "在的"]


def test_a10_a_block_closes_the_connections_that_have_the_earlier_list() -> None:
    room = Lobby()
    room.subscribe(LIN, "before")
    room.subscribe(MEI, "of mei")
    event = block(room, LIN, HAO)
    assert room.simulation.sockets.closed == ["before"]
    assert room.connections_of(LIN) == []
    room.send(HAO)
    assert pushed(room, "before") == []
    assert len(pushed(room, "of mei")) == 1
    room.subscribe(LIN, "after")
    deliver(room.simulation, "chat", event)  # again, as after a crash between the two
    assert room.simulation.sockets.closed == ["before", "after"]


@pytest.mark.parametrize("crossed", ["get", "update"])
def test_a10_a_subscription_during_a_block_is_closed(crossed: str) -> None:
    """The block comes before the subscription reads the list, or after that and before it is active."""
    room = Lobby()
    ticket, _ = chat.create_ticket(room.simulation.chat, LIN)
    socket = chat.connect_socket(room.simulation.chat, ticket, "of lin")
    blocks: list[BlocksChanged] = []

    def block_once(name: str, key: Any = None, *_: Any, **named: Any) -> None:
        is_list = name == "get" and key.pk.startswith("BLOCKS#")
        is_activation = name == "update" and "a" in named.get("set", {})
        if name == crossed and (is_list or is_activation) and not blocks:
            blocks.append(block(room, LIN, HAO))

    ports = replace(room.simulation.chat, table=HookedTable(room.simulation.chat_table, block_once))
    with pytest.raises(CircleNotFound):
        chat.subscribe_socket(ports, socket, room.circle_id, room.id)
    assert len(blocks) == 1
    room.send(HAO)
    assert pushed(room, "of lin") == []


def test_a10_cards_of_a_blocked_seller_are_shown_without_the_card() -> None:
    room = Lobby()
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, HAO, role="buyer")
    listing_id = new_id("lst")
    data: dict[str, Any] = {"listing_id": listing_id, "circle_id": room.circle_id, "seller_id": HAO.user_id, "kind": "merchant"}
    data |= {"title": "望远镜", "amount": 100, "currency": "CNY", "stock": 1, "on_sale": True, "option_count": 0}
    deliver(
        room.simulation,
        "chat",
        ListingChanged(**envelope(room.simulation, listing_id), data=ListingChangedData.model_validate(data)),
    )
    block(room, LIN, HAO)
    room.subscribe(LIN, "of lin")
    room.subscribe(HAO, "of hao")
    request = MessageRequest("a-card-0001", 0, "推荐", listing_id)
    chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)
    for reader, has_card in ((LIN, False), (HAO, True)):
        (entry,), _ = chat.list_messages(room.simulation.chat, reader, room.circle_id, room.id, 0, 50)
        assert (entry.message.text, entry.card is not None) == ("推荐", has_card)
    assert [frame["card"] is not None for name in ("of lin", "of hao") for frame in pushed(room, name)] == [False, True]


def test_a10_codes_of_blocked_users_are_short_and_differ() -> None:
    codes = {user_code(caller(f"user-{number}").user_id) for number in range(5_000)}
    assert len(codes) == 5_000
    assert {len(code) for code in codes} == {USER_CODE_LENGTH}
