"""MemberActive and MemberOpened: one event per member, circle and day in China."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind, MessageRequest
from services.chat.errors import CircleNotFound, ListingNotFound
from services.chat.repository.member_days import MemberDay, put_member_days
from services.circles import usecases as circles
from services.shared.kernel.clock import china_day
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import Event, MemberActive, MemberOpened
from simulation.meter import MeteredTable
from simulation.setup.chat import HAO, MEI, Lobby
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, handle_new_changes, published_events
from simulation.users import caller

MIDNIGHT = datetime(2026, 3, 5, 16, tzinfo=UTC)  # in China


def published(simulation: Simulation, service: str, kind: type[Event]) -> list[Event]:
    """Return all events of a kind that the relay publishes, after the stream handler has processed what was written."""
    handle_new_changes(simulation, service)
    return [event for event in published_events(service, all_changes(simulation, service)) if type(event) is kind]


def member_days(lobby: Lobby) -> list[tuple[str, date]]:
    events = published(lobby.simulation, "chat", MemberActive)
    return [(event.data.user_id, event.data.day) for event in events]  # type: ignore[attr-defined]


def test_m20_the_first_message_of_a_day_publishes_the_member_once() -> None:
    lobby = Lobby()
    lobby.simulation.clock.now = MIDNIGHT - timedelta(seconds=3)
    for sender in (MEI, MEI, HAO, MEI):
        lobby.send(sender)
        handle_new_changes(lobby.simulation, "chat")
    before, after = date(2026, 3, 5), date(2026, 3, 6)
    assert member_days(lobby) == [(MEI.user_id, before), (HAO.user_id, after), (MEI.user_id, after)]


def test_m20_messages_of_one_batch_have_the_days_on_which_they_were_sent() -> None:
    lobby = Lobby()
    lobby.simulation.clock.now = MIDNIGHT - timedelta(seconds=2)
    for sender in (MEI, HAO, MEI, MEI):
        lobby.send(sender)
    lobby.simulation.clock.advance(days=1)
    before, after = date(2026, 3, 5), date(2026, 3, 6)
    assert member_days(lobby) == [(MEI.user_id, before), (HAO.user_id, after), (MEI.user_id, after)]


def test_m20_a_record_that_is_delivered_again_writes_no_day() -> None:
    lobby = Lobby()
    lobby.send()
    first = published(lobby.simulation, "chat", MemberActive)
    handle_all_changes(lobby.simulation, "chat")
    again = published(lobby.simulation, "chat", MemberActive)
    assert [event.id for event in again] == [event.id for event in first]
    assert again[0].entity_id == f"{lobby.circle_id}/{MEI.user_id}/{china_day(lobby.simulation.clock.now)}"


def test_m20_a_denied_send_a_void_and_a_change_of_a_message_publish_nothing() -> None:
    lobby = Lobby()
    with pytest.raises(CircleNotFound):
        lobby.send(caller("stranger"))
    with pytest.raises(ListingNotFound):  # denied after the slot
        request = MessageRequest("message-x", 0, "", new_id("lst"))
        chat.send_message(lobby.simulation.chat, MEI, lobby.circle_id, lobby.id, request)
    lobby.abandon_send()
    lobby.simulation.clock.advance(minutes=1)
    sent = lobby.send(HAO)  # and what the crashed send leaves becomes a void
    assert lobby.list_messages()[0].kind is MessageKind.VOID
    assert member_days(lobby) == [(HAO.user_id, china_day(sent.sent_at))]
    chat.recall_message(lobby.simulation.chat, HAO, lobby.circle_id, lobby.id, sent.seq)
    assert len(member_days(lobby)) == 1


def test_m20_the_second_message_of_a_day_costs_half_a_read_unit_in_the_stream() -> None:
    lobby = Lobby()
    lobby.send()
    handle_new_changes(lobby.simulation, "chat")
    table = MeteredTable(lobby.simulation.memory("chat"))
    day = MemberDay(lobby.circle_id, MEI.user_id, china_day(lobby.simulation.clock.now))
    with table.measure() as cost:
        put_member_days(replace(lobby.simulation.chat, table=table), [day, day])
    assert (cost.writes, cost.reads) == (0, 0.5)


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
