"""Highlights of a lobby, as its moderators set them and its members read them."""

from __future__ import annotations

from services.chat import usecases as chat
from services.chat.repository.highlights import get_highlights
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.api.fixture import ApiFixture
from simulation.api.operations import named
from simulation.setup.chat import LIN, MEI, Lobby
from simulation.setup.events import take_down_changed
from simulation.streams import deliver


def highlight(room: Lobby, seq: int, by: Caller = LIN) -> None:
    chat.highlight_message(room.simulation.chat, by, room.circle_id, room.id, seq)


def unhighlight(room: Lobby, seq: int, by: Caller = LIN) -> None:
    chat.unhighlight_message(room.simulation.chat, by, room.circle_id, room.id, seq)


def entries(room: Lobby, reader: Caller = MEI) -> list[chat.HistoryEntry]:
    page = PageRequest(20)
    return chat.list_highlighted_messages(room.simulation.chat, reader, room.circle_id, room.id, page).items


def highlights(room: Lobby, reader: Caller = MEI) -> list[int]:
    """Return the numbers of the highlights that a member reads."""
    return [entry.message.seq for entry in entries(room, reader)]


def listed(room: Lobby) -> list[int]:
    """Return the numbers that the item of the room has, whether a member reads them or not: those that the limit counts."""
    return list(get_highlights(room.simulation.chat_table, room.circle_id, room.id).seqs)


def take_down(room: Lobby, seq: int, *, is_active: bool = True) -> None:
    room.simulation.clock.advance(seconds=1)
    subject = f"{room.id}/{seq}"
    event = take_down_changed(room.simulation, "chat", "message", subject, room.circle_id, is_active=is_active)
    deliver(room.simulation, "chat", event)


def highlight_two_messages(api: ApiFixture) -> None:
    """Send two messages as the owner over HTTP, and highlight them."""
    for number in range(2):
        body = {"client_msg_id": f"highlight-{number}", "after_seq": 0, "text": "六点在东门集合。"}
        seq = api.call(named("send_message"), api.users["owner"], body=body).body["seq"]
        assert api.call(named("highlight_message"), api.users["owner"], ids={"seq": str(seq)}).status == 204
