"""C29: who renames a circle, to which names, how often, and when not."""

from __future__ import annotations

from typing import Any

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain import Role
from services.review import errors
from services.review import usecases as review
from services.review.domain.tenure import AssessmentOutcome, TenureState
from services.review.repository.tenures import get_tenure, load_tenure, tenure_key
from services.review.settings import settings
from services.shared.kernel.errors import KeyReused, RateLimitReached
from services.shared.kernel.ids import derive_id, new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from services.shared.table.items import Key
from services.shared.table.rate_limits import limit_key
from simulation.settings import overridden
from simulation.setup.applications import enrol_reviewer
from simulation.setup.circles import join_circle, set_role, set_teaser
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.errors import error_code
from tests.usecases.cross_service.circle_names import (
    ALIKE,
    LIN,
    MEI,
    NAME,
    NEW_NAME,
    OTHER,
    close,
    complete_closing,
    holder_of,
    names_of,
    open_named,
    rename,
    settle,
)

HAO, YAN = caller("hao"), caller("yan")


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
    sanction: dict[str, Any] = {
        "level": SanctionLevel.SUSPENDED,
        "violation": Violation.SPAM,
        "until": None,
        "reason": "x",
        "emergency": True,
    }
    review.impose_sanction(simulation.review, rui, LIN.user_id, **sanction)
    settle(simulation)
    with pytest.raises(errors.CircleReadOnly):
        rename(simulation, LIN, circle_id, NEW_NAME)
    simulation.clock.advance(hours=25)
    assert rename(simulation, LIN, circle_id, NEW_NAME) == NEW_NAME
