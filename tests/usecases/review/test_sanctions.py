"""Platform sanctions (R14): who can impose, ratify and lift them; and emergencies (R15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.shared.kernel.errors import AccessRevoked, AccountSuspended, Invalid
from services.shared.security.account_status import SanctionLevel, account_status_key, get_account_status
from services.shared.security.auth import authorize
from services.shared.security.violations import Violation
from simulation.setup.applications import OPERATOR, create_application, enrol_reviewer
from simulation.simulation import Simulation
from simulation.users import caller
from tests.support.errors import error_code

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
DAY = timedelta(days=1)


def impose(
    simulation: Simulation, name: str, level: SanctionLevel, *, days: float = 0, emergency: bool = False, identity_id: str = ""
) -> Any:
    by = enrol_reviewer(simulation, name, identity_id)
    until = simulation.clock() + timedelta(days=days) if days else None
    return review.impose_sanction(simulation.review, by, LIN.user_id, **terms(level, until), emergency=emergency)


def terms(level: SanctionLevel, until: Any = None) -> dict[str, Any]:
    return {"level": level, "until": until, "violation": Violation.SPAM, "reason": "多次刷屏。"}


def level(simulation: Simulation) -> SanctionLevel:
    return get_account_status(simulation.review_table, LIN.user_id).at(simulation.clock())


# R14: imposing, ratifying and lifting


@pytest.mark.parametrize("step", [SanctionLevel.WARNED, SanctionLevel.MUTED])
def test_r14_one_reviewer_imposes_a_warning_or_a_mute_at_once(step: SanctionLevel) -> None:
    simulation = Simulation()
    impose(simulation, "rui", step, days=7)
    assert level(simulation) is step
    simulation.clock.advance(days=7)
    assert level(simulation) is SanctionLevel.NONE  # it expired by itself


def ratify(simulation: Simulation, name: str, identity_id: str = "") -> Any:
    by = enrol_reviewer(simulation, name, identity_id)
    pending = review.get_sanction_record(simulation.review, by, LIN.user_id).pending
    assert pending
    return review.ratify_sanction(simulation.review, by, LIN.user_id, pending.id)


def reject(simulation: Simulation, name: str) -> Any:
    by = enrol_reviewer(simulation, name)
    pending = review.get_sanction_record(simulation.review, by, LIN.user_id).pending
    assert pending
    return review.reject_sanction(simulation.review, by, LIN.user_id, pending.id)


def lift(simulation: Simulation, name: str, *, mistake: bool = False) -> Any:
    by = enrol_reviewer(simulation, name)
    return review.lift_sanction(simulation.review, by, LIN.user_id, "核实后解除。", mistake=mistake)


@pytest.mark.parametrize("step", [SanctionLevel.RESTRICTED, SanctionLevel.SUSPENDED, SanctionLevel.BANNED])
def test_r14_sanctions_from_restricted_wait_for_a_second_reviewer(step: SanctionLevel) -> None:
    simulation = Simulation()
    impose(simulation, "rui", step)
    assert level(simulation) is SanctionLevel.NONE
    item = simulation.review_table.get(account_status_key(LIN.user_id)) or {}
    assert "outbox" not in item
    assert error_code(lambda: ratify(simulation, "rui")) == "second-reviewer-required"
    ratify(simulation, "shan")
    assert level(simulation) is step
    item = simulation.review_table.get(account_status_key(LIN.user_id)) or {}
    assert (item["outbox"].startswith("AccountStatusChanged:"), item["audit_length"]) == (True, 2)


def test_r14_lifting_or_lowering_a_sanction_of_two_reviewers_takes_two() -> None:
    """One reviewer cannot undo it by a milder sanction, by lifting it, or by an emergency."""
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.BANNED)
    ratify(simulation, "shan")
    simulation.clock.advance(minutes=1)
    impose(simulation, "tao", SanctionLevel.WARNED)
    assert level(simulation) is SanctionLevel.BANNED
    assert error_code(lambda: impose(simulation, "rui", SanctionLevel.MUTED)) == "sanction-already-pending"
    reject(simulation, "tao")
    for _ in range(2):  # a retry neither proposes twice nor deletes the proposal
        lift(simulation, "tao")
    assert level(simulation) is SanctionLevel.BANNED
    assert error_code(lambda: ratify(simulation, "tao")) == "second-reviewer-required"
    ratify(simulation, "rui")
    assert level(simulation) is SanctionLevel.NONE


def test_r14_a_second_reviewer_ratifies_only_the_proposal_that_was_read() -> None:
    simulation = Simulation()
    read = impose(simulation, "rui", SanctionLevel.RESTRICTED, days=1).pending
    reject(simulation, "tao")
    simulation.clock.advance(minutes=1)
    impose(simulation, "tao", SanctionLevel.BANNED)
    shan = enrol_reviewer(simulation, "shan")
    assert error_code(lambda: review.ratify_sanction(simulation.review, shan, LIN.user_id, read.id)) == "proposal-changed"
    assert level(simulation) is SanctionLevel.NONE


def test_r14_a_sanction_that_ended_before_its_ratification_is_no_strike() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.RESTRICTED, days=1)
    simulation.clock.advance(days=2)
    assert error_code(lambda: ratify(simulation, "shan")) == "ratification-expired"


def test_r14_lifting_a_mistake_removes_its_strike() -> None:
    simulation = Simulation()
    for mistake, strikes in ((True, 0), (False, 1)):
        impose(simulation, "rui", SanctionLevel.WARNED)
        simulation.clock.advance(days=1)
        assert lift(simulation, "rui", mistake=mistake).count_strikes(simulation.clock()) == strikes


def test_r14_another_user_of_the_same_identity_cannot_lift_a_sanction() -> None:
    simulation = Simulation()
    create_application(simulation, LIN, identity_id="lin")
    impose(simulation, "rui", SanctionLevel.MUTED)
    second_user = enrol_reviewer(simulation, "lin-too", "lin")
    assert (
        error_code(lambda: review.lift_sanction(simulation.review, second_user, LIN.user_id, "误判")) == "conflict-of-interest"
    )


def test_r14_two_users_of_one_identity_are_one_reviewer() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED)
    assert error_code(lambda: ratify(simulation, "rui-too", caller("rui").user_id)) == "second-reviewer-required"


def test_r14_reviewers_do_not_impose_ratify_or_lift_their_own_sanction() -> None:
    simulation = Simulation()
    assert error_code(lambda: impose(simulation, "lin", SanctionLevel.MUTED)) == "conflict-of-interest"
    impose(simulation, "rui", SanctionLevel.SUSPENDED)
    lin = enrol_reviewer(simulation, "lin")
    assert error_code(lambda: ratify(simulation, "lin")) == "conflict-of-interest"
    assert error_code(lambda: review.lift_sanction(simulation.review, lin, LIN.user_id, "冤枉")) == "conflict-of-interest"


def test_r14_only_reviewers_sanction_and_until_is_in_the_future() -> None:
    simulation = Simulation()
    for other in (MEI, OPERATOR):
        with pytest.raises(errors.ReviewerNotEnrolled):
            review.impose_sanction(simulation.review, other, LIN.user_id, **terms(SanctionLevel.MUTED), emergency=False)
    with pytest.raises(Invalid):
        impose(simulation, "rui", SanctionLevel.MUTED, days=-1)


def test_r14_a_repeated_sanction_is_a_retry_and_no_second_entry() -> None:
    simulation = Simulation()
    for _ in range(3):
        record = impose(simulation, "rui", SanctionLevel.MUTED)
    assert (record.trail.length, len(record.strikes)) == (1, 1)
    simulation.clock.advance(days=1)
    for _ in range(2):
        assert lift(simulation, "rui").trail.length == 2
    with pytest.raises(errors.SanctionNotInForce):
        lift(simulation, "shan")


def test_r14_tokens_from_before_a_suspension_stay_invalid_after_its_end() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED, days=1)
    simulation.clock.advance(seconds=1)
    ratify(simulation, "shan")
    with pytest.raises(AccountSuspended):
        authorize(simulation.review_table, LIN, simulation.clock())
    simulation.clock.advance(days=2)
    with pytest.raises(AccessRevoked):
        authorize(simulation.review_table, LIN, simulation.clock())
    fresh = replace(LIN, signed_in_at=int(simulation.clock().timestamp()))
    assert authorize(simulation.review_table, fresh, simulation.clock()).level is SanctionLevel.NONE


# R15: one reviewer in an emergency


def test_r15_an_emergency_takes_effect_at_once_and_expires_after_24_hours_without_ratification() -> None:
    simulation = Simulation()
    pending = impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=True).pending
    assert level(simulation) is SanctionLevel.SUSPENDED
    item = simulation.review_table.get(account_status_key(LIN.user_id)) or {}
    simulation.clock.advance(hours=24)
    assert level(simulation) is SanctionLevel.NONE  # the end is checked when the status is read, in every service
    assert item["until"] == int(simulation.clock().timestamp() * 1000)
    shan = enrol_reviewer(simulation, "shan")
    with pytest.raises(errors.RatificationExpired):
        review.ratify_sanction(simulation.review, shan, LIN.user_id, pending.id)
    assert [review.handle_schedule(simulation.review) for _ in range(2)] == [1, 0]
    record = review.get_sanction_record(simulation.review, shan, LIN.user_id)
    assert (record.pending, record.strikes, record.trail.last and record.trail.last.action) == (None, (), "expired")


def test_r15_a_reviewer_cannot_repeat_an_emergency() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=True)
    simulation.clock.advance(hours=23)
    for name in ("rui", "tao"):
        ban = partial(impose, simulation, name, SanctionLevel.BANNED, emergency=True)
        assert error_code(ban) == "sanction-already-pending"
    simulation.clock.advance(hours=1)
    assert error_code(lambda: impose(simulation, "rui", SanctionLevel.BANNED, emergency=True)) == "emergency-not-ratified"
    second_user = enrol_reviewer(simulation, "rui-too", caller("rui").user_id)
    again = {**terms(SanctionLevel.BANNED), "emergency": True}
    assert (
        error_code(lambda: review.impose_sanction(simulation.review, second_user, LIN.user_id, **again))
        == "emergency-not-ratified"
    )
    simulation.clock.advance(days=7)
    assert impose(simulation, "rui", SanctionLevel.BANNED, emergency=True).pending


def test_r15_an_own_proposal_can_become_an_emergency_and_an_earlier_end_applies() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED)
    until = simulation.clock() + timedelta(hours=1)
    rui = enrol_reviewer(simulation, "rui")
    review.impose_sanction(simulation.review, rui, LIN.user_id, **terms(SanctionLevel.SUSPENDED, until), emergency=True)
    assert level(simulation) is SanctionLevel.SUSPENDED
    simulation.clock.now = until
    assert level(simulation) is SanctionLevel.NONE


def test_r15_a_ratified_emergency_stays_in_force() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED, days=30, emergency=True)
    simulation.clock.advance(hours=23, minutes=59)
    ratify(simulation, "shan")
    simulation.clock.advance(days=20)
    review.handle_schedule(simulation.review)
    assert level(simulation) is SanctionLevel.SUSPENDED


def test_r15_an_expired_emergency_restores_the_previous_sanction_with_its_reason() -> None:
    simulation = Simulation()
    muted = impose(simulation, "rui", SanctionLevel.MUTED, days=30)
    simulation.clock.advance(days=1)
    impose(simulation, "shan", SanctionLevel.SUSPENDED, emergency=True)
    simulation.clock.advance(days=1)
    review.handle_schedule(simulation.review)
    assert level(simulation) is SanctionLevel.MUTED
    record = review.get_sanction_record(simulation.review, enrol_reviewer(simulation, "rui"), LIN.user_id)
    assert (record.current, len(record.strikes)) == (muted.current, 1)


def test_r15_a_second_reviewer_rejects_an_emergency_at_once() -> None:
    simulation = Simulation()
    impose(simulation, "tao", SanctionLevel.MUTED)
    impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=True)
    shan = enrol_reviewer(simulation, "shan")
    pending = review.get_sanction_record(simulation.review, shan, LIN.user_id).pending
    assert pending
    for _ in range(2):  # a retry does not change the restored sanction
        after = review.reject_sanction(simulation.review, shan, LIN.user_id, pending.id)
        assert (level(simulation), len(after.strikes), after.pending) == (SanctionLevel.MUTED, 1, None)


def test_r14_a_mistake_removes_its_own_strike_only() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.MUTED, days=1)
    simulation.clock.advance(days=2)
    impose(simulation, "rui", SanctionLevel.MUTED, days=1)
    record = lift(simulation, "shan", mistake=True)
    assert record.count_strikes(simulation.clock()) == 1


def test_r14_the_moment_from_which_sign_ins_are_valid_never_moves_back() -> None:
    """A sign-in before an emergency stays invalid when the suspension below it is in force again."""
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED, days=30)
    ratify(simulation, "shan")
    simulation.clock.advance(days=1)
    impose(simulation, "tao", SanctionLevel.BANNED, emergency=True)
    banned_at = int(simulation.clock().timestamp())
    simulation.clock.advance(days=1)
    review.handle_schedule(simulation.review)
    assert get_account_status(simulation.review_table, LIN.user_id).valid_after == banned_at
