"""Seats, claims and decisions under many hands at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import LEASE, Application, Cohort, Decision, Judgement, Reason, Reviewer, State
from services.review.errors import (
    AlreadyClaimed,
    ApplicationNotOpen,
    LeaseExpired,
    SamePersonTwice,
)
from services.review.repository import applications as repository
from services.review.repository import people
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id, new_id
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from simulation.setup.common import (
    CONTENT,
    enrolled,
    envelope,
    judgement,
)
from simulation.simulation import World, person, wish
from tests.races.conftest import Rounds
from tests.support.races import apart, kinds, race

pytestmark = pytest.mark.cloud


def waiting(world: World, number: int, *, approved_by: Caller | None = None, claimed_by: Caller | None = None) -> Application:
    """An application that was submitted, approved once if so said, and claimed if so said."""
    at = world.clock()
    content = replace(CONTENT, person=f"digest-{number}", evidence=("digest",))
    draft = Application(
        new_id("app"),
        person(f"applicant-{number}").user_id,
        "first-100",
        content,
        at,
        next_version(0, at),
        AuditTrail(salt="salt"),
    )
    application = draft.submit(at=at)
    if approved_by:
        first = reviewer_of(world, approved_by)
        ruling = judgement(application)
        decision = Decision(first, True, ruling.content_hash, ruling.scores, (Reason.MEETS_CRITERIA,), ruling.note, at)
        application, _ = application.claim_by(first, tied=False, at=at).decide(decision, Cohort("first-100", 1), tied=False)
    if claimed_by:
        application = application.claim_by(reviewer_of(world, claimed_by), tied=False, at=at)
    world.review_table.put(repository.application_to_item(application), when=None)
    return application


def reviewer_of(world: World, caller: Caller) -> Reviewer:
    found = people.find_reviewer(world.review_table, caller.user_id)
    assert found
    return found


def many(world: World, count: int, **how: Caller | None) -> list[Application]:
    made = race([partial(waiting, world, number, **how) for number in range(count)])
    assert kinds(made) == {Application}
    return made  # type: ignore[return-value]


def loaded(world: World, application: Application) -> Application:
    return repository.find_application(world.review_table, application.id).entity


def deciding(world: World, by: Caller, application: Application, ruling: Judgement) -> Callable[[], Application]:
    key = wish(by, now=world.clock.now)
    return partial(review.decide_application, world.review, by, application.id, key, ruling)


def test_c2_hundred_fifty_final_approvals_take_each_seat_and_place_once(rounds: Rounds) -> None:
    for world in rounds:
        first, second = enrolled(world, "first"), enrolled(world, "second")
        applications = many(world, 150, approved_by=first, claimed_by=second)
        answers = race([deciding(world, second, one, judgement(one)) for one in applications])
        assert kinds(answers) == {Application}, Counter(map(repr, answers))
        after = [loaded(world, one) for one in applications]
        assert sorted(one.seat for one in after if one.seat) == list(range(1, 101))
        assert sorted(one.waitlist_position for one in after if one.waitlist_position) == list(range(1, 51))
        assert {one.state for one in after if one.seat} == {State.ACTIVE}
        cohort = review.get_cohort(world.review, first)
        assert (cohort.taken, cohort.waiting, cohort.issued, cohort.called) == (100, 50, 100, 0)
        assert sorted(after, key=by_id) == sorted(apart(answers)[0], key=by_id)


def by_id(application: Application) -> str:
    return application.id


def test_r9_one_seat_and_one_place_for_retries_of_the_same_decision(rounds: Rounds) -> None:
    for world in rounds:
        first, second = enrolled(world, "first"), enrolled(world, "second")
        applications = many(world, 4, approved_by=first, claimed_by=second)
        calls = [deciding(world, second, one, judgement(one)) for one in applications]
        served, refused = apart(race(calls * 50))
        assert (len(served), refused) == (200, [])
        assert len({(one.id, one.seat) for one in served}) == 4
        assert review.get_cohort(world.review, first).taken == 4


def test_r3_of_two_claims_at_once_one_wins(rounds: Rounds) -> None:
    for world in rounds:
        rivals = [enrolled(world, "first"), enrolled(world, "second")]
        applications = many(world, 50)
        calls = [partial(review.claim_application, world.review, rival, one.id) for one in applications for rival in rivals]
        answers = race(calls)
        for number, application in enumerate(applications):
            served, refused = apart(answers[2 * number : 2 * number + 2])
            assert (len(served), kinds(refused)) == (1, {AlreadyClaimed})
            assert loaded(world, application).claim == served[0].claim


def test_r3_of_thirty_two_claims_at_once_one_wins(rounds: Rounds) -> None:
    for world in rounds:
        rivals = [enrolled(world, f"reviewer-{number}") for number in range(32)]
        (application,) = many(world, 1)
        answers = race([partial(review.claim_application, world.review, rival, application.id) for rival in rivals])
        served, refused = apart(answers)
        assert (len(served), len(refused), kinds(refused)) == (1, 31, {AlreadyClaimed})
        assert loaded(world, application) == served[0]


def test_r3_a_decision_after_the_lapse_never_crosses_the_next_claim(rounds: Rounds) -> None:
    """The old holder decides late while another claims: the claim stands, or nothing does."""
    for world in rounds:
        late, next_one = enrolled(world, "late"), enrolled(world, "next")
        applications = many(world, 50, claimed_by=late)
        world.clock.advance(seconds=LEASE.total_seconds())
        calls = [
            call
            for one in applications
            for call in (
                deciding(world, late, one, judgement(one)),
                partial(review.claim_application, world.review, next_one, one.id),
            )
        ]
        answers = race(calls)
        assert kinds(answers[0::2]) == {LeaseExpired}
        assert kinds(answers[1::2]) == {Application}
        assert {(one.claim and one.claim.reviewer, one.decisions) for one in map(partial(loaded, world), applications)} == {
            (next_one.user_id, ())
        }


def test_r4_same_person_deciding_twice_at_once_is_one_decision(rounds: Rounds) -> None:
    for world in rounds:
        reviewer = enrolled(world, "reviewer")
        applications = many(world, 50, claimed_by=reviewer)
        calls = [deciding(world, reviewer, one, judgement(one)) for one in applications for _ in range(2)]
        answers = race(calls)
        for number, application in enumerate(applications):
            served, refused = apart(answers[2 * number : 2 * number + 2])
            assert (len(served), kinds(refused)) == (1, {SamePersonTwice})
            after = loaded(world, application)
            assert (len(after.decisions), after.state, after.trail.length) == (1, State.SUBMITTED, 2)


def test_r4_approve_against_reject_at_once_is_one_decision(rounds: Rounds) -> None:
    for world in rounds:
        first, second = enrolled(world, "first"), enrolled(world, "second")
        applications = many(world, 50, approved_by=first, claimed_by=second)
        answers = race(deciding(world, second, one, judgement(one, yes)) for one in applications for yes in (True, False))
        for number, application in enumerate(applications):
            served, refused = apart(answers[2 * number : 2 * number + 2])
            after = loaded(world, application)
            assert (len(served), kinds(refused)) == (1, {ApplicationNotOpen})
            assert (served[0], len(after.decisions)) == (after, 2)
            assert (after.state is State.REJECTED) == (after.seat is None)
        seats = [after.seat for after in map(partial(loaded, world), applications) if after.seat]
        assert sorted(seats) == list(range(1, len(seats) + 1))
        assert review.get_cohort(world.review, first).taken == len(seats)


def test_r9_the_last_seat_goes_to_one_and_the_others_wait_in_order(rounds: Rounds) -> None:
    for world in rounds:
        world.quota = 1
        first, second = enrolled(world, "first"), enrolled(world, "second")
        applications = many(world, 32, approved_by=first, claimed_by=second)
        served, refused = apart(race([deciding(world, second, one, judgement(one)) for one in applications]))
        assert refused == []
        assert [one.seat for one in served if one.seat] == [1]
        assert sorted(one.waitlist_position for one in served if one.waitlist_position) == list(range(1, 32))


def test_c2_a_freed_seat_is_given_once_by_many_schedules_at_once(rounds: Rounds) -> None:
    for world in rounds:
        world.quota = 1
        first, second = enrolled(world, "first"), enrolled(world, "second")
        applications = many(world, 4, approved_by=first, claimed_by=second)
        served, _ = apart(race([deciding(world, second, one, judgement(one)) for one in applications]))
        seated = next(one for one in served if one.seat)
        race([partial(review.free_seat, world.review, closed(world, seated))] * 16)
        race([partial(review.handle_schedule, world.review)] * 16)
        after = [loaded(world, one) for one in applications]
        assert sorted(one.state for one in after) == [State.ACTIVE, State.CLOSED, State.WAITLISTED, State.WAITLISTED]
        promoted = next(one for one in after if one.state is State.ACTIVE)
        assert (promoted.waitlist_position, promoted.seat) == (1, 1)
        assert review.get_cohort(world.review, first).taken == 1


def closed(world: World, application: Application) -> CircleChanged:
    circle_id = derive_id("cir", application.id)
    state = CircleData(circle_id=circle_id, name="观鸟", owner_id=application.applicant, state="closed")
    return CircleChanged(**envelope(world, circle_id), data=state)
