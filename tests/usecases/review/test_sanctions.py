"""The sanction ladder (R14): who may put whom under what; and emergencies (R15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.shared.kernel.errors import DomainError, Invalid, Unauthorized
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData
from services.shared.security.account_status import SanctionLevel, account_status_key, get_account_status
from services.shared.security.auth import authorize
from simulation.setup import common as scenes
from simulation.setup.common import enrolled, envelope
from simulation.simulation import World, person

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
DAY = timedelta(days=1)


def told(
    world: World, who: Any, level: SanctionLevel, until: datetime | None = None, version: int | None = None
) -> AccountStatusChanged:
    data = AccountStatusChangedData(user_id=who.user_id, level=level.value, until=until, valid_after=0)
    return AccountStatusChanged(**envelope(world, who.user_id, version), data=data)


def impose(world: World, name: str, level: SanctionLevel, *, days: float = 0, emergency: bool = False) -> Any:
    by = enrolled(world, name)
    until = world.clock() + timedelta(days=days) if days else None
    return review.impose_sanction(
        world.review, by, LIN.user_id, level=level, until=until, reason="多次刷屏。", emergency=emergency
    )


def level(world: World) -> SanctionLevel:
    return get_account_status(world.review_table, LIN.user_id).at(world.clock())


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


# who may put whom under what


@pytest.mark.parametrize("step", [SanctionLevel.WARNED, SanctionLevel.MUTED])
def test_r14_the_lower_steps_take_one_person_and_hold_at_once(step: SanctionLevel) -> None:
    world = World()
    impose(world, "rui", step, days=7)
    assert level(world) is step
    world.clock.advance(days=7)
    assert level(world) is SanctionLevel.NONE  # nothing had to lift it


def ratify(world: World, name: str, identity_id: str = "") -> Any:
    by = enrolled(world, name, identity_id)
    pending = review.get_sanction_record(world.review, by, LIN.user_id).pending
    assert pending
    return review.ratify_sanction(world.review, by, LIN.user_id, pending.id)


def refuse(world: World, name: str) -> Any:
    by = enrolled(world, name)
    pending = review.get_sanction_record(world.review, by, LIN.user_id).pending
    assert pending
    return review.reject_sanction(world.review, by, LIN.user_id, pending.id)


def lift(world: World, name: str, *, mistake: bool = False) -> Any:
    return review.lift_sanction(world.review, enrolled(world, name), LIN.user_id, "核实后解除。", mistake=mistake)


@pytest.mark.parametrize("step", [SanctionLevel.RESTRICTED, SanctionLevel.SUSPENDED, SanctionLevel.BANNED])
def test_r14_the_upper_steps_wait_for_a_second_person(step: SanctionLevel) -> None:
    world = World()
    impose(world, "rui", step)
    assert level(world) is SanctionLevel.NONE
    row = world.review_table.get(account_status_key(LIN.user_id)) or {}
    assert "outbox" not in row
    assert code_of(lambda: ratify(world, "rui")) == "same-person-twice"
    ratify(world, "shan")
    assert level(world) is step
    row = world.review_table.get(account_status_key(LIN.user_id)) or {}
    assert (row["outbox"].startswith("AccountStatusChanged:"), row["audit_length"]) == (True, 2)


def test_r14_down_again_from_the_upper_steps_takes_two_people_as_well() -> None:
    """Neither a milder step, nor a lifting, nor an emergency lets one person undo what two decided."""
    world = World()
    impose(world, "rui", SanctionLevel.BANNED)
    ratify(world, "shan")
    world.clock.advance(minutes=1)
    impose(world, "tao", SanctionLevel.WARNED)
    assert level(world) is SanctionLevel.BANNED
    assert code_of(lambda: impose(world, "rui", SanctionLevel.MUTED)) == "something-pending"
    refuse(world, "tao")
    for _ in range(2):  # a retry neither proposes twice nor drops its own
        lift(world, "tao")
    assert level(world) is SanctionLevel.BANNED
    assert code_of(lambda: ratify(world, "tao")) == "same-person-twice"
    ratify(world, "rui")
    assert level(world) is SanctionLevel.NONE


def test_r14_a_second_person_agrees_to_what_they_read_and_to_nothing_else() -> None:
    world = World()
    read = impose(world, "rui", SanctionLevel.RESTRICTED, days=1).pending
    refuse(world, "tao")
    world.clock.advance(minutes=1)
    impose(world, "tao", SanctionLevel.BANNED)
    shan = enrolled(world, "shan")
    assert code_of(lambda: review.ratify_sanction(world.review, shan, LIN.user_id, read.id)) == "proposal-changed"
    assert level(world) is SanctionLevel.NONE


def test_r14_what_has_ended_before_it_was_ratified_is_no_strike() -> None:
    world = World()
    impose(world, "rui", SanctionLevel.RESTRICTED, days=1)
    world.clock.advance(days=2)
    assert code_of(lambda: ratify(world, "shan")) == "ratification-lapsed"


def test_r14_a_lifting_as_a_mistake_takes_the_strike_back() -> None:
    world = World()
    for mistake, strikes in ((True, 0), (False, 1)):
        impose(world, "rui", SanctionLevel.WARNED)
        world.clock.advance(days=1)
        assert lift(world, "rui", mistake=mistake).strikes_at(world.clock()) == strikes


def test_r14_no_account_of_the_same_human_lets_them_back() -> None:
    world = World()
    scenes.started(world, LIN, identity_id="lin herself")
    impose(world, "rui", SanctionLevel.MUTED)
    twin = enrolled(world, "lin-too", "lin herself")
    assert code_of(lambda: review.lift_sanction(world.review, twin, LIN.user_id, "误判")) == "not-independent"


def test_r14_one_human_under_two_accounts_is_one_person() -> None:
    world = World()
    impose(world, "rui", SanctionLevel.SUSPENDED)
    assert code_of(lambda: ratify(world, "rui-too", person("rui").user_id)) == "same-person-twice"


def test_r14_nobody_sanctions_ratifies_or_lifts_themselves() -> None:
    world = World()
    assert code_of(lambda: impose(world, "lin", SanctionLevel.MUTED)) == "not-independent"
    impose(world, "rui", SanctionLevel.SUSPENDED)
    me = enrolled(world, "lin")
    assert code_of(lambda: ratify(world, "lin")) == "not-independent"
    assert code_of(lambda: review.lift_sanction(world.review, me, LIN.user_id, "冤枉")) == "not-independent"


def test_r14_only_reviewers_sanction_and_an_end_lies_ahead() -> None:
    world = World()
    for caller in (MEI, scenes.OPERATOR):
        with pytest.raises(errors.NotEnrolled):
            review.impose_sanction(
                world.review, caller, LIN.user_id, level=SanctionLevel.MUTED, until=None, reason="x", emergency=False
            )
    with pytest.raises(Invalid):
        impose(world, "rui", SanctionLevel.MUTED, days=-1)


def test_r14_the_same_word_again_is_a_retry_and_no_second_entry() -> None:
    world = World()
    for _ in range(3):
        person_ = impose(world, "rui", SanctionLevel.MUTED)
    assert (person_.trail.length, len(person_.strikes)) == (1, 1)
    world.clock.advance(days=1)
    for _ in range(2):
        assert lift(world, "rui").trail.length == 2
    with pytest.raises(errors.NothingToLift):
        lift(world, "shan")


def test_r14_a_suspension_voids_tokens_for_good_also_after_it_ends() -> None:
    world = World()
    impose(world, "rui", SanctionLevel.SUSPENDED, days=1)
    world.clock.advance(seconds=1)
    ratify(world, "shan")
    with pytest.raises(Unauthorized):
        authorize(world.review_table, LIN, world.clock())
    world.clock.advance(days=2)
    with pytest.raises(Unauthorized):
        authorize(world.review_table, LIN, world.clock())
    fresh = replace(LIN, issued_at=int(world.clock().timestamp()))
    assert authorize(world.review_table, fresh, world.clock()).level is SanctionLevel.NONE


# R15: one person in an emergency


def test_r15_an_emergency_holds_at_once_and_lapses_in_a_day_without_a_second_person() -> None:
    world = World()
    pending = impose(world, "rui", SanctionLevel.SUSPENDED, emergency=True).pending
    assert level(world) is SanctionLevel.SUSPENDED
    row = world.review_table.get(account_status_key(LIN.user_id)) or {}
    world.clock.advance(hours=24)
    assert level(world) is SanctionLevel.NONE  # judged when read, here and wherever the event went
    assert row["until"] == int(world.clock().timestamp() * 1000)
    shan = enrolled(world, "shan")
    with pytest.raises(errors.RatificationExpired):
        review.ratify_sanction(world.review, shan, LIN.user_id, pending.id)
    assert [review.handle_schedule(world.review) for _ in range(2)] == [1, 0]
    found = review.get_sanction_record(world.review, shan, LIN.user_id)
    assert (found.pending, found.strikes, found.trail.last and found.trail.last.action) == (None, (), "expired")


def test_r15_nobody_strings_emergencies_together() -> None:
    world = World()
    impose(world, "rui", SanctionLevel.SUSPENDED, emergency=True)
    world.clock.advance(hours=23)
    for name in ("rui", "tao"):
        assert code_of(lambda n=name: impose(world, n, SanctionLevel.BANNED, emergency=True)) == "something-pending"
    world.clock.advance(hours=1)
    assert code_of(lambda: impose(world, "rui", SanctionLevel.BANNED, emergency=True)) == "emergency-spent"
    twin = enrolled(world, "rui-too", person("rui").user_id)
    again: dict[str, Any] = {"level": SanctionLevel.BANNED, "until": None, "reason": "再来。", "emergency": True}
    assert code_of(lambda: review.impose_sanction(world.review, twin, LIN.user_id, **again)) == "emergency-spent"
    world.clock.advance(days=7)
    assert impose(world, "rui", SanctionLevel.BANNED, emergency=True).pending


def test_r15_ones_own_proposal_may_become_an_emergency_and_an_end_of_its_own_holds() -> None:
    world = World()
    impose(world, "rui", SanctionLevel.SUSPENDED)
    until = world.clock() + timedelta(hours=1)
    rui = enrolled(world, "rui")
    review.impose_sanction(
        world.review, rui, LIN.user_id, level=SanctionLevel.SUSPENDED, until=until, reason="多次刷屏。", emergency=True
    )
    assert level(world) is SanctionLevel.SUSPENDED
    world.clock.now = until
    assert level(world) is SanctionLevel.NONE


def test_r15_ratified_in_time_it_stays() -> None:
    world = World()
    impose(world, "rui", SanctionLevel.SUSPENDED, days=30, emergency=True)
    world.clock.advance(hours=23, minutes=59)
    ratify(world, "shan")
    world.clock.advance(days=20)
    review.handle_schedule(world.review)
    assert level(world) is SanctionLevel.SUSPENDED


def test_r15_what_stood_before_a_lapsed_emergency_comes_back_with_its_reason() -> None:
    world = World()
    muted = impose(world, "rui", SanctionLevel.MUTED, days=30)
    world.clock.advance(days=1)
    impose(world, "shan", SanctionLevel.SUSPENDED, emergency=True)
    world.clock.advance(days=1)
    review.handle_schedule(world.review)
    assert level(world) is SanctionLevel.MUTED
    found = review.get_sanction_record(world.review, enrolled(world, "rui"), LIN.user_id)
    assert (found.last, len(found.strikes)) == (muted.last, 1)


def test_r15_a_second_person_who_finds_it_wrong_drops_it_at_once() -> None:
    world = World()
    impose(world, "tao", SanctionLevel.MUTED)
    impose(world, "rui", SanctionLevel.SUSPENDED, emergency=True)
    shan = enrolled(world, "shan")
    pending = review.get_sanction_record(world.review, shan, LIN.user_id).pending
    assert pending
    for _ in range(2):  # a retry reaches nothing that stands beneath
        after = review.reject_sanction(world.review, shan, LIN.user_id, pending.id)
        assert (level(world), len(after.strikes), after.pending) == (SanctionLevel.MUTED, 1, None)
