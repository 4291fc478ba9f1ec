"""Parallel claims, decisions and releases of seats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import Application, Cohort, Decision, DecisionInput, Reason, Reviewer, State
from services.review.errors import ApplicationAlreadyClaimed, ApplicationNotOpen, LeaseExpired, SecondReviewerRequired
from services.review.repository import applications as repository
from services.review.repository import people
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id, new_id
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.applications import CONTENT, current_application, decision_input, enrol_reviewer
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of, until_available

pytestmark = pytest.mark.cloud


def create_submitted(
    simulation: Simulation, number: int, *, approved_by: Caller | None = None, claimed_by: Caller | None = None
) -> Application:
    """A submitted application; approved once with `approved_by`, and claimed with `claimed_by`."""
    at = simulation.clock()
    content = replace(CONTENT, identity_hash=f"digest-{number}", evidence=("digest",), circle_name=f"圈子 {number}")
    draft = Application(
        new_id("app"),
        caller(f"applicant-{number}").user_id,
        "first-100",
        content,
        at,
        next_version(0, at),
        AuditTrail(salt="salt"),
    )
    application = draft.submit(at=at)
    if approved_by:
        first = reviewer_of(simulation, approved_by)
        verdict = decision_input(application)
        decision = Decision(first, True, verdict.content_hash, verdict.scores, (Reason.MEETS_CRITERIA,), verdict.note, at)
        application, _ = application.claim_by(first, has_conflict=False, at=at).decide(
            decision, Cohort("first-100", 1), has_conflict=False
        )
    if claimed_by:
        application = application.claim_by(reviewer_of(simulation, claimed_by), has_conflict=False, at=at)
    simulation.review_table.put(repository.application_to_item(application), when=None)
    return application


def reviewer_of(simulation: Simulation, caller: Caller) -> Reviewer:
    reviewer = people.find_reviewer(simulation.review_table, caller.user_id)
    assert reviewer
    return reviewer


def create_many(simulation: Simulation, count: int, **reviewers: Caller | None) -> list[Application]:
    created = race([partial(create_submitted, simulation, number, **reviewers) for number in range(count)])
    assert types_of(created) == {Application}
    return created


def decide_call(
    simulation: Simulation, by: Caller, application: Application, verdict: DecisionInput
) -> Callable[[], Application]:
    key = new_key(by, now=simulation.clock.now)
    return partial(until_available, partial(review.decide_application, simulation.review, by, application.id, key, verdict))


def test_c2_150_final_approvals_grant_each_seat_and_waitlist_position_once(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        applications = create_many(simulation, 150, approved_by=first, claimed_by=second)
        results = race(
            [decide_call(simulation, second, application, decision_input(application)) for application in applications]
        )
        assert types_of(results) == {Application}, Counter(map(repr, results))
        after = [current_application(simulation, application) for application in applications]
        assert sorted(application.seat for application in after if application.seat) == list(range(1, 101))
        assert sorted(application.waitlist_position for application in after if application.waitlist_position) == list(
            range(1, 51)
        )
        assert {application.state for application in after if application.seat} == {State.ACTIVE}
        cohort = review.get_cohort(simulation.review, first)
        assert (cohort.taken, cohort.waitlisted, cohort.issued, cohort.called) == (100, 50, 100, 0)
        assert sorted(after, key=by_id) == sorted(split_results(results)[0], key=by_id)


def by_id(application: Application) -> str:
    return application.id


def test_r9_retries_of_a_decision_grant_one_seat(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        applications = create_many(simulation, 4, approved_by=first, claimed_by=second)
        calls = [decide_call(simulation, second, application, decision_input(application)) for application in applications]
        succeeded, failed = split_results(race(calls * 50))
        assert (len(succeeded), failed) == (200, [])
        assert len({(application.id, application.seat) for application in succeeded}) == 4
        assert review.get_cohort(simulation.review, first).taken == 4


@overridden(settings, max_claims=100)
def test_r3_of_two_claims_at_once_one_wins(rounds: Rounds) -> None:
    for simulation in rounds:
        rivals = [enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")]
        applications = create_many(simulation, 50)
        calls = [
            partial(review.claim_application, simulation.review, rival, application.id)
            for application in applications
            for rival in rivals
        ]
        results = race(calls)
        for number, application in enumerate(applications):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            assert (len(succeeded), types_of(failed)) == (1, {ApplicationAlreadyClaimed})
            assert current_application(simulation, application).claim == succeeded[0].claim


def test_r3_of_thirty_two_claims_at_once_one_wins(rounds: Rounds) -> None:
    for simulation in rounds:
        rivals = [enrol_reviewer(simulation, f"reviewer-{number}") for number in range(32)]
        (application,) = create_many(simulation, 1)
        results = race([partial(review.claim_application, simulation.review, rival, application.id) for rival in rivals])
        succeeded, failed = split_results(results)
        assert (len(succeeded), len(failed), types_of(failed)) == (1, 31, {ApplicationAlreadyClaimed})
        assert current_application(simulation, application) == succeeded[0]


@overridden(settings, max_claims=100)
def test_r3_a_decision_after_the_lease_never_overwrites_the_next_claim(rounds: Rounds) -> None:
    """A reviewer decides after the lease has expired while another reviewer claims: the decision fails, the claim succeeds."""
    for simulation in rounds:
        late, next_one = enrol_reviewer(simulation, "late"), enrol_reviewer(simulation, "next")
        applications = create_many(simulation, 50, claimed_by=late)
        simulation.clock.advance(seconds=settings().claim_lease.total_seconds())
        calls = [
            call
            for application in applications
            for call in (
                decide_call(simulation, late, application, decision_input(application)),
                partial(review.claim_application, simulation.review, next_one, application.id),
            )
        ]
        results = race(calls)
        assert types_of(results[0::2]) == {LeaseExpired}
        assert types_of(results[1::2]) == {Application}
        assert {
            (application.claim and application.claim.reviewer, application.decisions)
            for application in map(partial(current_application, simulation), applications)
        } == {(next_one.user_id, ())}


def test_r4_same_person_deciding_twice_at_once_is_one_decision(rounds: Rounds) -> None:
    for simulation in rounds:
        reviewer = enrol_reviewer(simulation, "reviewer")
        applications = create_many(simulation, 50, claimed_by=reviewer)
        calls = [
            decide_call(simulation, reviewer, application, decision_input(application))
            for application in applications
            for _ in range(2)
        ]
        results = race(calls)
        for number, application in enumerate(applications):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            assert (len(succeeded), types_of(failed)) == (1, {SecondReviewerRequired})
            after = current_application(simulation, application)
            assert (len(after.decisions), after.state, after.trail.length) == (1, State.SUBMITTED, 2)


def test_r4_approve_against_reject_at_once_is_one_decision(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        applications = create_many(simulation, 50, approved_by=first, claimed_by=second)
        results = race(
            decide_call(simulation, second, application, decision_input(application, approves))
            for application in applications
            for approves in (True, False)
        )
        for number, application in enumerate(applications):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            after = current_application(simulation, application)
            assert (len(succeeded), types_of(failed)) == (1, {ApplicationNotOpen})
            assert (succeeded[0], len(after.decisions)) == (after, 2)
            assert (after.state is State.REJECTED) == (after.seat is None)
        seats = [after.seat for after in map(partial(current_application, simulation), applications) if after.seat]
        assert sorted(seats) == list(range(1, len(seats) + 1))
        assert review.get_cohort(simulation.review, first).taken == len(seats)


@overridden(settings, quotas={"first-100": 1})
def test_r9_the_last_seat_is_granted_once_and_the_others_wait_in_order(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        applications = create_many(simulation, 32, approved_by=first, claimed_by=second)
        succeeded, failed = split_results(
            race([decide_call(simulation, second, application, decision_input(application)) for application in applications])
        )
        assert failed == []
        assert [application.seat for application in succeeded if application.seat] == [1]
        assert sorted(application.waitlist_position for application in succeeded if application.waitlist_position) == list(
            range(1, 32)
        )


@overridden(settings, quotas={"first-100": 1})
def test_c2_a_released_seat_is_granted_once_by_parallel_schedules(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        applications = create_many(simulation, 4, approved_by=first, claimed_by=second)
        succeeded, _ = split_results(
            race([decide_call(simulation, second, application, decision_input(application)) for application in applications])
        )
        seated = next(application for application in succeeded if application.seat)
        race([partial(review.apply_circle_changed, simulation.review, closed(simulation, seated))] * 16)
        race([partial(review.handle_schedule, simulation.review)] * 16)
        after = [current_application(simulation, application) for application in applications]
        assert sorted(application.state for application in after) == [
            State.ACTIVE,
            State.CLOSED,
            State.WAITLISTED,
            State.WAITLISTED,
        ]
        promoted = next(application for application in after if application.state is State.ACTIVE)
        assert (promoted.waitlist_position, promoted.seat) == (1, 1)
        assert review.get_cohort(simulation.review, first).taken == 1


def closed(simulation: Simulation, application: Application) -> CircleChanged:
    circle_id = derive_id("cir", application.id)
    state = CircleData(circle_id=circle_id, name="观鸟", owner_id=application.applicant, state="closed")
    return CircleChanged(**envelope(simulation, circle_id), data=state)
