"""The own account status, and appeals against sanctions (A3)."""

from __future__ import annotations

from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import AppealState
from services.review.schemas import OwnAccountStatusResponse
from services.review.settings import settings
from services.shared.security.account_status import SanctionLevel
from simulation.setup.applications import enrol_reviewer
from simulation.simulation import Simulation
from tests.support.errors import error_code
from tests.usecases.review.appeals import AUTHOR, GRANTED, UPHELD, appeal, decide, levels, record_of, sanction

RESTRICTED, SUSPENDED, MUTED, BANNED = (
    SanctionLevel.RESTRICTED,
    SanctionLevel.SUSPENDED,
    SanctionLevel.MUTED,
    SanctionLevel.BANNED,
)


def test_a3_a_granted_appeal_lifts_the_sanction_as_a_mistake_and_removes_its_strike() -> None:
    simulation = Simulation()
    sanction(simulation, MUTED)
    decide(simulation, appeal(simulation))
    record = record_of(simulation)
    assert (record.account_status.at(simulation.clock.now), record.strikes) == (SanctionLevel.NONE, ())
    assert levels(simulation) == ["muted", "none"]
    shown = OwnAccountStatusResponse.of(record, simulation.clock.now)
    assert (shown.level, shown.appeal.is_possible, shown.appeal.state) == ("none", False, AppealState.GRANTED)


def test_a3_what_two_reviewers_decided_two_others_must_grant() -> None:
    simulation = Simulation()
    sanction(simulation, SUSPENDED, ratifier="shan")
    appeal_id = appeal(simulation)
    for by in ("rui", "shan"):
        assert error_code(partial(decide, simulation, appeal_id, by=by)) == "second-reviewer-required"
    assert decide(simulation, appeal_id, by="tao").state is AppealState.OPEN
    assert record_of(simulation).is_suspended(simulation.clock.now)
    assert error_code(lambda: decide(simulation, appeal_id, UPHELD, by="tao")) == "second-reviewer-required"
    assert decide(simulation, appeal_id, by="wei").state is AppealState.GRANTED
    assert not record_of(simulation).is_suspended(simulation.clock.now)


def test_a3_one_reviewer_who_upholds_the_sanction_makes_it_final() -> None:
    simulation = Simulation()
    before = sanction(simulation, SUSPENDED, ratifier="shan")
    appeal_id = appeal(simulation)
    decide(simulation, appeal_id, by="tao")
    assert decide(simulation, appeal_id, UPHELD, by="wei").state is AppealState.UPHELD
    record = record_of(simulation)
    assert (record.account_status, record.strikes) == (before.account_status, before.strikes)
    assert record.current
    assert record.current.appeal is AppealState.UPHELD
    assert error_code(lambda: appeal(simulation)) == "decision-already-appealed"
    assert levels(simulation) == ["suspended"]


def test_a3_a_user_without_a_sanction_or_under_an_emergency_cannot_appeal() -> None:
    simulation = Simulation()
    assert error_code(lambda: appeal(simulation)) == "sanction-not-in-force"
    shown = OwnAccountStatusResponse.of(review.get_own_account_status(simulation.review, AUTHOR), simulation.clock.now)
    assert (shown.level, shown.violation, shown.sanction_id, shown.appeal.is_possible) == ("none", None, None, False)
    record = sanction(simulation, SUSPENDED, emergency=True)
    assert error_code(lambda: appeal(simulation)) == "sanction-not-in-force"
    shown = OwnAccountStatusResponse.of(record, simulation.clock.now)
    assert (shown.level, shown.violation.code if shown.violation else "", shown.appeal.is_possible) == (
        "suspended",
        "fraud",
        False,
    )
    assert record.pending
    review.ratify_sanction(simulation.review, enrol_reviewer(simulation, "shan"), AUTHOR.user_id, record.pending.id)
    assert appeal(simulation)


