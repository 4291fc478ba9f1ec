"""Chat: once, in order, resumed by number, counted."""

from __future__ import annotations

import pytest

from services.chat import errors
from services.chat import usecases as chat
from services.chat.domain import BLOCK, MAX_BLOCKS, Draft, Kind
from services.chat.repository import rooms
from services.chat.schemas import SendMessageRequest
from services.shared.kernel.errors import Invalid
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import ListingChanged, ListingChangedData
from services.shared.table.cards import apply_listing_changed
from simulation.setup.chat import (
    HAO,
    LIN,
    MEI,
    Room,
)
from simulation.setup.common import envelope

LISTING = new_id("lst")


def test_h1_repeated_send_is_one_message_with_equal_answers() -> None:
    room = Room()
    first = room.say(msg_id="one-wish-1")
    assert [room.say(msg_id="one-wish-1") for _ in range(3)] == [first] * 3
    assert [message.seq for message in room.read()] == [1]


def test_h1_same_id_with_another_text_is_refused() -> None:
    room = Room()
    room.say(msg_id="one-wish-1", text="一")
    with pytest.raises(errors.MessageConflict):
        room.say(msg_id="one-wish-1", text="二")


def test_h1_same_id_of_another_sender_is_separate() -> None:
    room = Room()
    assert room.say(MEI, msg_id="one-wish-1").seq == 1
    assert room.say(HAO, msg_id="one-wish-1").seq == 2


def test_h1_a_repeat_after_a_day_and_many_blocks_is_no_duplicate() -> None:
    room = Room()
    first = room.say(msg_id="one-wish-1")
    for _ in range(3 * BLOCK):
        room.say(HAO, after=room.count)
    room.world.clock.advance(hours=25)
    assert room.say(msg_id="one-wish-1") == first
    assert [message.seq for message in room.read()] == list(range(1, 3 * BLOCK + 2))


def test_h1_a_repeat_from_too_far_behind_is_refused_rather_than_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.chat.usecases.sending.MAX_BLOCKS", 2)
    assert MAX_BLOCKS > 2
    room = Room()
    for _ in range(2 * BLOCK):
        room.say(HAO, after=room.count)
    with pytest.raises(errors.StaleAfterSeq):
        room.say(MEI, after=0)
    assert room.say(MEI, after=2 * BLOCK).seq == 2 * BLOCK + 1


def test_h2_numbers_run_on_over_blocks_without_a_gap() -> None:
    room = Room()
    said = [room.say(after=max(0, number - 1)).seq for number in range(1, 2 * BLOCK + 3)]
    assert said == list(range(1, 2 * BLOCK + 3))


@pytest.mark.parametrize("ahead", [BLOCK + 1, 10**9])
def test_h2_claiming_to_have_read_ahead_opens_no_block(ahead: int) -> None:
    room = Room()
    with pytest.raises(Invalid):
        room.say(after=ahead)
    assert room.say().seq == 1


def test_h2_readers_stop_at_a_missing_number_and_void_it_after_fifteen_seconds() -> None:
    room = Room()
    room.say()
    dead = room.die_between_writes()
    room.say(HAO)
    assert [message.seq for message in room.read()] == [1]
    room.world.clock.advance(seconds=15)
    assert [(message.seq, message.kind) for message in room.read()] == [
        (1, Kind.TEXT),
        (dead, Kind.VOID),
        (3, Kind.TEXT),
    ]


def test_h2_a_late_writer_fills_its_number_if_nobody_gave_it_up() -> None:
    room = Room()
    number = room.die_between_writes("late-wish-1")
    room.say(HAO)
    assert room.say(MEI, msg_id="late-wish-1").seq == number
    assert [message.seq for message in room.read()] == [1, 2]


def test_h2_a_writer_later_than_its_void_sends_anew_and_only_once() -> None:
    room = Room()
    number = room.die_between_writes("late-wish-1")
    room.say(HAO)
    room.world.clock.advance(seconds=15)
    room.read()
    first = room.say(MEI, msg_id="late-wish-1")
    assert first.seq == 3 != number
    assert room.say(MEI, msg_id="late-wish-1") == first
    assert [message.kind for message in room.read()] == [Kind.VOID, Kind.TEXT, Kind.TEXT]


