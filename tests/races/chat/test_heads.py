"""Races of the chat list: sends, read markers and several stream functions at once end in the counts of the history."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from services.chat import usecases as chat
from services.chat.repository.message_items import message_key, message_to_item
from services.chat.usecases.heads import update_head
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from simulation.streams import changes_from_images
from tests.races.chat.test_messages import LIN, Room, pytestmark
from tests.races.conftest import Rounds
from tests.support.races import race

__all__ = ["pytestmark"]


def changes_of(room: Room) -> Sequence[Change]:
    """Return the changes that the stream has of the room's messages."""
    return changes_from_images((None, message_to_item(message, room.circle_id)) for message in room.list_messages())


def own_room(room: Room, user: Caller) -> chat.OwnRoom:
    (own,) = chat.list_own_rooms(room.simulation.chat, user, PageRequest(10)).items
    return own


def count_by_history(room: Room, user: Caller, read_seq: int) -> int:
    return sum(message.is_by_another(user.user_id) for message in room.list_messages(read_seq))


def test_h23_50_sends_two_devices_that_read_and_four_stream_functions_end_in_exact_counts(rounds: Rounds) -> None:
    for simulation in rounds:
        room, dice = Room(simulation, 50), random.Random(0)
        race([room.sending(member, "message-0") for member in room.members[:10]])
        reader = room.members[0]
        devices = [partial(chat.mark_read, simulation.chat, reader, room.circle_id, room.id, seq) for seq in (3, 7, 5, 10)]
        streams = [partial(update_head, simulation.chat, dice.sample(changes_of(room), 5)) for _ in range(12)]
        sends = [room.sending(member, "message-1") for member in room.members]
        calls = sends + devices * 2 + streams
        dice.shuffle(calls)
        race(calls)
        halves = [changes_of(room)[start::4] for start in range(4)]
        race([partial(update_head, simulation.chat, half) for half in halves * 2])
        for user in (reader, LIN, *room.members[1:5]):
            own = own_room(room, user)
            assert own.unread == count_by_history(room, user, own.read_seq)
            assert own.last
            assert own.last.seq == own.last_seq == room.list_messages()[-1].seq == 60
        assert own_room(room, reader).read_seq == 10
        assert simulation.chat_table.get(message_key(room.circle_id, room.id, 60))


def test_h23_20_functions_that_save_one_head_at_once_lose_no_message(rounds: Rounds) -> None:
    for simulation in rounds:
        room = Room(simulation, 20)
        race([room.sending(member, "message-0") for member in room.members])
        changes = changes_of(room)
        race([partial(update_head, simulation.chat, [change]) for change in reversed(changes)])
        own = own_room(room, LIN)
        assert (own.last_seq, own.unread) == (20, 20)
