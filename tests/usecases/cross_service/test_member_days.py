"""MemberActive and MemberOpened: one event per member, circle and day in China."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services.chat.domain import MessageRequest
from services.chat.repository.member_days import ACTIVE, put_member_day
from services.circles import usecases as circles
from services.shared.messaging.events import Event, MemberActive, MemberOpened
from simulation.setup.chat import HAO, MEI, Lobby
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import new_changes, published_events
from simulation.users import caller

MIDNIGHT = datetime(2026, 3, 5, 16, tzinfo=UTC)  # in China


def published(simulation: Simulation, service: str, kind: type[Event]) -> list[Event]:
    return [event for event in published_events(service, new_changes(simulation, service)) if type(event) is kind]


def test_m20_the_first_message_of_a_day_publishes_the_member_once() -> None:
    lobby = Lobby()
    lobby.simulation.clock.now = MIDNIGHT - timedelta(seconds=3)
    for sender in (MEI, MEI, HAO, MEI):
        lobby.send(sender)
    days = [(event.data.user_id, event.data.day) for event in published(lobby.simulation, "chat", MemberActive)]  # type: ignore[attr-defined]
    before, after = date(2026, 3, 5), date(2026, 3, 6)
    assert days == [(MEI.user_id, before), (HAO.user_id, after), (MEI.user_id, after)]


def test_m20_parallel_first_messages_publish_one_event() -> None:
    """All read that the member has sent nothing today: one of them stores the day."""
    lobby = Lobby()
    simulation = lobby.simulation
    for _ in range(5):
        put_member_day(simulation.chat, lobby.circle_id, MEI.user_id, simulation.clock.now)
    events = published(simulation, "chat", MemberActive)
    assert len(events) == 1
    assert events[0].entity_id == f"{lobby.circle_id}/{MEI.user_id}/2026-03-05"


def test_m20_the_second_message_of_a_day_writes_no_day() -> None:
    lobby = Lobby()
    lobby.send()
    lobby.simulation.memory("chat").stream.clear()
    lobby.send()
    assert not [new for _, new in lobby.simulation.memory("chat").stream if new and new["pk"].startswith(ACTIVE)]


def test_m20_a_retry_and_a_stranger_publish_nothing() -> None:
    lobby = Lobby()
    request = MessageRequest("message-a", 0, "在吗")
    lobby.send(MEI, msg_id=request.client_msg_id)
    published(lobby.simulation, "chat", MemberActive)
    lobby.send(MEI, msg_id=request.client_msg_id)
    assert published(lobby.simulation, "chat", MemberActive) == []


def test_m20_the_first_views_of_a_day_publish_the_member_once() -> None:
    simulation, lin, mei = Simulation(), caller("lin"), caller("mei")
    circle_id = create_circle(simulation, lin, mei)
    notes = [post_note(simulation, circle_id, lin, f"第{number}天").id for number in range(3)]
    simulation.clock.now = MIDNIGHT - timedelta(hours=1)
    for hours in (0, 0, 2, 1):
        simulation.clock.advance(hours=hours)
        circles.record_views(simulation.circles, mei, circle_id, notes)
    circles.record_views(simulation.circles, lin, circle_id, notes)  # of own notes alone: the member opened the circle
    events = published(simulation, "circles", MemberOpened)
    days = [(event.data.user_id, event.data.day) for event in events]  # type: ignore[attr-defined]
    after = date(2026, 3, 6)
    assert days == [(mei.user_id, date(2026, 3, 5)), (mei.user_id, after), (lin.user_id, after)]
    assert len({event.id for event in events}) == 3
