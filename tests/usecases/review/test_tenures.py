"""Owners in office (R13), and the review's own figures (R18) and bulk (R19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, Reason, ReviewQueue
from services.review.domain.tenure import Outcome as Assessed
from services.review.domain.tenure import TenureState
from services.review.repository.tenures import tenure_key
from simulation.setup.common import (
    decide,
    enrolled,
    hear,
    judgement,
    submitted,
)
from simulation.simulation import World, person, wish

LIN, MEI = person("lin"), person("mei")


# R13: owners in office


def in_office(world: World) -> Application:
    application = submitted(world, LIN)
    for name in ("rui", "shan"):
        application = decide(world, enrolled(world, name), application)
    hear(world)
    return application


def assess(world: World, name: str, application: Application, outcome: Assessed) -> TenureState:
    by = enrolled(world, name)
    key = wish(by, now=world.clock.now)
    return review.assess_owner(world.review, by, application.id, key, outcome, "见近半年数据。").state


def test_r13_an_owner_is_renewed_by_one_and_is_due_again_in_half_a_year() -> None:
    world = World()
    application = in_office(world)
    due = [row["gsi2sk"] for row in review.list_queue(world.review, enrolled(world, "rui"), ReviewQueue.TENURE, 10, None).items]
    assert len(due) == 1
    world.clock.advance(days=180)
    assert assess(world, "rui", application, Assessed.RENEW) is TenureState.GOOD
    after = review.get_tenure(world.review, enrolled(world, "rui"), application.id)
    assert after.due_at == world.clock.now + timedelta(days=180)


def test_r13_a_failing_owner_goes_on_probation_and_is_restored_or_removed_by_two() -> None:
    world = World()
    application = in_office(world)
    with pytest.raises(errors.NotOnProbation):
        assess(world, "rui", application, Assessed.REMOVE)
    assert assess(world, "rui", application, Assessed.PROBATION) is TenureState.GOOD  # one alone proposes
    with pytest.raises(errors.SamePersonTwice):
        assess(world, "rui", application, Assessed.PROBATION)
    assert assess(world, "shan", application, Assessed.PROBATION) is TenureState.PROBATION
    assert assess(world, "tao", application, Assessed.RENEW) is TenureState.GOOD
    for name in ("rui", "shan"):
        assess(world, name, application, Assessed.PROBATION)
    with pytest.raises(errors.ProbationRunning):
        assess(world, "rui", application, Assessed.REMOVE)
    world.clock.advance(days=30)
    assert assess(world, "rui", application, Assessed.REMOVE) is TenureState.PROBATION
    assert assess(world, "shan", application, Assessed.REMOVE) is TenureState.REMOVED
    item = world.review_table.get(tenure_key(application.id))
    assert (item or {})["outbox"].startswith("OwnerRemoved:")
    with pytest.raises(errors.TenureEnded):
        assess(world, "tao", application, Assessed.RENEW)


def test_r13_nobody_assesses_themselves() -> None:
    world = World()
    application = in_office(world)
    with pytest.raises(errors.ConflictOfInterest):
        assess(world, "lin", application, Assessed.RENEW)
    enrolled(world, "lin-too", LIN.user_id)  # her other account
    with pytest.raises(errors.ConflictOfInterest):
        review.assess_owner(
            world.review, enrolled(world, "lin-too", LIN.user_id), application.id, wish(LIN), Assessed.RENEW, "好。"
        )


# R18, R19


def test_r18_figures_of_a_fixture_are_exact() -> None:
    world = World()
    rui, shan, tao = (enrolled(world, name) for name in ("rui", "shan", "tao"))
    first, second = submitted(world, person("a")), submitted(world, person("b"))
    world.clock.advance(hours=10)
    decide(world, rui, first)
    decide(world, shan, first)
    decide(world, rui, second, approves=False)
    key = wish(person("b"), now=world.clock.now)
    review.appeal_application(world.review, person("b"), second.id, key, Reason.CIRCLE_VAGUE, "请再看。")
    decide(world, shan, second)
    decide(world, tao, second)
    hear(world)
    hear(world)
    metrics = review.get_metrics(world.review, person("ops", "operator"), "2026-03")
    overall = dict(metrics.overall)
    counted = {"decided": 5, "approved": 4, "rejected": 1, "agreed": 2}
    assert overall == {**counted, "concluded": 2, "working_seconds": 72_000, "overturned": 1}
    assert review.mean_hours(metrics.overall) == 10.0
    assert dict(metrics.reviewers[rui.user_id]) == {"decided": 2, "approved": 1, "rejected": 1, "overturned": 1}
    assert dict(metrics.reviewers[shan.user_id]) == {"decided": 2, "approved": 2, "agreed": 1}


def test_r19_of_a_hundred_decisions_three_are_stale_and_named() -> None:
    world = World()
    rui = enrolled(world, "rui")
    made = [submitted(world, person(f"applicant-{number}")) for number in range(100)]
    for one in made:
        review.claim_application(world.review, rui, one.id)
    stale = made[10], made[50], made[90]
    for one in stale:
        review.release_claim(world.review, rui, one.id)
    wanted = [(one.id, judgement(one)) for one in made]
    key = wish(rui, now=world.clock.now)
    for _ in range(2):  # a retry answers alike
        results = review.decide_applications(world.review, rui, key, wanted)
        refused = [one for one in results if one.error]
        assert [one.application_id for one in refused] == [one.id for one in stale]
        assert sum(one.application is not None and one.application.approvals == 1 for one in results) == 97
