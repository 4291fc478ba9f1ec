"""Parallel decisions of appeals against take-downs and sanctions, and new sanctions at the same moment."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import AppealOutcome, AppealState, CaseOutcome
from services.review.errors import AppealClosed, DecisionAlreadyAppealed
from services.review.repository.appeals import load_appeal, sanction_appeal_id, take_down_appeal_id
from services.review.repository.cases import case_key, load_case
from services.review.repository.people import get_sanction_record
from services.review.usecases.report_outcomes import publish_outcome
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import TakeDownChanged
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.items import Query
from services.shared.table.jobs import Job
from simulation.setup.applications import enrol_reviewer
from simulation.setup.events import note_reported
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud
COUNT = 25


def terms(level: SanctionLevel) -> dict[str, Any]:
    return {"level": level, "until": None, "violation": Violation.FRAUD, "reason": "x", "emergency": False}


def take_down(simulation: Simulation, by: Caller, number: int) -> tuple[Caller, str]:
    """Take a note of a user down, and return the user and the id of the case."""
    author, event = caller(f"author-{number}"), note_reported(simulation, caller("mei"), f"note_{number:026}")
    data = event.data.model_copy(update={"author_id": author.user_id})
    review.apply_content_reported(simulation.review, event.model_copy(update={"data": data}))
    (case,) = review.list_cases(simulation.review, by, PageRequest(10)).items
    review.decide_case(simulation.review, by, case.id, CaseOutcome.UPHELD, "x", violation=Violation.SPAM)
    return author, case.id


def appeal_call(simulation: Simulation, author: Caller, case_id: str) -> Any:
    key = new_key(author, now=simulation.clock.now)
    return partial(review.appeal_take_down, simulation.review, author, case_id, key, "误会。")


def decide_call(simulation: Simulation, by: Caller, appeal_id: str, outcome: AppealOutcome) -> Any:
    return partial(review.decide_appeal, simulation.review, by, appeal_id, outcome, "核实。")


def test_a4_of_two_appeals_of_one_take_down_at_once_one_succeeds(rounds: Rounds) -> None:
    for simulation in rounds:
        first = enrol_reviewer(simulation, "first")
        taken = [take_down(simulation, first, number) for number in range(COUNT)]
        results = race([appeal_call(simulation, *each) for each in taken for _ in range(2)])
        for number in range(COUNT):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            assert (len(succeeded), types_of(failed)) == (1, {DecisionAlreadyAppealed})


def test_a4_of_two_decisions_of_one_appeal_at_once_one_succeeds(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second, third = (enrol_reviewer(simulation, name) for name in ("first", "second", "third"))
        taken = [take_down(simulation, first, number) for number in range(COUNT)]
        for each in taken:
            appeal_call(simulation, *each)()
        sides = ((second, AppealOutcome.GRANTED), (third, AppealOutcome.UPHELD))
        ids = [take_down_appeal_id(case_id) for _, case_id in taken]
        results = race([decide_call(simulation, by, one, outcome) for one in ids for by, outcome in sides])
        for number, (_, case_id) in enumerate(taken):
            succeeded, failed = split_results(results[2 * number : 2 * number + 2])
            assert (len(succeeded), types_of(failed)) == (1, {AppealClosed})
            case = load_case(simulation.review_table, case_id).entity
            assert case.appeal is succeeded[0].state
            assert case.is_taken_down is (succeeded[0].state is AppealState.UPHELD)
            item = simulation.review_table.get(case_key(case_id), consistent_read=True) or {}
            assert (item["is_active"], TakeDownChanged.name() in item["outbox"]) == (case.is_taken_down, True)


def test_a5_late_reports_and_a_granted_appeal_at_once_leave_each_reporter_the_latest_outcome(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = (enrol_reviewer(simulation, name) for name in ("first", "second"))
        author, event = caller("author-0"), note_reported(simulation, caller("mei"), f"note_{0:026}")
        late = [
            event.data.model_copy(update={"reporter_id": caller(f"late-{n}").user_id, "author_id": author.user_id})
            for n in range(8)
        ]
        _, case_id = take_down(simulation, first, 0)
        appeal_call(simulation, author, case_id)()
        apply = partial(review.apply_content_reported, simulation.review)
        reports = [partial(apply, event.model_copy(update={"data": data})) for data in late] * 2
        grant = decide_call(simulation, second, take_down_appeal_id(case_id), AppealOutcome.GRANTED)
        _, failed = split_results(race([*reports[:8], grant, *reports[8:]]))
        assert failed == []
        case = load_case(simulation.review_table, case_id).entity
        job = Job("PUBLISH_OUTCOME", case_id, simulation.clock.now)
        for _ in publish_outcome(simulation.review, job):
            pass
        query = Query(pk=f"CASE#{case_id}", prefix="RESULT", limit=100, consistent_read=True)
        items = simulation.review_table.query(query).items
        latest = {user for item in items if item["version"] == case.outcome_version for user in item["reporters"]}
        assert latest == {caller("mei").user_id, *(data.reporter_id for data in late)}
        assert {item["outcome"] for item in items if item["version"] == case.outcome_version} == {"reversed"}


def test_a3_a_granted_appeal_and_a_new_sanction_at_once_leave_the_new_one(rounds: Rounds) -> None:
    """Whichever comes first, the appealed sanction loses its strike and the new one is in force."""
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        users = [caller(f"user-{number}") for number in range(COUNT)]
        calls = []
        for user in users:
            warned = review.impose_sanction(simulation.review, first, user.user_id, **terms(SanctionLevel.WARNED)).current
            assert warned
            review.appeal_sanction(simulation.review, user, new_key(user, now=simulation.clock.now), "误会。")
            appeal_id = sanction_appeal_id(user.user_id, warned.id)
            calls.append(decide_call(simulation, second, appeal_id, AppealOutcome.GRANTED))
            impose = partial(review.impose_sanction, simulation.review, first, user.user_id)
            calls.append(partial(impose, **terms(SanctionLevel.MUTED)))
        simulation.clock.advance(seconds=1)
        _, failed = split_results(race(calls))
        assert failed == []
        for user in users:
            record = get_sanction_record(simulation.review_table, user.user_id)
            assert record.account_status.at(simulation.clock()) is SanctionLevel.MUTED
            assert (len(record.strikes), record.trail.length) == (1, 3)


def test_a3_of_two_reviewers_who_grant_at_once_both_count(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second, third, fourth = (enrol_reviewer(simulation, name) for name in ("first", "second", "third", "fourth"))
        ids = {}
        for user in (caller(f"user-{number}") for number in range(COUNT)):
            proposed = review.impose_sanction(simulation.review, first, user.user_id, **terms(SanctionLevel.SUSPENDED))
            assert proposed.pending
            ratified = review.ratify_sanction(simulation.review, second, user.user_id, proposed.pending.id).current
            assert ratified
            review.appeal_sanction(simulation.review, user, new_key(user, now=simulation.clock.now), "误会。")
            ids[user.user_id] = sanction_appeal_id(user.user_id, ratified.id)
        grant = AppealOutcome.GRANTED
        results = race([decide_call(simulation, by, one, grant) for one in ids.values() for by in (third, fourth)])
        assert split_results(results)[1] == []
        for user_id, appeal_id in ids.items():
            assert load_appeal(simulation.review_table, appeal_id).entity.state is AppealState.GRANTED
            record = get_sanction_record(simulation.review_table, user_id)
            assert (record.account_status.at(simulation.clock()), record.strikes) == (SanctionLevel.NONE, ())
