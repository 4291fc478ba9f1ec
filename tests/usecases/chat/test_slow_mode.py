"""H11: in a slow room a member sends one message per interval; a failed send frees the slot, a retry has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import SENDERS, MessageRequest, Role, Senders
from services.chat.errors import CircleNotFound, ListingNotFound, MessageConflict, SendRateExceeded, SlowModeActive
from services.chat.repository.slow_mode import slow_mode_key
from services.shared.kernel.errors import Invalid
from simulation.setup.chat import HAO, MEI
from simulation.setup.rooms import ModeratedLobby
from simulation.users import caller
from tests.support.crashing_sends import crash_between_writes
from tests.support.races import HookedTable


def slow_lobby(seconds: int = 30) -> ModeratedLobby:
    room = ModeratedLobby()
    room.set(slow_mode_seconds=seconds)
    return room


def send(room: ModeratedLobby, msg_id: str, by: Any = MEI, **more: Any) -> int:
    request = MessageRequest(msg_id, more.pop("after", 0), "在吗", **more)
    return chat.send_message(room.simulation.chat, by, room.circle_id, room.id, request)[0].seq


def test_h11_a_member_sends_once_per_interval_and_the_error_says_when_again() -> None:
    room = slow_lobby()
    assert send(room, "message-1") == 1
    room.simulation.clock.advance(seconds=10)
    with pytest.raises(SlowModeActive) as denied:
        send(room, "message-2")
    assert denied.value.retry_after == 20
    assert send(room, "message-3", HAO) == 2
    room.simulation.clock.advance(seconds=20)
    assert send(room, "message-2") == 3


@pytest.mark.parametrize("role", list(Role))
def test_h11_only_moderators_and_the_roles_above_never_wait(role: Role) -> None:
    room = slow_lobby(21_600)
    room.set_role(MEI, role)
    send(room, "message-1")
    room.simulation.clock.advance(seconds=5)
    if role in SENDERS[Senders.MODERATORS]:
        assert send(room, "message-2") == 2
        assert room.simulation.chat_table.get(slow_mode_key(MEI.user_id, room.id)) is None
    else:
        with pytest.raises(SlowModeActive):
            send(room, "message-2")


def test_h11_a_denied_send_writes_nothing() -> None:
    room = slow_lobby()
    send(room, "message-1")
    writes: list[str] = []

    def after(name: str, *_: Any, **__: Any) -> None:
        if name in ("put", "update", "transact", "delete", "reserve"):
            writes.append(name)

    table: Any = HookedTable(room.simulation.chat_table, lambda *_, **__: None, after)
    slowed = replace(room.simulation.chat, table=table)
    with pytest.raises(SlowModeActive):
        chat.send_message(slowed, MEI, room.circle_id, room.id, MessageRequest("message-2", 0, "在吗"))
    with pytest.raises(CircleNotFound):
        chat.send_message(slowed, caller("yan"), room.circle_id, room.id, MessageRequest("message-2", 0, "在吗"))
    assert writes == []


def test_h11_a_failed_send_frees_the_slot() -> None:
    room = slow_lobby()
    with pytest.raises(ListingNotFound):
        send(room, "message-1", listing_id="lst_01KB9ZQ4T8N3W5X7Y2V6R1M0CE")
    room.simulation.clock.advance(seconds=2)
    with pytest.raises(Invalid):
        send(room, "message-2", after=500)
    room.simulation.clock.advance(seconds=2)
    assert send(room, "message-3") == 1


def test_h11_a_send_over_the_members_rate_frees_the_slot() -> None:
    room, topic = slow_lobby(), None
    topic = room.open()
    for number in range(5):
        send(topic, f"in-topic-{number}")
    with pytest.raises(SendRateExceeded):
        send(room, "message-1")
    room.simulation.clock.advance(seconds=1)
    assert send(room, "message-2") == 1


def test_h11_a_retry_of_the_same_message_passes_and_with_another_text_keeps_the_slot() -> None:
    room = slow_lobby()
    assert [send(room, "message-1") for _ in range(3)] == [1, 1, 1]
    with pytest.raises(MessageConflict):
        chat.send_message(room.simulation.chat, MEI, room.circle_id, room.id, MessageRequest("message-1", 0, "另一句"))
    room.simulation.clock.advance(seconds=5)
    with pytest.raises(SlowModeActive):
        send(room, "message-2")


def test_h11_after_a_crash_the_retry_has_the_slot_and_no_second_message_passes() -> None:
    room = slow_lobby()
    crash_between_writes(room, "message-1", 0)
    room.simulation.clock.advance(seconds=2)
    with pytest.raises(SlowModeActive):
        send(room, "message-2")
    assert send(room, "message-1") == 1


def test_h11_a_shorter_interval_applies_at_once() -> None:
    room = slow_lobby(600)
    send(room, "message-1")
    room.simulation.clock.advance(seconds=60)
    with pytest.raises(SlowModeActive):
        send(room, "message-2")
    room.set(slow_mode_seconds=60)
    assert send(room, "message-2") == 2
    room.set(slow_mode_seconds=0)
    assert send(room, "message-3") == 3


def test_h11_a_kicked_member_learns_nothing_of_the_slow_mode() -> None:
    room = slow_lobby()
    send(room, "message-1")
    room.kick(MEI)
    with pytest.raises(CircleNotFound):
        send(room, "message-2")
