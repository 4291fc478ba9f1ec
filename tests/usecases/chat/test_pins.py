"""Pins: at most 5 messages per room, pinned by moderators, shown in the history."""

from __future__ import annotations

from typing import Any

import pytest

from services.chat import errors
from services.chat import usecases as chat
from simulation.setup.chat import HAO, LIN, MEI, Lobby, set_chat_members, set_circle_state

ROLES = {
    "owner": True,
    "co_owner": True,
    "moderator": True,
    "buyer": False,
    "regular": False,
    "member": False,
    "newcomer": False,
}


def lobby(messages: int = 6) -> Lobby:
    """A lobby with so many messages, in which Lin is a moderator."""
    room = Lobby()
    set_role(room, "moderator")
    for _ in range(messages):
        room.send(HAO)
    return room


def set_role(room: Lobby, role: str) -> None:
    room.simulation.clock.advance(seconds=1)
    set_chat_members(room.simulation, room.circle_id, LIN, role=role)


def pin(room: Lobby, seq: int, caller: Any = LIN) -> None:
    chat.pin_message(room.simulation.chat, caller, room.circle_id, room.id, seq)


def unpin(room: Lobby, seq: int, caller: Any = LIN) -> None:
    chat.unpin_message(room.simulation.chat, caller, room.circle_id, room.id, seq)


def pins(room: Lobby) -> list[int]:
    """The pinned numbers, as the list of pins and the history show them; both must agree."""
    listed = [
        entry.message.seq for entry in chat.list_pinned_messages(room.simulation.chat, MEI, room.circle_id, room.id).items
    ]
    history, _ = chat.list_messages(room.simulation.chat, MEI, room.circle_id, room.id, 0, 100)
    assert sorted(listed) == [entry.message.seq for entry in history if entry.is_pinned]
    return listed


def test_h25_a_room_has_at_most_5_pins_the_newest_first() -> None:
    room = lobby()
    for seq in range(1, 6):
        pin(room, seq)
    with pytest.raises(errors.PinLimitReached):
        pin(room, 6)
    assert pins(room) == [5, 4, 3, 2, 1]
    unpin(room, 3)
    pin(room, 6)
    assert pins(room) == [6, 5, 4, 2, 1]


def test_h25_pinning_or_unpinning_twice_is_once() -> None:
    room = lobby()
    room.subscribe(MEI, "m1")
    for change in (pin, pin, unpin, unpin):
        change(room, 1)
    assert pins(room) == []
    assert room.simulation.sockets.pushes["m1"] == [
        {"type": "pinned", "room_id": room.id, "seq": 1},
        {"type": "unpinned", "room_id": room.id, "seq": 1},
    ]


def test_h25_a_pinned_message_can_be_pinned_again_when_the_pins_are_full() -> None:
    room = lobby()
    for seq in (1, 2, 3, 4, 5, 1):
        pin(room, seq)
    assert pins(room) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("role", ROLES)
def test_h25_moderators_co_owners_and_the_owner_can_pin(role: str) -> None:
    room = lobby()
    set_role(room, role)
    if ROLES[role]:
        pin(room, 1)
        unpin(room, 1)
        return
    for change in (pin, unpin):
        with pytest.raises(errors.RoleNotAllowed):
            change(room, 1)


def test_h25_a_former_moderator_is_not_found() -> None:
    room = lobby()
    pin(room, 1)
    room.kick(LIN)
    for change in (pin, unpin):
        with pytest.raises(errors.CircleNotFound):
            change(room, 1)
    with pytest.raises(errors.CircleNotFound):
        chat.list_pinned_messages(room.simulation.chat, LIN, room.circle_id, room.id)


def test_h25_a_void_and_an_unknown_number_cannot_be_pinned() -> None:
    room = lobby(1)
    void = room.abandon_send()
    room.send(HAO)
    room.simulation.clock.advance(seconds=20)
    assert len(room.list_messages()) == 3
    for seq in (void, 99):
        with pytest.raises(errors.MessageNotFound):
            pin(room, seq)
    unpin(room, 99)
    assert pins(room) == []


def test_h25_a_read_only_circle_keeps_its_pins() -> None:
    room = lobby()
    pin(room, 1)
    set_circle_state(room.simulation, room.circle_id, "read_only")
    for change, seq in ((pin, 2), (unpin, 1)):
        with pytest.raises(errors.CircleReadOnly):
            change(room, seq)
    assert pins(room) == [1]
