"""Tenures of owners (R13), metrics of the review (R18), and several decisions in one request (R19)."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, Reason, Reviewer, ReviewQueue
from services.review.domain.tenure import Assessment, AssessmentOutcome, Tenure, TenureState
from services.review.repository.tenures import tenure_key
from services.review.settings import settings
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.security.audit import AuditTrail
from simulation.clock import NOON as NOW
from simulation.settings import overridden
from simulation.setup.applications import decide_application, decision_input, enrol_reviewer, submit_application
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import deliver, filter_changes, handle_changes, handle_new_changes, new_changes
from simulation.users import caller, new_key
from tests.usecases.review.test_waitlist import circle_closed

LIN, MEI = caller("lin"), caller("mei")


# R13: tenures


def start_tenure(simulation: Simulation) -> Application:
    application = submit_application(simulation, LIN)
    for name in ("rui", "shan"):
        application = decide_application(simulation, enrol_reviewer(simulation, name), application)
    handle_new_changes(simulation, "review")
    return application


def assess(
    simulation: Simulation, name: str, application: Application, outcome: AssessmentOutcome, identity_id: str = ""
) -> TenureState:
    by = enrol_reviewer(simulation, name, identity_id)
    key = new_key(by, now=simulation.clock.now)
    return review.assess_owner(simulation.review, by, application.id, key, outcome, "见近半年数据。").state


def test_r13_one_reviewer_renews_an_owner_for_180_days() -> None:
    simulation = Simulation()
    application = start_tenure(simulation)
    rui = enrol_reviewer(simulation, "rui")
    assert len(review.list_review_queue(simulation.review, rui, ReviewQueue.TENURE, PageRequest(10)).items) == 1
    simulation.clock.advance(days=180)
    assert assess(simulation, "rui", application, AssessmentOutcome.RENEW) is TenureState.ACTIVE
    after = review.get_tenure(simulation.review, enrol_reviewer(simulation, "rui"), application.id)
    assert after.due_at == simulation.clock.now + timedelta(days=180)


def test_r13_a_seat_whose_record_is_redriven_after_the_circle_closed_starts_no_tenure() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    for name in ("rui", "shan"):
        application = decide_application(simulation, enrol_reviewer(simulation, name), application)
    deliver(simulation, "review", circle_closed(simulation, application.id))
    *earlier, approved, closed = filter_changes("review", new_changes(simulation, "review"))
    for change in (*earlier, closed, approved):
        handle_changes("review", simulation.review, [change])
    tenure = review.get_tenure(simulation.review, enrol_reviewer(simulation, "rui"), application.id)
    assert tenure.state is TenureState.ENDED


def test_r13_two_reviewers_put_an_owner_on_probation_and_remove_the_owner_after_it() -> None:
    simulation = Simulation()
    application = start_tenure(simulation)
    with pytest.raises(errors.OwnerNotOnProbation):
        assess(simulation, "rui", application, AssessmentOutcome.REMOVE)
    assert (
        assess(simulation, "rui", application, AssessmentOutcome.PROBATION) is TenureState.ACTIVE
    )  # the first reviewer proposes it
    with pytest.raises(errors.SecondReviewerRequired):
        assess(simulation, "rui", application, AssessmentOutcome.PROBATION)
    assert assess(simulation, "shan", application, AssessmentOutcome.PROBATION) is TenureState.PROBATION
    with pytest.raises(errors.ProbationNotEnded):
        assess(simulation, "rui", application, AssessmentOutcome.REMOVE)
    simulation.clock.advance(days=30)
    assert assess(simulation, "rui", application, AssessmentOutcome.REMOVE) is TenureState.PROBATION
    assert assess(simulation, "shan", application, AssessmentOutcome.REMOVE) is TenureState.REMOVED
    item = simulation.review_table.get(tenure_key(application.id))
    assert (item or {})["outbox"].startswith("OwnerRemoved:")
    with pytest.raises(errors.TenureEnded):
        assess(simulation, "tao", application, AssessmentOutcome.RENEW)


@pytest.mark.parametrize("days", [0, 29, 30, 400])
def test_r13_a_probation_that_two_reviewers_decided_is_ended_by_two(days: int) -> None:
    """Before and after it is due: one reviewer neither ends it, nor moves its end."""
    simulation = Simulation()
    application = start_tenure(simulation)
    for name in ("rui", "shan"):
        assess(simulation, name, application, AssessmentOutcome.PROBATION)
    ends = simulation.clock.now + timedelta(days=30)
    simulation.clock.advance(days=days)
    assert assess(simulation, "tao", application, AssessmentOutcome.RENEW) is TenureState.PROBATION
    with pytest.raises(errors.SecondReviewerRequired):
        assess(simulation, "tao", application, AssessmentOutcome.RENEW)
    enrol_reviewer(simulation, "tao-too", caller("tao").user_id)
    with pytest.raises(errors.SecondReviewerRequired):
        assess(simulation, "tao-too", application, AssessmentOutcome.RENEW, identity_id=caller("tao").user_id)
    assert current(simulation, application).due_at == ends
    assert assess(simulation, "rui", application, AssessmentOutcome.RENEW) is TenureState.ACTIVE
    assert current(simulation, application).due_at == simulation.clock.now + timedelta(days=180)


def current(simulation: Simulation, application: Application) -> Tenure:
    return review.get_tenure(simulation.review, enrol_reviewer(simulation, "reader"), application.id)


def test_r13_a_proposal_about_a_former_owner_does_not_count_against_the_next() -> None:
    simulation = Simulation()
    application = start_tenure(simulation)
    assess(simulation, "rui", application, AssessmentOutcome.PROBATION)
    circle_id = derive_id("cir", application.id)
    data = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=MEI.user_id, state="active")
    deliver(simulation, "review", CircleChanged(**envelope(simulation, circle_id), data=data))
    assert current(simulation, application).owner == MEI.user_id
    assert assess(simulation, "shan", application, AssessmentOutcome.PROBATION) is TenureState.ACTIVE


def is_alone(state: TenureState, outcome: AssessmentOutcome) -> bool:
    """Whether one reviewer has an effect, after any period."""
    by = Reviewer("rui", "rui-hash")
    tenure = Tenure("app", "lin", "观鸟", NOW, 1, AuditTrail("salt"), state)
    after = tenure.assess(Assessment(outcome, "见数据。", by, NOW + timedelta(days=400)), has_conflict=False)
    assert (after.proposed is None) == ((after.state, after.due_at) != (tenure.state, tenure.due_at))
    return after.proposed is None


def test_r13_the_table_of_what_one_reviewer_decides() -> None:
    cells = {(TenureState.ACTIVE, AssessmentOutcome.RENEW), (TenureState.ACTIVE, AssessmentOutcome.PROBATION)}
    cells |= {(TenureState.PROBATION, outcome) for outcome in AssessmentOutcome}
    assert {cell for cell in cells if is_alone(*cell)} == {(TenureState.ACTIVE, AssessmentOutcome.RENEW)}


@pytest.mark.parametrize("outcomes", list(permutations(AssessmentOutcome, 2)))
def test_r13_two_reviewers_with_different_outcomes_decide_nothing(outcomes: tuple[AssessmentOutcome, ...]) -> None:
    simulation = Simulation()
    application = start_tenure(simulation)
    for name in ("shan", "wen"):
        assess(simulation, name, application, AssessmentOutcome.PROBATION)
    simulation.clock.advance(days=30)
    before = current(simulation, application)
    for name, outcome in zip(("tao", "rui"), outcomes, strict=True):
        assess(simulation, name, application, outcome)
    after = current(simulation, application)
    assert (after.state, after.due_at, after.proposed and after.proposed.outcome) == (before.state, before.due_at, outcomes[1])


@pytest.mark.parametrize("outcome", [AssessmentOutcome.PROBATION, AssessmentOutcome.REMOVE])
def test_r13_a_second_user_of_the_assessor_is_no_second_assessor(outcome: AssessmentOutcome) -> None:
    simulation = Simulation()
    application = start_tenure(simulation)
    if outcome is AssessmentOutcome.REMOVE:
        for name in ("shan", "wen"):
            assess(simulation, name, application, AssessmentOutcome.PROBATION)
        simulation.clock.advance(days=30)
    assess(simulation, "tao", application, outcome)
    before = current(simulation, application)
    with pytest.raises(errors.SecondReviewerRequired):
        assess(simulation, "tao-too", application, outcome, identity_id=caller("tao").user_id)
    assert current(simulation, application) == before


def test_r13_an_owner_does_not_assess_their_own_tenure_under_any_user() -> None:
    simulation = Simulation()
    application = start_tenure(simulation)
    with pytest.raises(errors.ConflictOfInterest):
        assess(simulation, "lin", application, AssessmentOutcome.RENEW)
    enrol_reviewer(simulation, "lin-too", LIN.user_id)  # another user of the same identity
    with pytest.raises(errors.ConflictOfInterest):
        review.assess_owner(
            simulation.review,
            enrol_reviewer(simulation, "lin-too", LIN.user_id),
            application.id,
            new_key(LIN),
            AssessmentOutcome.RENEW,
            "好。",
        )


# R18, R19


def test_r18_metrics_are_exact() -> None:
    simulation = Simulation()
    rui, shan, tao = (enrol_reviewer(simulation, name) for name in ("rui", "shan", "tao"))
    first, second = submit_application(simulation, caller("a")), submit_application(simulation, caller("b"))
    simulation.clock.advance(hours=10)
    decide_application(simulation, rui, first)
    decide_application(simulation, shan, first)
    decide_application(simulation, rui, second, approves=False)
    key = new_key(caller("b"), now=simulation.clock.now)
    review.appeal_application(simulation.review, caller("b"), second.id, key, Reason.CIRCLE_VAGUE, "请再看。")
    decide_application(simulation, shan, second)
    decide_application(simulation, tao, second)
    handle_new_changes(simulation, "review")
    handle_new_changes(simulation, "review")
    metrics = review.get_metrics(simulation.review, caller("ops", "operator"), "2026-03")
    overall = dict(metrics.overall)
    counted = {"decided": 5, "approved": 4, "rejected": 1, "agreed": 2}
    assert overall == {**counted, "concluded": 2, "working_seconds": 72_000, "overturned": 1}
    assert review.mean_hours(metrics.overall) == 10.0
    assert dict(metrics.reviewers[rui.user_id]) == {"decided": 2, "approved": 1, "rejected": 1, "overturned": 1}
    assert dict(metrics.reviewers[shan.user_id]) == {"decided": 2, "approved": 2, "agreed": 1}


@overridden(settings, max_claims=100)
def test_r19_of_a_hundred_decisions_three_without_a_claim_fail_by_name() -> None:
    simulation = Simulation()
    rui = enrol_reviewer(simulation, "rui")
    applications = [submit_application(simulation, caller(f"applicant-{number}")) for number in range(100)]
    for application in applications:
        review.claim_application(simulation.review, rui, application.id)
    released = applications[10], applications[50], applications[90]
    for application in released:
        review.release_claim(simulation.review, rui, application.id)
    decisions = [(application.id, decision_input(application)) for application in applications]
    key = new_key(rui, now=simulation.clock.now)
    for _ in range(2):  # a retry returns the same
        results = review.decide_applications(simulation.review, rui, key, decisions)
        failed = [result.application_id for result in results if result.error]
        assert failed == [application.id for application in released]
        assert sum(result.application is not None and result.application.approvals == 1 for result in results) == 97
