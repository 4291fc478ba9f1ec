"""Appeals against take-downs (A4): one for each, by the author alone, and what reviewers do with appeals of all kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import AppealState
from services.review.repository.appeals import QUEUE, load_appeal
from services.review.repository.cases import load_case
from services.review.repository.due_index import list_due_ids
from services.review.schemas import TakeDownResponse
from services.review.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.table.purging import plan_purge
from simulation.setup.applications import OPERATOR, enrol_reviewer
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token
from tests.support.errors import error_code
from tests.usecases.review.appeals import (
    AUTHOR,
    CIRCLE,
    GRANTED,
    MEI,
    UPHELD,
    appeal,
    decide,
    reported,
    sanction,
    take_downs,
    taken_down,
    uphold,
)


def test_a4_a_granted_appeal_restores_the_content_once() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    appeal_id = appeal(simulation, case.id)
    first = decide(simulation, appeal_id)
    assert decide(simulation, appeal_id) == first, "a retry"
    assert [event.data.is_active for event in take_downs(simulation)] == [True, False]
    down, restored = take_downs(simulation)
    assert restored.entity_version > down.entity_version
    after = load_case(simulation.review_table, case.id).entity
    assert (after.is_taken_down, after.appeal) == (False, AppealState.GRANTED)
    assert error_code(lambda: decide(simulation, appeal_id, UPHELD, by="tao")) == "appeal-closed"


def test_a4_an_appeal_that_is_not_granted_changes_nothing_of_the_content_and_is_final() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    decide(simulation, appeal(simulation, case.id), UPHELD)
    after = load_case(simulation.review_table, case.id).entity
    assert (after.is_taken_down, after.appeal) == (True, AppealState.UPHELD)
    assert len(take_downs(simulation)) == 1
    assert error_code(lambda: appeal(simulation, case.id)) == "decision-already-appealed"


def test_a4_a_take_down_is_appealed_once_and_a_repeat_of_the_request_is_no_second_appeal() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    key = new_key(AUTHOR, now=simulation.clock.now)
    appeal_id = appeal(simulation, case.id, key=key)
    version = load_appeal(simulation.review_table, appeal_id).entity.version
    assert appeal(simulation, case.id, key=key) == appeal_id
    assert load_appeal(simulation.review_table, appeal_id).entity.version == version
    assert error_code(lambda: appeal(simulation, case.id)) == "decision-already-appealed"


def test_a4_only_the_author_can_appeal_and_no_other_user_of_the_same_person() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    second = caller("author-too")
    for user in (AUTHOR, second):
        token = real_name_token(user.user_id, "one person", now=simulation.clock.now)
        review.verify_identity(simulation.review, user, token)
    for by in (second, MEI, caller("rui", "reviewer")):
        assert error_code(partial(appeal, simulation, case.id, by=by)) == "not-found"
    assert review.list_take_downs(simulation.review, second, PageRequest(20)) == ([], None)


def test_a4_what_took_nothing_down_cannot_be_appealed() -> None:
    simulation = Simulation()
    open_case = reported(simulation)
    assert error_code(lambda: appeal(simulation, open_case)) == "not-found"
    assert error_code(lambda: appeal(simulation, "cas_00000000002F6XWBE3RG0T5D2C")) == "not-found"
    simulation = Simulation()
    assert error_code(lambda: appeal(simulation, taken_down(simulation, kind="payment").id)) == "not-found"


@pytest.mark.parametrize("minutes", [-1, 0])
def test_a4_an_appeal_is_possible_until_the_period_has_passed(minutes: int) -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    simulation.clock.now += settings().appeal_period + timedelta(minutes=minutes)
    if minutes < 0:
        appeal(simulation, case.id)
    else:
        assert error_code(lambda: appeal(simulation, case.id)) == "appeal-period-expired"


def test_a4_the_author_reads_why_their_content_was_taken_down() -> None:
    simulation = Simulation()
    case = taken_down(simulation, evidence={"text": "长" * 500})
    (listed,) = review.list_take_downs(simulation.review, AUTHOR, PageRequest(20)).items
    shown = TakeDownResponse.of(listed, simulation.clock.now)
    assert shown.violation
    assert (shown.case_id, shown.violation.code, shown.violation.zh_cn) == (case.id, "spam", "垃圾广告或引流")
    assert (shown.excerpt, shown.is_active, shown.appeal.is_possible) == ("长" * 140, True, True)
    decide(simulation, appeal(simulation, case.id))
    (listed,) = review.list_take_downs(simulation.review, AUTHOR, PageRequest(20)).items
    shown = TakeDownResponse.of(listed, simulation.clock.now)
    assert (shown.is_active, shown.appeal.is_possible, shown.appeal.state) == (False, False, AppealState.GRANTED)


def test_a4_take_downs_are_listed_newest_first_in_pages() -> None:
    simulation = Simulation()
    ids = []
    for number in range(3):
        ids.append(taken_down(simulation, subject_id=f"note_{number:026}").id)
        simulation.clock.advance(minutes=1)
    first = review.list_take_downs(simulation.review, AUTHOR, PageRequest(2))
    rest = review.list_take_downs(simulation.review, AUTHOR, PageRequest(2, first.next))
    assert [case.id for case in (*first.items, *rest.items)] == ids[::-1]


def test_a4_the_evidence_of_an_open_appeal_stays_and_is_erased_with_the_statement_after_its_decision() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    appeal_id = appeal(simulation, case.id)
    plan_purge(simulation.review_table, CIRCLE, simulation.clock())
    simulation.clock.now += settings().appeal_period + timedelta(days=30)
    for _ in range(2):
        review.handle_jobs(simulation.review)
    assert load_case(simulation.review_table, case.id).entity.evidence == {"text": "加我看更多"}
    decide(simulation, appeal_id)
    review.handle_jobs(simulation.review)
    after, erased = load_case(simulation.review_table, case.id).entity, load_appeal(simulation.review_table, appeal_id).entity
    assert (after.evidence, after.trail.salt, after.appeal) == ({}, "", AppealState.GRANTED)
    assert (erased.statement, erased.decisions[0].note, erased.trail.salt) == ("", "", "")


# Reviewers


def test_a4_reviewers_who_decided_first_or_have_a_conflict_cannot_decide_the_appeal() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    appeal_id = appeal(simulation, case.id)
    assert error_code(lambda: decide(simulation, appeal_id, by="rui")) == "second-reviewer-required"
    enrol_reviewer(simulation, "rui-too", identity_id=caller("rui").user_id)
    assert error_code(
        lambda: review.decide_appeal(simulation.review, caller("rui-too", "reviewer"), appeal_id, GRANTED, "x")
    ) == ("second-reviewer-required")
    for by in ("author", "mei"):  # the author, and a user who reported the content
        assert error_code(partial(decide, simulation, appeal_id, by=by)) == "conflict-of-interest"
    assert load_appeal(simulation.review_table, appeal_id).entity.state is AppealState.OPEN


def test_a4_only_reviewers_list_read_and_decide_appeals() -> None:
    simulation = Simulation()
    appeal_id = appeal(simulation, taken_down(simulation).id)
    for user in (AUTHOR, MEI, OPERATOR, replace(MEI, groups=frozenset({"reviewer"}))):
        for call in (
            lambda user=user: review.list_appeals(simulation.review, user, PageRequest(20)),
            lambda user=user: review.get_appeal(simulation.review, user, appeal_id),
            lambda user=user: review.decide_appeal(simulation.review, user, appeal_id, GRANTED, "x"),
        ):
            assert error_code(call) == "reviewer-not-enrolled"


def test_a4_a_reviewer_reads_the_statement_with_the_evidence_or_the_sanction() -> None:
    simulation = Simulation()
    take_down = appeal(simulation, taken_down(simulation).id)
    sanction(simulation, SanctionLevel.MUTED)
    against_sanction = appeal(simulation)
    shan = enrol_reviewer(simulation, "shan")
    read, case = review.get_appeal(simulation.review, shan, take_down)
    assert (read.statement, case and case.evidence) == ("这不是广告。", {"text": "加我看更多"})
    read, case = review.get_appeal(simulation.review, shan, against_sanction)
    assert (read.statement, read.sanction and read.sanction.level, case) == ("不是我发的。", SanctionLevel.MUTED, None)
    assert error_code(lambda: review.get_appeal(simulation.review, shan, "apl_00000000002F6XWBE3RG0T5D2C")) == "not-found"


def test_a4_an_overdue_appeal_is_escalated_once_and_listed_first() -> None:
    simulation = Simulation()
    early = appeal(simulation, taken_down(simulation, subject_id=f"note_{1:026}").id)
    simulation.clock.advance(days=20)
    late = appeal(simulation, uphold(simulation, reported(simulation, subject_id=f"note_{2:026}")).id)
    assert list_due_ids(simulation.review_table, QUEUE, simulation.clock(), 10) == [early]
    for _ in range(2):
        review.handle_schedule(simulation.review)
    loaded = load_appeal(simulation.review_table, early).entity
    assert (loaded.escalated, loaded.trail.length) == (True, 2)
    assert list_due_ids(simulation.review_table, QUEUE, simulation.clock(), 10) == [], "it is due no more"
    shan = enrol_reviewer(simulation, "shan")
    listed = review.list_appeals(simulation.review, shan, PageRequest(20)).items
    assert [(entry.id, entry.escalated) for entry in listed] == [(early, True), (late, False)]
    decide(simulation, early)
    assert [entry.id for entry in review.list_appeals(simulation.review, shan, PageRequest(20)).items] == [late]


def test_a4_an_appeal_has_the_working_time_of_a_review_from_its_submission() -> None:
    simulation = Simulation()
    case = taken_down(simulation)
    simulation.clock.advance(days=7)
    appeal_id = appeal(simulation, case.id)
    due_at = load_appeal(simulation.review_table, appeal_id).entity.due_at
    assert due_at >= simulation.clock.now + settings().review_time
