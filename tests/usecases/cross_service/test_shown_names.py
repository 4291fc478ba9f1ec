"""C29: every service shows the name of a renamed circle, in whatever order events arrive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.chat.domain import lobby_id
from services.chat.repository.circles import circle_key as chat_circle_key
from services.chat.repository.rooms import find_room
from services.circles import usecases as circles
from services.circles.domain import CircleState
from services.circles.errors import CircleNotFound as CirclesCircleNotFound
from services.circles.repository.circles import circle_key, get_circle
from services.circles.repository.teasers import teaser_key
from services.review import errors
from services.review import usecases as review
from services.review.repository.tenures import load_tenure
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import derive_id, new_id
from services.shared.messaging.events import CircleActivated, CircleChanged, CircleData, Event
from services.shared.security.audit import verify_chain
from services.shared.table.items import Key
from simulation.setup.circles import create_circle, issue_passcode, set_teaser
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events
from simulation.users import new_key
from tests.support.races import HookedTable
from tests.usecases.cross_service.circle_names import (
    ALIKE,
    LIN,
    MEI,
    NAME,
    NEW_NAME,
    ORDERS,
    OTHER,
    approve,
    close,
    complete_closing,
    holder_of,
    name_changed,
    names_of,
    open_named,
    rename,
    settle,
    state_of,
    submit,
)


def published(simulation: Simulation, service: str = "review") -> list[str]:
    names = [event.name() for event in published_events(service, all_changes(simulation, service))]
    return [name for name in names if "Name" in name or name == "CircleChanged"]


@pytest.mark.parametrize("order", ORDERS)
def test_c29_review_knows_the_newest_state_of_a_circle_in_whatever_order_it_arrives(order: tuple[int, ...]) -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    events = [
        state_of(simulation, circle_id, state, 10**14 + n) for n, state in enumerate(("read_only", "active", "read_only"))
    ]
    for number in order:
        for _ in range(2):
            deliver(simulation, "review", events[number])
    with pytest.raises(errors.CircleReadOnly):
        rename(simulation, LIN, circle_id, NEW_NAME)


@pytest.mark.parametrize("order", ORDERS)
def test_c29_circles_shows_the_newest_name_in_whatever_order_it_arrives(order: tuple[int, ...]) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    events = [name_changed(simulation, circle_id, name, 10 + number) for number, name in enumerate((OTHER, ALIKE, NEW_NAME))]
    for number in order:
        for _ in range(2):
            deliver(simulation, "circles", events[number])
    circle = get_circle(simulation.circles_table, circle_id)
    assert (circle.name, circle.name_version) == (NEW_NAME, 12)


def test_c29_a_repeated_name_writes_nothing() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    event = name_changed(simulation, circle_id, NEW_NAME, 10)
    deliver(simulation, "circles", event)
    position = len(simulation.memory("circles").stream)
    deliver(simulation, "circles", event)
    assert len(simulation.memory("circles").stream) == position


def test_c29_a_name_before_its_circle_arrives_again() -> None:
    simulation = Simulation()
    with pytest.raises(CirclesCircleNotFound):
        deliver(simulation, "circles", name_changed(simulation, new_id("cir"), NEW_NAME, 10))


def test_c29_a_circle_that_its_owner_renames_before_its_activation_opens_with_the_new_name() -> None:
    simulation = Simulation()
    circle_id = derive_id("cir", approve(simulation, submit(simulation, LIN, NAME)).id)
    settle(simulation)
    rename(simulation, LIN, circle_id, NEW_NAME)
    settle(simulation)
    circles.activate_circle(simulation.circles, LIN, circle_id)
    settle(simulation)
    assert names_of(simulation, circle_id) == {NEW_NAME}


def test_c29_a_late_name_brings_nothing_back_to_a_closed_circle() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    late = name_changed(simulation, circle_id, NEW_NAME, 10**15)
    close(simulation, circle_id)
    complete_closing(simulation, circle_id)
    settle(simulation)
    for _ in range(2):
        deliver(simulation, "circles", late)
    settle(simulation)
    circle = get_circle(simulation.circles_table, circle_id)
    assert (circle.state, circle.name) == (CircleState.CLOSED, "")
    assert simulation.circles_table.get(teaser_key(circle_id)) is None
    stored = {service: str(simulation.memory(service).all_items()) for service in ("circles", "chat", "review")}
    assert not any(NEW_NAME in items for items in stored.values())
    assert NAME not in stored["circles"]


def test_c29_a_rename_against_the_end_of_the_tenure_leaves_no_name_behind() -> None:
    """The circle closes between the look-up of the name and the transaction of the rename."""
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    closed = state_of(simulation, circle_id, "closed", 10**15)

    def end_first(name: str, *arguments: Any, **named: Any) -> None:
        if name == "transact" and holder_of(simulation, NAME):
            deliver(simulation, "review", closed)
            settle(simulation)

    hooked = replace(simulation.review, table=HookedTable(simulation.review_table, end_first))
    with pytest.raises(errors.CircleClosed):
        review.rename_circle(hooked, LIN, circle_id, new_key(LIN, now=simulation.clock.now), NEW_NAME)
    assert (holder_of(simulation, NAME), holder_of(simulation, NEW_NAME)) == (None, None)


def test_c29_a_rename_is_in_the_audit_chain_without_the_names() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    rename(simulation, LIN, circle_id, NEW_NAME)
    settle(simulation)
    tenure = load_tenure(simulation.review_table, derive_id("app", circle_id))
    last = tenure.entity.trail.last
    assert last
    assert (last.action, last.actor) == ("renamed", LIN.user_id)
    assert verify_chain(simulation.review_table, tenure.item or {}).state == "intact"
    entries = [item for item in simulation.memory("review").all_items() if item["pk"].startswith("AUDIT#")]
    assert any("renamed" in str(entry) for entry in entries)
    assert not any(name in str(entry) for entry in entries for name in (NAME, NEW_NAME))
    other = tenure.entity.trail.extend("renamed", actor=LIN.user_id, at=simulation.clock(), before=NAME, after=OTHER)
    assert other.last and other.last.details_hash != last.details_hash


def test_c29_a_rename_publishes_one_event_of_review_and_one_of_circles() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    before = published(simulation), published(simulation, "circles")
    rename(simulation, LIN, circle_id, NEW_NAME)
    settle(simulation)
    after = published(simulation), published(simulation, "circles")
    assert [new[len(old) :] for old, new in zip(before, after, strict=True)] == [["CircleNameChanged"], ["CircleChanged"]]


# The copies of the name: the teaser and the rooms.


def rename_once_before(simulation: Simulation, circle_id: str, call: str, key: Key) -> Callable[..., None]:
    """Return a hook that delivers a new name before the first call of an operation on an item."""
    pending = [True]

    def hook(name: str, *arguments: Any, **named: Any) -> None:
        target = arguments[0] if isinstance(arguments[0], Key) else Key.of(arguments[0])
        if pending[0] and (name, target) == (call, key):
            pending[0] = False
            deliver(simulation, "circles", name_changed(simulation, circle_id, NEW_NAME, 10))

    return hook


def publish_during_a_rename(simulation: Simulation, circle_id: str) -> None:
    """Publish a teaser that has read the name, and the teaser, before the circle was renamed."""
    hook = rename_once_before(simulation, circle_id, "put", teaser_key(circle_id))
    table: Any = HookedTable(simulation.circles_table, hook)
    set_teaser(replace(simulation, circles_table=table), LIN, circle_id, "只聊城市里的野鸟。", ("观鸟",))


@pytest.mark.parametrize("is_deleted", [True, False])
def test_c29_a_teaser_that_is_published_during_the_rename_shows_the_new_name(is_deleted: bool) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    if is_deleted:
        set_teaser(simulation, LIN, circle_id, "城市里的野鸟。", ("观鸟",))
        circles.delete_teaser(simulation.circles, LIN, circle_id)
    publish_during_a_rename(simulation, circle_id)
    assert circles.get_teaser(simulation.circles, circle_id).name == NEW_NAME


def test_c29_a_teaser_that_is_edited_during_the_rename_is_read_again() -> None:
    """The name that the teaser shows is part of what its editor has read."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    set_teaser(simulation, LIN, circle_id, "城市里的野鸟。", ("观鸟",))
    with pytest.raises(PreconditionFailed):
        publish_during_a_rename(simulation, circle_id)
    assert circles.get_teaser(simulation.circles, circle_id).name == NEW_NAME


