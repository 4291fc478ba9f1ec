"""Each room has a copy of its circle's state: a send reads no circle (decision 81)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import Circle as CircleState
from services.chat.domain import moderators_room_id
from services.chat.errors import CircleReadOnly
from services.chat.repository.circles import circle_key
from services.chat.repository.rooms import iter_rooms
from services.chat.subscriptions import SUBSCRIPTIONS
from services.shared.messaging.events import CircleActivated, CircleChanged, CircleData, Event
from simulation.setup.chat import LIN, MEI, set_circle_state
from simulation.setup.events import envelope
from simulation.setup.rooms import ModeratedLobby as Circle
from simulation.setup.rooms import topic_key
from simulation.simulation import Simulation
from tests.support.races import HookedTable, SteppedCall

LATER = 2 * 10**12  # a version


def copies(simulation: Simulation, circle_id: str) -> set[tuple[bool, int]]:
    return {(room.read_only, room.circle_version) for room in iter_rooms(simulation.chat_table, circle_id)}


def changed(simulation: Simulation, circle_id: str, state: str, version: int) -> CircleChanged:
    data = CircleData.model_validate({"circle_id": circle_id, "name": "观鸟", "owner_id": LIN.user_id, "state": state})
    return CircleChanged(**envelope(simulation, circle_id, version), data=data)


def applied(event: Event) -> Callable[[chat.Ports], None]:
    return lambda ports: SUBSCRIPTIONS[type(event)](ports, event)


def in_steps(simulation: Simulation, calls: Sequence[Callable[[chat.Ports], Any]]) -> list[SteppedCall]:
    ports, table = simulation.chat, simulation.chat_table

    def on_table(call: Callable[[chat.Ports], Any]) -> Callable[[Any], None]:
        return lambda stepped: call(replace(ports, table=stepped))

    return [SteppedCall(table, on_table(call)) for call in calls]


def run_at_once(simulation: Simulation, events: Sequence[Event], dice: random.Random) -> None:
    """Apply events at once: one table call at a time, of an event that the dice choose."""
    running = in_steps(simulation, list(map(applied, events)))
    while running := [call for call in running if not call.done]:
        dice.choice(running).step()


def test_r14_a_read_only_circle_is_so_in_each_room_until_its_end() -> None:
    circle = Circle()
    topic, archived = circle.open(), circle.open("山地")
    archived.set(is_archived=True)
    moderators = topic.open("临时")
    moderators.id = moderators_room_id(circle.circle_id)
    end = circle.simulation.clock.now + timedelta(hours=1)
    set_circle_state(circle.simulation, circle.circle_id, "read_only", end)
    for room in (circle, topic, moderators):
        with pytest.raises(CircleReadOnly):
            room.send(LIN)
    circle.simulation.clock.advance(hours=2)
    assert [room.send(LIN).seq for room in (circle, topic, moderators)] == [1, 1, 1]
    set_circle_state(circle.simulation, circle.circle_id, "read_only")
    set_circle_state(circle.simulation, circle.circle_id, "active")
    archived.set(is_archived=False)
    assert archived.send(LIN).seq == 1


def test_r14_a_send_reads_no_circle() -> None:
    circle = Circle()
    read: list[Any] = []

    def record(name: str, key: Any, *_: Any, **__: Any) -> None:
        read.extend(key if name == "get_many" else [key])

    table: Any = HookedTable(circle.simulation.chat_table, record)
    circle.send(MEI, ports=replace(circle.simulation.chat, table=table))
    assert read
    assert circle_key(circle.circle_id) not in read


def test_r14_an_older_state_changes_no_room() -> None:
    circle = Circle()
    set_circle_state(circle.simulation, circle.circle_id, "read_only", version=LATER)
    before = list(iter_rooms(circle.simulation.chat_table, circle.circle_id))
    set_circle_state(circle.simulation, circle.circle_id, "active", version=LATER - 1)
    set_circle_state(circle.simulation, circle.circle_id, "read_only", version=LATER)
    assert list(iter_rooms(circle.simulation.chat_table, circle.circle_id)) == before


def test_r14_a_topic_has_no_name_of_its_circle_and_a_closed_circle_names_no_room() -> None:
    circle = Circle()
    topic = circle.open()
    rooms = {room.id: room for room in iter_rooms(circle.simulation.chat_table, circle.circle_id)}
    at, lobby = circle.simulation.clock.now, rooms[circle.id]
    state = CircleState(circle.circle_id, LIN.user_id, False, None, LATER, "山鸟圈")
    assert [lobby.with_circle(state, at).name, rooms[topic.id].with_circle(state, at).name] == ["山鸟圈", "湿地晨观"]
    assert lobby.with_circle(replace(state, name="", read_only=True), at).name == lobby.name
    assert lobby.with_circle(replace(state, version=lobby.circle_version), at) is lobby


@pytest.mark.parametrize("opened", range(10))
@pytest.mark.parametrize("stored", range(1, 10))
def test_r14_a_topic_that_is_opened_while_the_circle_becomes_read_only_is_read_only(opened: int, stored: int) -> None:
    """The circle changes after so many table calls of the opening, which continues after so many of the change."""
    circle = Circle()
    key = topic_key(circle.simulation, LIN)

    def open_topic(ports: chat.Ports) -> None:
        with suppress(CircleReadOnly):
            chat.open_topic(ports, LIN, circle.circle_id, "湿地晨观", "", key)

    opening, change = in_steps(
        circle.simulation, [open_topic, applied(changed(circle.simulation, circle.circle_id, "read_only", LATER))]
    )
    for call, steps in ((opening, opened), (change, stored), (opening, 100), (change, 100)):
        for _ in range(steps):
            if not call.done:
                call.step()
    assert copies(circle.simulation, circle.circle_id) == {(True, LATER)}


@pytest.mark.parametrize("seed", range(60))
def test_r14_of_two_states_at_once_the_newer_one_is_in_each_room(seed: int) -> None:
    circle = Circle()
    circle.open()
    events = [changed(circle.simulation, circle.circle_id, state, LATER + n) for n, state in enumerate(("read_only", "active"))]
    random.Random(seed).shuffle(events)
    run_at_once(circle.simulation, events, random.Random(seed))
    assert copies(circle.simulation, circle.circle_id) == {(False, LATER + 1)}


@pytest.mark.parametrize("seed", range(60))
def test_r14_a_circle_that_becomes_read_only_while_its_rooms_are_created_is_so_in_each(seed: int) -> None:
    simulation = Simulation()
    circle_id = "cir_01KJY2E1KX7BMZ758QWDX6V9QC"
    newer = changed(simulation, circle_id, "read_only", LATER)
    opened = CircleActivated(**envelope(simulation, circle_id, 10**12), data=newer.data.model_copy(update={"state": "active"}))
    run_at_once(simulation, [opened, newer], random.Random(seed))
    assert copies(simulation, circle_id) == {(True, LATER)}
