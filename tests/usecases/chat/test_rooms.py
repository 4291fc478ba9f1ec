"""The lists of rooms and pins are pages; a full last page has no next position."""

from __future__ import annotations

import pytest

from services.chat import usecases as chat
from services.shared.kernel.ids import derive_id, new_id
from services.shared.kernel.pages import PageRequest
from simulation.setup.chat import HAO, LIN, Lobby, set_chat_members


def test_own_rooms_come_in_pages_and_the_full_last_page_has_no_next_position() -> None:
    room = Lobby()
    circles = {room.circle_id, *(new_id("cir") for _ in range(3))}
    for circle_id in circles:
        set_chat_members(room.simulation, circle_id, LIN, HAO)
    listed, page = [], PageRequest(2)
    for _ in range(2):
        own_rooms = chat.list_own_rooms(room.simulation.chat, LIN, page)
        assert len(own_rooms.items) == 2
        listed += [own_room.room.id for own_room in own_rooms.items]
        page = PageRequest(2, own_rooms.next)
    assert page.start is None
    assert sorted(listed) == sorted(derive_id("rom", circle_id) for circle_id in circles)


@pytest.mark.parametrize("limit", [1, 20])
def test_the_only_room_of_a_circle_is_one_page(limit: int) -> None:
    room = Lobby()
    rooms = chat.list_rooms(room.simulation.chat, LIN, room.circle_id, PageRequest(limit))
    assert ([one.id for one in rooms.items], rooms.next) == ([room.id], None)


def test_the_pins_of_a_room_are_one_page() -> None:
    room = Lobby()
    assert chat.list_pinned_messages(room.simulation.chat, LIN, room.circle_id, room.id) == ([], None)
