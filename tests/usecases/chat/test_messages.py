"""Messages are stored once, in order and without gaps; readers resume by number; unread messages are counted."""

from __future__ import annotations

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.domain import MAX_BLOCKS_PER_SEND, SEQUENCE_BLOCK_SIZE, MessageKind, MessageRequest
from services.chat.schemas import SendMessageRequest, SentMessageResponse
from services.chat.usecases.pushes import message_frame
from services.shared.kernel.errors import Invalid
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import ListingChanged, ListingChangedData
from services.shared.table.cards import put_product_card
from simulation.setup.chat import HAO, LIN, MEI, Lobby
from simulation.setup.events import envelope

LISTING = new_id("lst")


def test_h1_a_retried_send_is_one_message_with_equal_responses() -> None:
    room = Lobby()
    first = room.send(msg_id="message-a")
    assert [room.send(msg_id="message-a") for _ in range(3)] == [first] * 3
    assert [message.seq for message in room.list_messages()] == [1]


def test_h1_the_same_id_with_another_text_is_a_conflict() -> None:
    room = Lobby()
    room.send(msg_id="message-a", text="一")
    with pytest.raises(errors.MessageConflict):
        room.send(msg_id="message-a", text="二")


def test_h1_the_same_id_of_another_sender_is_another_message() -> None:
    room = Lobby()
    assert room.send(MEI, msg_id="message-a").seq == 1
    assert room.send(HAO, msg_id="message-a").seq == 2


def test_h1_a_retry_after_a_day_and_many_blocks_is_no_duplicate() -> None:
    room = Lobby()
    first = room.send(msg_id="message-a")
    for _ in range(3 * SEQUENCE_BLOCK_SIZE):
        room.send(HAO, after=room.count)
    room.simulation.clock.advance(hours=25)
    assert room.send(msg_id="message-a") == first
    assert [message.seq for message in room.list_messages()] == list(range(1, 3 * SEQUENCE_BLOCK_SIZE + 2))


def test_h1_a_sender_too_far_behind_gets_an_error_instead_of_a_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.chat.usecases.numbering.MAX_BLOCKS_PER_SEND", 2)
    assert MAX_BLOCKS_PER_SEND > 2
    room = Lobby()
    for _ in range(2 * SEQUENCE_BLOCK_SIZE):
        room.send(HAO, after=room.count)
    with pytest.raises(errors.AfterSeqStale):
        room.send(MEI, after=0)
    assert room.send(MEI, after=2 * SEQUENCE_BLOCK_SIZE).seq == 2 * SEQUENCE_BLOCK_SIZE + 1


def test_h2_numbers_continue_over_blocks_without_a_gap() -> None:
    room = Lobby()
    numbers = [room.send(after=max(0, number - 1)).seq for number in range(1, 2 * SEQUENCE_BLOCK_SIZE + 3)]
    assert numbers == list(range(1, 2 * SEQUENCE_BLOCK_SIZE + 3))


@pytest.mark.parametrize("ahead", [SEQUENCE_BLOCK_SIZE + 1, 10**9])
def test_h2_an_after_seq_ahead_of_the_room_creates_no_block(ahead: int) -> None:
    room = Lobby()
    with pytest.raises(Invalid):
        room.send(after=ahead)
    assert room.send().seq == 1


def test_h3_300_missed_messages_come_in_pages_exactly() -> None:
    room = Lobby()
    for _ in range(301):
        room.send(HAO, after=room.count)
    seen, after = [], 1
    while True:
        page, more = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, after, 100)
        seen += [entry.message.seq for entry in page]
        after = seen[-1]
        if not more:
            break
    assert seen == list(range(2, 302))


def test_h12_5_messages_at_once_then_1_per_second_for_each_member() -> None:
    room = Lobby()
    room.simulation.clock.advance(seconds=10)
    for number in range(5):
        chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, MessageRequest(f"burst-{number:04}", 0, "快"))
    with pytest.raises(errors.SendRateExceeded) as error:
        chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, MessageRequest("burst-9999", 0, "快"))
    assert error.value.retry_after
    chat.send_message(room.simulation.chat, HAO, room.circle_id, room.id, MessageRequest("burst-0000", 0, "我不受影响"))
    room.simulation.clock.advance(seconds=1)
    chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, MessageRequest("burst-9999", 0, "快"))
    assert len(room.list_messages()) == 7


def test_h2_a_room_that_does_not_exist_accepts_no_message() -> None:
    room = Lobby()
    with pytest.raises(errors.RoomNotFound):
        chat.send_message(room.simulation.chat, MEI, room.circle_id, new_id("rom"), MessageRequest("message-1", 0, "x"))


def publish_listing(room: Lobby, circle_id: str, stock: int = 3, version: int = 1) -> str:
    """Publish a listing of the circle to chat; return its id."""
    data = ListingChangedData(
        listing_id=LISTING,
        circle_id=circle_id,
        seller_id=HAO.user_id,
        kind="c2c",
        title="望远镜",
        amount=12_900,
        currency="CNY",
        option_count=0,
        stock=stock,
        on_sale=stock > 0,
    )
    put_product_card(room.simulation.chat.table, ListingChanged(**envelope(room.simulation, LISTING, version), data=data))
    return LISTING


def test_h17_a_card_shows_the_current_price_and_stock_of_commerce() -> None:
    room = Lobby()
    request = MessageRequest("card-0001", 0, "这台不错", publish_listing(room, room.circle_id))
    message, card = chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)
    assert message.kind is MessageKind.CARD
    assert card is not None
    assert (card.amount, card.stock) == (12_900, 3)
    publish_listing(room, room.circle_id, stock=0, version=2)
    publish_listing(room, room.circle_id, stock=9, version=1)
    [entry], _ = chat.list_messages(room.simulation.chat, LIN, room.circle_id, room.id, 0, 10)
    assert entry.card is not None
    assert (entry.card.stock, entry.card.on_sale) == (0, False)
    assert chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)[0] == message


@pytest.mark.parametrize("microseconds", [0, 258_000, 258_999])
def test_h17_a_frame_and_the_http_body_of_a_message_are_equal(microseconds: int) -> None:
    room = Lobby()
    room.simulation.clock.now = room.simulation.clock.now.replace(microsecond=microseconds)
    request = MessageRequest("card-0001", 0, "这台不错", publish_listing(room, room.circle_id))
    message, card = chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, request)
    addresses = chat.picture_addresses(room.simulation.chat)
    frame = message_frame(message, card, addresses)["message"]
    assert frame == SentMessageResponse.of(message, card, addresses).model_dump(mode="json")
    assert frame["sent_at"].endswith(f".{microseconds // 1000:03}Z")


def test_h17_a_listing_of_another_circle_and_a_forged_price_are_errors() -> None:
    room = Lobby()
    publish_listing(room, new_id("cir"))
    with pytest.raises(errors.ListingNotFound):
        chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, MessageRequest("card-0001", 0, "看", LISTING))
    body = {"client_msg_id": "card-0001", "after_seq": 0, "text": "看", "listing_id": LISTING}
    SendMessageRequest.model_validate(body)
    with pytest.raises(ValueError, match="amount"):
        SendMessageRequest.model_validate({**body, "amount": 1})
