"""C29: an owner renames a circle, and every service shows the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import lobby_id
from services.chat.repository.circles import circle_key as chat_circle_key
from services.chat.repository.rooms import find_room
from services.circles import usecases as circles
from services.circles.domain import CircleState, Role
from services.circles.errors import CircleNotFound as CirclesCircleNotFound
from services.circles.repository.circles import circle_key, get_circle
from services.circles.repository.teasers import teaser_key
from services.review import errors
from services.review import usecases as review
from services.review.domain.tenure import AssessmentOutcome, TenureState
from services.review.repository.tenures import get_tenure, load_tenure, tenure_key
from services.review.settings import settings
from services.shared.kernel.errors import KeyReused, PreconditionFailed, RateLimitReached
from services.shared.kernel.ids import derive_id, new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    CircleActivated,
    CircleChanged,
    CircleData,
    CircleNameChanged,
    CircleNameChangedData,
    Event,
)
from services.shared.security.account_status import SanctionLevel
from services.shared.security.audit import verify_chain
from services.shared.table.items import Key
from services.shared.table.rate_limits import limit_key
from simulation.settings import overridden
from simulation.setup.applications import enrol_reviewer
from simulation.setup.circles import create_circle, issue_passcode, join_circle, set_role, set_teaser
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events
from simulation.users import caller, new_key
from tests.support.errors import error_code
from tests.support.races import HookedTable
from tests.usecases.cross_service.circle_names import (
    ALIKE,
    NAME,
    OTHER,
    approve,
    holder_of,
    names_of,
    open_named,
    rename,
    settle,
    submit,
)

LIN, MEI, HAO, YAN = caller("lin"), caller("mei"), caller("hao"), caller("yan")
NEW_NAME = "河口观鸟"
ORDERS = list(permutations(range(3)))


def published(simulation: Simulation, service: str = "review") -> list[str]:
    names = [event.name() for event in published_events(service, all_changes(simulation, service))]
    return [name for name in names if "Name" in name or name == "CircleChanged"]


def name_changed(simulation: Simulation, circle_id: str, name: str, version: int) -> CircleNameChanged:
    data = CircleNameChangedData(circle_id=circle_id, circle_name=name)
    return CircleNameChanged(**envelope(simulation, circle_id, version), data=data)


def test_c29_a_renamed_circle_has_its_name_in_every_service() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    join_circle(simulation, MEI, LIN, circle_id)
    set_teaser(simulation, LIN, circle_id, "城市里看得到的野鸟。", ("观鸟",))
    settle(simulation)
    assert rename(simulation, LIN, circle_id, NEW_NAME) == NEW_NAME
    settle(simulation)
    assert names_of(simulation, circle_id) == {NEW_NAME}
    (own,) = circles.list_circles(simulation.circles, MEI, PageRequest(10)).items
    page = circles.get_circle(simulation.circles, MEI, circle_id)
    teaser = circles.get_teaser(simulation.circles, circle_id)
    (listed,) = circles.list_teasers(simulation.circles, teaser.slug, PageRequest(10)).items
    assert {own.circle.name, page.circle.name, teaser.name, listed.name} == {NEW_NAME}
    assert {summary.room.name for summary in chat.list_own_rooms(simulation.chat, MEI, PageRequest(10)).items} == {NEW_NAME}
    assert (holder_of(simulation, NEW_NAME), holder_of(simulation, NAME)) == (circle_id, None)


def test_c29_the_old_name_is_available_and_the_new_one_is_not() -> None:
    simulation = Simulation()
    first, second = open_named(simulation, LIN, NAME), open_named(simulation, MEI, OTHER)
    rename(simulation, LIN, first, NEW_NAME)
    for name in (NEW_NAME, "河口 觀鳥", "「河口」观鸟"):
        with pytest.raises(errors.CircleNameUnavailable):
            rename(simulation, MEI, second, name)
    assert rename(simulation, MEI, second, ALIKE) == ALIKE
    settle(simulation)
    assert (names_of(simulation, first), names_of(simulation, second)) == ({NEW_NAME}, {ALIKE})
    assert [holder_of(simulation, name) for name in (NAME, NEW_NAME, OTHER)] == [second, first, None]


def test_c29_a_denied_name_changes_nothing() -> None:
    simulation = Simulation()
    open_named(simulation, LIN, NAME)
    second = open_named(simulation, MEI, OTHER)
    before = load_tenure(simulation.review_table, derive_id("app", second)).item
    with pytest.raises(errors.CircleNameUnavailable):
        rename(simulation, MEI, second, ALIKE)
    assert load_tenure(simulation.review_table, derive_id("app", second)).item == before
    assert holder_of(simulation, OTHER) == second


def test_c29_the_owner_alone_renames_a_circle() -> None:
    simulation = Simulation()
    circle_id, stranger = open_named(simulation, LIN, NAME), caller("stranger")
    for member, role in ((MEI, Role.CO_OWNER), (HAO, Role.MODERATOR), (YAN, None)):
        join_circle(simulation, member, LIN, circle_id)
        if role:
            set_role(simulation, LIN, circle_id, member.user_id, role)
    settle(simulation)
    for by in (MEI, HAO, YAN, stranger, enrol_reviewer(simulation, "rui"), caller("operator", "operator")):
        for circle in (circle_id, new_id("cir")):
            with pytest.raises(errors.CircleNotFound):
                rename(simulation, by, circle, NEW_NAME)
        assert simulation.review_table.get(limit_key(by.user_id, "rename")) is None
    with pytest.raises(errors.CircleNotFound):
        rename(simulation, LIN, new_id("cir"), NEW_NAME)
    assert rename(simulation, LIN, circle_id, NEW_NAME) == NEW_NAME


def test_c29_who_owned_a_circle_once_does_not_rename_it() -> None:
    """The new owner does, as soon as review knows both the membership and the circle."""
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    simulation.review_table.update(tenure_key(derive_id("app", circle_id)), set={"owner": MEI.user_id}, when=None)
    with pytest.raises(errors.CircleNotFound):
        rename(simulation, LIN, circle_id, NEW_NAME)  # circles has not published the membership yet
    with pytest.raises(errors.CircleNotFound):
        rename(simulation, MEI, circle_id, NEW_NAME)
    simulation.review_table.update(Key(f"USER#{LIN.user_id}", f"CIRCLE#{circle_id}"), set={"role": "co_owner"}, when=None)
    owner = {"role": "owner", "state": "member", "version": 1}
    simulation.review_table.put({"pk": f"USER#{MEI.user_id}", "sk": f"CIRCLE#{circle_id}", **owner}, when=None)
    assert rename(simulation, MEI, circle_id, NEW_NAME) == NEW_NAME


@pytest.mark.parametrize("change", [{"state": "left"}, {"state": "kicked"}, {"role": "member"}])
def test_c29_an_owner_whose_membership_has_ended_renames_nothing(change: dict[str, Any]) -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    simulation.review_table.update(Key(f"USER#{LIN.user_id}", f"CIRCLE#{circle_id}"), set=change, when=None)
    with pytest.raises(errors.CircleNotFound):
        rename(simulation, LIN, circle_id, NEW_NAME)


def remove_owner(simulation: Simulation, circle_id: str) -> None:
    application_id = derive_id("app", circle_id)
    for outcome in (AssessmentOutcome.PROBATION, AssessmentOutcome.REMOVE):
        for name in ("rui", "shan"):
            by = enrol_reviewer(simulation, name)
            key = new_key(by, now=simulation.clock.now)
            review.assess_owner(simulation.review, by, application_id, key, outcome, "见数据。")
        simulation.clock.advance(days=31)


@pytest.mark.parametrize("is_renamed", [True, False])
def test_c29_a_removed_owner_renames_nothing_and_the_name_is_published_again(is_renamed: bool) -> None:
    """The event of the removal replaces the pending one, so it carries the name too: a replay from the table misses none."""
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    if is_renamed:
        rename(simulation, LIN, circle_id, NEW_NAME)
    remove_owner(simulation, circle_id)
    with pytest.raises(errors.CircleNotFound):
        rename(simulation, LIN, circle_id, OTHER)
    item = simulation.review_table.get(tenure_key(derive_id("app", circle_id))) or {}
    events = [entry.split(":")[0] for entry in item["outbox"].split()]
    assert events == ["OwnerRemoved", "CircleNameChanged"][: 2 if is_renamed else 1]
    settle(simulation)
    assert names_of(simulation, circle_id) == {NEW_NAME if is_renamed else NAME}
    assert holder_of(simulation, NEW_NAME if is_renamed else NAME) == circle_id


def test_c29_the_same_name_again_writes_nothing_and_uses_no_attempt() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    position = len(simulation.memory("review").stream)
    assert rename(simulation, LIN, circle_id, NAME) == NAME
    assert len(simulation.memory("review").stream) == position


def test_c29_another_spelling_of_the_own_name_keeps_the_item_of_the_name() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    before = simulation.memory("review").all_items()
    names = [item for item in before if item["sk"] == "CIRCLE_NAME"]
    assert rename(simulation, LIN, circle_id, ALIKE) == ALIKE
    settle(simulation)
    assert [item for item in simulation.memory("review").all_items() if item["sk"] == "CIRCLE_NAME"] == names
    assert names_of(simulation, circle_id) == {ALIKE}


@overridden(settings, rename_burst=3)
def test_c29_each_attempt_counts_whether_the_name_is_available_or_not() -> None:
    simulation = Simulation()
    open_named(simulation, LIN, NAME)
    circle_id = open_named(simulation, MEI, OTHER)
    for name in (NAME, ALIKE):
        with pytest.raises(errors.CircleNameUnavailable):
            rename(simulation, MEI, circle_id, name)
    rename(simulation, MEI, circle_id, NEW_NAME)
    for name in (NAME, "山里观鸟"):
        with pytest.raises(RateLimitReached) as raised:
            rename(simulation, MEI, circle_id, name)
    assert raised.value.facts["limit"] == 3
    simulation.clock.advance(days=9)
    assert error_code(lambda: rename(simulation, MEI, circle_id, NAME)) == "rate-limit-reached"
    simulation.clock.advance(days=1, seconds=1)
    assert error_code(lambda: rename(simulation, MEI, circle_id, NAME)) == "circle-name-unavailable"
    assert error_code(lambda: rename(simulation, MEI, circle_id, NAME)) == "rate-limit-reached"


@overridden(settings, rename_burst=2)
def test_c29_one_idempotency_key_does_not_try_many_names() -> None:
    """A denied attempt is remembered nowhere but in the limit, so its key alone must not identify it there."""
    simulation = Simulation()
    open_named(simulation, LIN, NAME)
    circle_id = open_named(simulation, MEI, OTHER)
    key = new_key(MEI, now=simulation.clock.now).value
    for name in (NAME, NAME, NAME, ALIKE):  # a repeat of an attempt is the same attempt
        assert error_code(lambda name=name: rename(simulation, MEI, circle_id, name, key)) == "circle-name-unavailable"  # type: ignore[misc]
    for name in (NEW_NAME, "山里观鸟"):
        assert error_code(lambda name=name: rename(simulation, MEI, circle_id, name, key)) == "rate-limit-reached"  # type: ignore[misc]


def test_c29_a_late_repeat_does_not_undo_a_newer_name() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    key = new_key(LIN, now=simulation.clock.now).value
    rename(simulation, LIN, circle_id, NEW_NAME, key)
    rename(simulation, LIN, circle_id, OTHER)
    assert rename(simulation, LIN, circle_id, NEW_NAME, key) == OTHER
    with pytest.raises(KeyReused):
        rename(simulation, LIN, circle_id, NAME, key)
    assert holder_of(simulation, OTHER) == circle_id


def close(simulation: Simulation, circle_id: str) -> None:
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=30))


def complete_closing(simulation: Simulation, circle_id: str) -> None:
    simulation.clock.advance(days=31)
    for _ in range(3):
        circles.handle_schedule(simulation.circles)


def test_c29_a_circle_in_its_notice_period_or_closed_is_not_renamed() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    close(simulation, circle_id)
    settle(simulation)
    with pytest.raises(errors.CircleReadOnly):
        rename(simulation, LIN, circle_id, NEW_NAME)
    circles.reopen_circle(simulation.circles, LIN, circle_id)
    settle(simulation)
    rename(simulation, LIN, circle_id, NEW_NAME)
    close(simulation, circle_id)
    settle(simulation)
    complete_closing(simulation, circle_id)
    settle(simulation)
    assert get_tenure(simulation.review_table, derive_id("app", circle_id)).state is TenureState.ENDED
    simulation.review_table.update(
        Key(f"USER#{LIN.user_id}", f"CIRCLE#{circle_id}"), set={"role": "owner", "state": "member"}, when=None
    )
    with pytest.raises(errors.CircleClosed):
        rename(simulation, LIN, circle_id, OTHER)
    assert (holder_of(simulation, NEW_NAME), holder_of(simulation, OTHER)) == (None, None)


def test_c29_a_circle_whose_owner_is_suspended_is_not_renamed_until_the_suspension_ends() -> None:
    simulation = Simulation()
    circle_id, rui = open_named(simulation, LIN, NAME), enrol_reviewer(simulation, "rui")
    sanction: dict[str, Any] = {"level": SanctionLevel.SUSPENDED, "until": None, "reason": "x", "emergency": True}
    review.impose_sanction(simulation.review, rui, LIN.user_id, **sanction)
    settle(simulation)
    with pytest.raises(errors.CircleReadOnly):
        rename(simulation, LIN, circle_id, NEW_NAME)
    simulation.clock.advance(hours=25)
    assert rename(simulation, LIN, circle_id, NEW_NAME) == NEW_NAME


def state_of(simulation: Simulation, circle_id: str, state: str, version: int) -> CircleChanged:
    values = {"circle_id": circle_id, "name": NAME, "owner_id": LIN.user_id, "state": state}
    return CircleChanged(**envelope(simulation, circle_id, version), data=CircleData.model_validate(values))


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
    assert after == replace(before, name=NEW_NAME, version=after.version)


def test_c29_a_passcode_and_members_of_a_renamed_circle_stay() -> None:
    simulation = Simulation()
    circle_id = open_named(simulation, LIN, NAME)
    passcode = issue_passcode(simulation, LIN, circle_id)
    rename(simulation, LIN, circle_id, NEW_NAME)
    settle(simulation)
    circles.join_circle(simulation.circles, MEI, passcode)
    assert simulation.circles_table.get(circle_key(circle_id))