def test_c29_a_circle_without_a_teaser_shows_none_after_a_rename() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    for version in (10, 11):
        deliver(simulation, "circles", name_changed(simulation, circle_id, NEW_NAME, version))
    with pytest.raises(CirclesCircleNotFound):
        circles.get_teaser(simulation.circles, circle_id)
    item = simulation.circles_table.get(teaser_key(circle_id)) or {}
    assert item["text"] == item["name"] == ""
    assert item["expires_at"] > simulation.clock.now.timestamp()
    assert set_teaser(simulation, LIN, circle_id, "城市里的野鸟。", ("观鸟",)).name == NEW_NAME


@pytest.mark.parametrize("order", ORDERS)
def test_c29_rooms_show_the_newest_name_in_whatever_order_it_arrives(order: tuple[int, ...]) -> None:
    simulation = Simulation()
    circle_id = new_id("cir")
    data = {"circle_id": circle_id, "owner_id": LIN.user_id, "state": "active"}
    opened = CircleData.model_validate({**data, "name": NAME})
    renamed = [CircleData.model_validate({**data, "name": name}) for name in (OTHER, NEW_NAME)]
    events: list[Event] = [CircleActivated(**envelope(simulation, circle_id, 10), data=opened)]
    events += [CircleChanged(**envelope(simulation, circle_id, 11 + n), data=state) for n, state in enumerate(renamed)]
    for number in order:
        for _ in range(2):
            deliver(simulation, "chat", events[number])
    room = find_room(simulation.chat_table, circle_id, lobby_id(circle_id))
    assert room and room.name == NEW_NAME


def test_c29_chat_keeps_no_name_of_a_closed_circle() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    deliver(simulation, "chat", state_of(simulation, circle_id, "closed", 10**15))
    item = simulation.chat_table.get(chat_circle_key(circle_id)) or {}
    assert (item["name"], item["read_only"]) == ("", True)


def test_c29_a_rename_keeps_pins_and_head_of_a_room() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    before = find_room(simulation.chat_table, circle_id, lobby_id(circle_id))
    rename(simulation, LIN, circle_id, NEW_NAME)
    settle(simulation)
    after = find_room(simulation.chat_table, circle_id, lobby_id(circle_id))
    assert before
    assert after
    assert after == replace(before, name=NEW_NAME, version=after.version, circle_version=after.circle_version)


def test_c29_a_passcode_and_members_of_a_renamed_circle_stay() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    passcode = issue_passcode(simulation, LIN, circle_id)
    rename(simulation, LIN, circle_id, NEW_NAME)
    settle(simulation)
    circles.join_circle(simulation.circles, MEI, passcode)
    assert simulation.circles_table.get(circle_key(circle_id))