def test_h3_three_hundred_missed_messages_come_in_pages_exactly() -> None:
    room = Room()
    for _ in range(301):
        room.say(HAO, after=room.count)
    seen, after = [], 1
    while True:
        page, more = chat.list_messages(room.world.chat, LIN, room.circle_id, room.id, after, 100)
        seen += [message.seq for message, _ in page]
        after = seen[-1]
        if not more:
            break
    assert seen == list(range(2, 302))


def test_h4_older_markers_are_ignored_and_unread_counts_what_others_said() -> None:
    room = Room()
    for caller in (HAO, MEI, HAO, HAO):
        room.say(caller)
    assert (room.unread(MEI), room.unread(HAO), room.unread(LIN)) == (3, 1, 4)
    assert chat.mark_read(room.world.chat, MEI, room.circle_id, room.id, 3) == 3
    assert chat.mark_read(room.world.chat, MEI, room.circle_id, room.id, 1) == 3
    assert room.unread(MEI) == 1
    room.say(MEI)
    assert room.unread(MEI) == 1
    with pytest.raises(Invalid):
        chat.mark_read(room.world.chat, MEI, room.circle_id, room.id, 99)


def test_h4_voids_are_not_unread_and_nothing_is_unread_when_nothing_is_stored() -> None:
    room = Room()
    assert room.unread(LIN) == 0
    room.die_between_writes()
    room.say(HAO)
    room.world.clock.advance(seconds=20)
    room.read()
    assert room.unread(LIN) == 1
    table = room.world.chat_table
    for message in room.read():
        table.delete(rooms.message_key(room.circle_id, room.id, message.seq), when=None)
    assert room.unread(LIN) == 0


def test_h12_five_at_once_then_one_a_second_others_unaffected() -> None:
    room = Room()
    room.world.clock.advance(seconds=10)
    for number in range(5):
        chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft(f"burst-{number:04}", 0, "快"))
    with pytest.raises(errors.TooFast) as refused:
        chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft("burst-9999", 0, "快"))
    assert refused.value.retry_after
    chat.send_message(room.world.chat, HAO, room.circle_id, room.id, Draft("burst-0000", 0, "我不受影响"))
    room.world.clock.advance(seconds=1)
    chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft("burst-9999", 0, "快"))
    assert len(room.read()) == 7


def test_h2_a_room_that_is_not_there_takes_nothing() -> None:
    room = Room()
    with pytest.raises(errors.RoomNotFound):
        chat.send_message(room.world.chat, MEI, room.circle_id, new_id("rom"), Draft("message-1", 0, "x"))


def on_sale(room: Room, circle_id: str, stock: int = 3, version: int = 1) -> str:
    """Chat hears of goods in a circle; answers the listing's id."""
    data = ListingChangedData(
        listing_id=LISTING,
        circle_id=circle_id,
        seller_id=HAO.user_id,
        kind="c2c",
        title="望远镜",
        amount=12_900,
        currency="CNY",
        stock=stock,
        on_sale=stock > 0,
    )
    apply_listing_changed(room.world.chat, ListingChanged(**envelope(room.world, LISTING, version), data=data))
    return LISTING


def test_h17_a_card_shows_commerces_price_and_stock_at_every_reading() -> None:
    room = Room()
    draft = Draft("card-0001", 0, "这台不错", on_sale(room, room.circle_id))
    message, card = chat.send_message(room.world.chat, MEI, room.circle_id, room.id, draft)
    assert message.kind is Kind.CARD
    assert card is not None
    assert (card.amount, card.stock) == (12_900, 3)
    on_sale(room, room.circle_id, stock=0, version=2)
    on_sale(room, room.circle_id, stock=9, version=1)
    [(_, shown)], _ = chat.list_messages(room.world.chat, LIN, room.circle_id, room.id, 0, 10)
    assert shown is not None
    assert (shown.stock, shown.on_sale) == (0, False)
    assert chat.send_message(room.world.chat, MEI, room.circle_id, room.id, draft)[0] == message


def test_h17_goods_of_another_circle_and_forged_prices_are_refused() -> None:
    room = Room()
    on_sale(room, new_id("cir"))
    with pytest.raises(errors.ListingNotFound):
        chat.send_message(room.world.chat, MEI, room.circle_id, room.id, Draft("card-0001", 0, "看", LISTING))
    body = {"client_msg_id": "card-0001", "after_seq": 0, "text": "看", "listing_id": LISTING}
    SendMessageRequest.model_validate(body)
    with pytest.raises(ValueError, match="amount"):
        SendMessageRequest.model_validate({**body, "amount": 1})
