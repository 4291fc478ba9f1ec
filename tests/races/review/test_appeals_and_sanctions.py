"""Appeals, sanctions, reports and applications under many hands at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import Application, Reason
from services.review.domain.sanction import Person
from services.review.errors import (
    AlreadyAppealed,
    ApplicationOpen,
    NothingToRatify,
)
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from simulation.setup.common import (
    enrolled,
    judgement,
    note_reported,
    started,
)
from simulation.simulation import (
    FakeClock,
    World,
    person,
    wish,
)
from tests.races.conftest import Rounds
from tests.races.review.test_decisions import deciding, loaded, many
from tests.support.races import apart, kinds, race

pytestmark = pytest.mark.cloud


def test_r11_of_two_appeals_at_once_one_stands(rounds: Rounds) -> None:
    for world in rounds:
        reviewer = enrolled(world, "reviewer")
        applications = many(world, 50, claimed_by=reviewer)
        race([deciding(world, reviewer, one, judgement(one, approves=False)) for one in applications])
        calls = [appealing(world, one, words) for one in applications for words in ("一", "二")]
        answers = race(calls)
        for number, application in enumerate(applications):
            served, refused = apart(answers[2 * number : 2 * number + 2])
            assert (len(served), kinds(refused)) == (1, {AlreadyAppealed})
            assert loaded(world, application).appeal == served[0].appeal


def appealing(world: World, application: Application, words: str) -> Callable[[], Application]:
    applicant = replace(person("applicant"), user_id=application.applicant)
    key = wish(applicant, now=world.clock.now)
    return partial(review.appeal_application, world.review, applicant, application.id, key, Reason.CIRCLE_VAGUE, words)


def test_r2_of_a_humans_applications_submitted_at_once_one_is_open(rounds: Rounds) -> None:
    for world in rounds:
        drafts = [(account, started(world, account, identity_id="one human")) for account in map(person, map(str, range(32)))]
        calls = [partial(review.submit_application, world.review, account, draft.id) for account, draft in drafts]
        served, refused = apart(race(calls))
        assert (len(served), kinds(refused)) == (1, {ApplicationOpen})


def test_r15_ratifying_against_the_lapse_is_one_or_the_other(rounds: Rounds) -> None:
    for world in rounds:
        first, second = enrolled(world, "first"), enrolled(world, "second")
        suspects = [person(f"suspect-{number}") for number in range(50)]
        for suspect in suspects:
            propose(world, first, suspect.user_id, emergency=True)
        world.clock.advance(hours=24, milliseconds=-1)
        late = World(clock=FakeClock(world.clock.now + timedelta(milliseconds=1)), review_table=world.review_table)
        ratify = [partial(agree, world, second, suspect.user_id) for suspect in suspects]
        answers = race([*ratify, *[partial(review.handle_schedule, late.review)] * 8])
        for suspect, answer in zip(suspects, answers[:50], strict=True):
            found = review.get_sanction_record(world.review, second, suspect.user_id)
            ratified = isinstance(answer, Person)
            assert found.standing.at(late.clock()) is (SanctionLevel.SUSPENDED if ratified else SanctionLevel.NONE)
            assert (len(found.strikes), found.pending) == (int(ratified), None), answer


def propose(world: World, by: Caller, suspect: str, *, emergency: bool) -> None:
    found = review.impose_sanction(
        world.review, by, suspect, level=SanctionLevel.SUSPENDED, until=None, reason="x", emergency=emergency
    )
    PROPOSED[suspect] = found.pending.id if found.pending else ""


def agree(world: World, by: Caller, suspect: str) -> Person:
    """Ratify what was proposed at the round's beginning."""
    return review.ratify_sanction(world.review, by, suspect, PROPOSED[suspect])


PROPOSED: dict[str, str] = {}


def test_r15_two_ratifications_at_once_are_one(rounds: Rounds) -> None:
    for world in rounds:
        first, second, third = (enrolled(world, name) for name in ("first", "second", "third"))
        suspects = [person(f"suspect-{number}").user_id for number in range(50)]
        for suspect in suspects:
            propose(world, first, suspect, emergency=False)
        calls = [partial(agree, world, by, one) for one in suspects for by in (second, third)]
        answers = race(calls)
        for number, suspect in enumerate(suspects):
            served, refused = apart(answers[2 * number : 2 * number + 2])
            assert (len(served), kinds(refused)) == (1, {NothingToRatify})
            assert review.get_sanction_record(world.review, second, suspect).trail.length == 2


def test_r16_fifty_reports_at_once_are_one_case_of_fifty(rounds: Rounds) -> None:
    for world in rounds:
        reporters = [person(f"reporter-{number}") for number in range(50)]
        race([partial(review.file_report, world.review, note_reported(world, one)) for one in reporters * 4])
        (case,), _ = review.list_cases(world.review, enrolled(world, "rui"), 20, None)
        assert case.reporters == 50