def test_a3_the_account_status_says_why_until_when_and_whether_an_appeal_is_possible() -> None:
    simulation = Simulation()
    record = sanction(simulation, SUSPENDED, ratifier="shan", days=3)
    assert record.current
    shown = OwnAccountStatusResponse.of(record_of(simulation), simulation.clock.now)
    assert shown.violation
    assert (shown.level, shown.violation.code, shown.until) == ("suspended", "fraud", record.current.until)
    assert (shown.sanction_id, shown.decided_at) == (record.current.id, record.current.at)
    assert (shown.appeal.is_possible, shown.appeal.until) == (True, record.current.at + settings().appeal_period)
    simulation.clock.advance(days=4)
    shown = OwnAccountStatusResponse.of(record_of(simulation), simulation.clock.now)
    assert (shown.level, shown.violation, shown.until, shown.appeal.is_possible) == ("none", None, None, True)
    simulation.clock.advance(days=10)
    assert not OwnAccountStatusResponse.of(record_of(simulation), simulation.clock.now).appeal.is_possible
    assert error_code(lambda: appeal(simulation)) == "appeal-period-expired"


def test_a3_an_appeal_against_a_sanction_that_ended_removes_its_strike() -> None:
    simulation = Simulation()
    sanction(simulation, MUTED, days=1)
    simulation.clock.advance(days=2)
    decide(simulation, appeal(simulation))
    assert record_of(simulation).strikes == ()


def test_a3_an_appeal_against_a_sanction_that_was_replaced_leaves_the_newer_one() -> None:
    simulation = Simulation()
    sanction(simulation, MUTED)
    appeal_id = appeal(simulation)
    simulation.clock.advance(days=1)
    newer = sanction(simulation, BANNED, ratifier="wei")
    decide(simulation, appeal_id)
    record = record_of(simulation)
    assert newer.current
    assert (record.account_status, record.strikes) == (newer.account_status, (newer.current.at,))
    assert record.current == newer.current


@pytest.mark.parametrize("outcome", [GRANTED, UPHELD])
def test_a3_an_appeal_is_decided_while_an_emergency_covers_the_sanction(outcome: object) -> None:
    simulation = Simulation()
    sanction(simulation, MUTED)
    appeal_id = appeal(simulation)
    sanction(simulation, SUSPENDED, by="tao", emergency=True)
    decide(simulation, appeal_id, GRANTED if outcome is GRANTED else UPHELD)
    now = simulation.clock.now
    assert record_of(simulation).account_status.at(now) is SUSPENDED, "the emergency is a decision of its own"
    simulation.clock.advance(days=2)
    review.handle_schedule(simulation.review)
    after = record_of(simulation)
    expected = (SanctionLevel.NONE, 0) if outcome is GRANTED else (MUTED, 1)
    assert (after.account_status.at(simulation.clock.now), len(after.strikes)) == expected


def test_a3_a_proposal_to_lift_ends_with_a_granted_appeal_and_removes_no_other_strike() -> None:
    simulation = Simulation()
    sanction(simulation, MUTED, days=1)
    simulation.clock.advance(days=2)
    sanction(simulation, RESTRICTED, ratifier="shan")
    appeal_id = appeal(simulation)
    review.lift_sanction(simulation.review, enrol_reviewer(simulation, "rui"), AUTHOR.user_id, "误判。", mistake=True)
    for by in ("tao", "wei"):
        decide(simulation, appeal_id, by=by)
    record = record_of(simulation)
    assert (record.pending, len(record.strikes)) == (None, 1), "the first mute stays"


def test_a3_a_proposal_to_lift_a_newer_sanction_stays_when_an_older_appeal_is_granted() -> None:
    simulation = Simulation()
    sanction(simulation, MUTED)
    appeal_id = appeal(simulation)
    simulation.clock.advance(days=1)
    sanction(simulation, SUSPENDED, ratifier="wei")
    lift = review.lift_sanction(simulation.review, enrol_reviewer(simulation, "rui"), AUTHOR.user_id, "误判。", mistake=True)
    decide(simulation, appeal_id)
    assert record_of(simulation).pending == lift.pending


def test_a3_a_sanction_can_be_appealed_as_soon_as_the_emergency_above_it_has_ended() -> None:
    """Also before the schedule has deleted the emergency."""
    simulation = Simulation()
    muted = sanction(simulation, MUTED).current
    sanction(simulation, SUSPENDED, by="tao", emergency=True)
    simulation.clock.advance(days=2)
    assert OwnAccountStatusResponse.of(record_of(simulation), simulation.clock.now).appeal.is_possible
    appeal(simulation)
    record = record_of(simulation)
    assert record.current
    assert muted
    assert (record.current.id, record.current.appeal, record.pending) == (muted.id, AppealState.OPEN, None)
    assert levels(simulation) == ["muted", "suspended", "muted"]
