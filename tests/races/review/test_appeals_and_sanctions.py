"""Parallel appeals, ratifications, reports and submissions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import Application, Reason, SanctionRecord
from services.review.errors import ApplicationAlreadyAppealed, ApplicationAlreadyOpen, SanctionNotPending
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from simulation.clock import FakeClock
from simulation.setup.applications import create_application, current_application, decision_input, enrol_reviewer
from simulation.setup.events import note_reported
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.races.review.test_decisions import create_many, decide_call
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud


def test_r11_of_two_appeals_at_once_one_succeeds(rounds: Rounds) -> None:
    for simulation in rounds:
        reviewer = enrol_reviewer(simulation, "reviewer")
        applications = create_many(simulation, 50, claimed_by=reviewer)
        race(
            [
                decide_call(simulation, reviewer, application, decision_input(application, approves=False))
                for application in applications
            ]
        )
        calls = [appeal_call(simulation, application, statement) for application in applications for statement in ("一", "二")]
        results = race(calls)
        for number, application in enumerate(applications):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            assert (len(succeeded), types_of(failed)) == (1, {ApplicationAlreadyAppealed})
            assert current_application(simulation, application).appeal == succeeded[0].appeal


def appeal_call(simulation: Simulation, application: Application, statement: str) -> Callable[[], Application]:
    applicant = replace(caller("applicant"), user_id=application.applicant)
    key = new_key(applicant, now=simulation.clock.now)
    return partial(review.appeal_application, simulation.review, applicant, application.id, key, Reason.CIRCLE_VAGUE, statement)


def test_r2_of_a_persons_applications_submitted_at_once_one_is_open(rounds: Rounds) -> None:
    for simulation in rounds:
        drafts = [
            (account, create_application(simulation, account, identity_id="one person"))
            for account in map(caller, map(str, range(32)))
        ]
        calls = [partial(review.submit_application, simulation.review, account, draft.id) for account, draft in drafts]
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), types_of(failed)) == (1, {ApplicationAlreadyOpen})


def test_r15_of_ratification_and_expiry_at_once_one_succeeds(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        suspects = [caller(f"suspect-{number}") for number in range(50)]
        for suspect in suspects:
            propose(simulation, first, suspect.user_id, emergency=True)
        simulation.clock.advance(hours=24, milliseconds=-1)
        late = Simulation(
            clock=FakeClock(simulation.clock.now + timedelta(milliseconds=1)), review_table=simulation.review_table
        )
        ratifications = [partial(ratify, simulation, second, suspect.user_id) for suspect in suspects]
        results = race([*ratifications, *[partial(review.handle_schedule, late.review)] * 8])
        for suspect, result in zip(suspects, results[:50], strict=True):
            record = review.get_sanction_record(simulation.review, second, suspect.user_id)
            ratified = isinstance(result, SanctionRecord)
            assert record.account_status.at(late.clock()) is (SanctionLevel.SUSPENDED if ratified else SanctionLevel.NONE)
            assert (len(record.strikes), record.pending) == (int(ratified), None), result


def propose(simulation: Simulation, by: Caller, suspect: str, *, emergency: bool) -> None:
    record = review.impose_sanction(
        simulation.review,
        by,
        suspect,
        level=SanctionLevel.SUSPENDED,
        until=None,
        violation=Violation.SPAM,
        reason="x",
        emergency=emergency,
    )
    PROPOSED[suspect] = record.pending.id if record.pending else ""


def ratify(simulation: Simulation, by: Caller, suspect: str) -> SanctionRecord:
    """Ratify the sanction that was proposed at the start of the round."""
    return review.ratify_sanction(simulation.review, by, suspect, PROPOSED[suspect])


PROPOSED: dict[str, str] = {}


def test_r15_of_two_ratifications_at_once_one_succeeds(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second, third = (enrol_reviewer(simulation, name) for name in ("first", "second", "third"))
        suspects = [caller(f"suspect-{number}").user_id for number in range(50)]
        for suspect in suspects:
            propose(simulation, first, suspect, emergency=False)
        calls = [partial(ratify, simulation, by, suspect) for suspect in suspects for by in (second, third)]
        results = race(calls)
        for number, suspect in enumerate(suspects):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            assert (len(succeeded), types_of(failed)) == (1, {SanctionNotPending})
            assert review.get_sanction_record(simulation.review, second, suspect).trail.length == 2


def test_r16_fifty_reports_at_once_are_one_case_of_fifty(rounds: Rounds) -> None:
    for simulation in rounds:
        reporters = [caller(f"reporter-{number}") for number in range(50)]
        race(
            [
                partial(review.apply_content_reported, simulation.review, note_reported(simulation, reporter))
                for reporter in reporters * 4
            ]
        )
        (case,), _ = review.list_cases(simulation.review, enrol_reviewer(simulation, "rui"), PageRequest(20))
        assert case.reporters == 50
