"""Owner review: application, claim, decision, seat, audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.review import errors, schemas
from services.review import usecases as review
from services.review.domain import Content, ReviewQueue, State
from services.review.repository import applications as repository
from services.review.usecases import ApplicationInput
from services.shared.kernel.errors import Invalid, KeyReused
from services.shared.kernel.pages import PageRequest
from services.shared.table.items import Key
from simulation.setup.applications import (
    CONTENT,
    OPERATOR,
    application_input,
    create_application,
    current_application,
    decide_application,
    decision_input,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token

LIN = caller("lin")


def outbox_of(simulation: Simulation, application_id: str) -> str:
    item = simulation.review_table.get(repository.application_key(application_id))
    return str((item or {}).get("outbox", ""))


def test_r1_incomplete_submission_lists_what_is_missing() -> None:
    simulation = Simulation()
    sent = ApplicationInput(Content(circle_name="观鸟"), (), "")
    draft = review.create_application(simulation.review, LIN, new_key(LIN), sent)
    with pytest.raises(Invalid) as raised:
        review.submit_application(simulation.review, LIN, draft.id)
    assert {field.at for field in raised.value.fields} == {
        "/resonance",
        "/circle_tags",
        "/circle_definition",
        "/early_building",
        "/weekly_hours",
        "/evidence",
        "/plan",
        "/real_name_token",
    }
    assert review.get_application(simulation.review, LIN, draft.id)[0].state is State.DRAFT


def test_r1_an_edit_after_submission_starts_a_revision_and_stores_the_old_one() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN)
    new = application_input(simulation, LIN, replace(CONTENT, plan="改为每周两次。"))
    after = review.update_application(simulation.review, LIN, first.id, change(first.applicant_version), new)
    assert (after.revision, after.state) == (2, State.SUBMITTED)
    item = simulation.review_table.get(Key(f"APPLICATION#{first.id}", "REVISION#000001"))
    assert item is not None
    assert repository.content_from_item(item["content"]) == first.content


def test_r1_a_submitted_application_cannot_be_emptied() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN)
    empty = application_input(simulation, LIN, replace(CONTENT, plan=""))
    with pytest.raises(Invalid):
        review.update_application(simulation.review, LIN, first.id, change(first.applicant_version), empty)
    assert review.get_application(simulation.review, LIN, first.id)[0].content == first.content


def test_r1_creating_twice_with_one_key_is_one_draft() -> None:
    simulation = Simulation()
    key = new_key(LIN, body={"a": 1})
    sent = application_input(simulation, LIN)
    first = review.create_application(simulation.review, LIN, key, sent)
    assert review.create_application(simulation.review, LIN, key, sent).id == first.id
    with pytest.raises(KeyReused):
        review.create_application(simulation.review, LIN, new_key(LIN, body={"a": 2}, value=key.value), sent)


def test_r3_one_of_two_claims_succeeds_and_can_be_repeated() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, rui, application.id)
    with pytest.raises(errors.ApplicationAlreadyClaimed):
        review.claim_application(simulation.review, shan, application.id)
    assert review.claim_application(simulation.review, rui, application.id).claim is not None


def test_r3_after_a_lease_expired_others_can_claim_and_its_decision_fails() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, rui, application.id)
    simulation.clock.advance(minutes=15)
    with pytest.raises(errors.LeaseExpired):
        review.decide_application(simulation.review, rui, application.id, new_key(rui), decision_input(application))
    assert review.claim_application(simulation.review, shan, application.id).claim is not None


def test_r3_a_claim_is_extended_at_most_four_times() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")
    review.claim_application(simulation.review, rui, application.id)
    for _ in range(4):
        simulation.clock.advance(minutes=14)
        review.extend_claim(simulation.review, rui, application.id)
    with pytest.raises(errors.ExtensionLimitReached):
        review.extend_claim(simulation.review, rui, application.id)


def test_r3_a_released_application_can_be_claimed_at_once() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, rui, application.id)
    with pytest.raises(errors.LeaseExpired):
        review.release_claim(simulation.review, shan, application.id)
    review.release_claim(simulation.review, rui, application.id)
    review.claim_application(simulation.review, shan, application.id)


def test_r3_the_queue_is_oldest_first_and_ends_with_the_decision() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN)
    simulation.clock.advance(minutes=1)
    second = submit_application(simulation, caller("mei"))
    rui = enrol_reviewer(simulation, "rui")
    assert waiting(simulation) == [first.id, second.id]
    decide_application(simulation, rui, first, approves=False)
    assert waiting(simulation) == [second.id]
    decide_application(simulation, rui, second)
    assert (waiting(simulation, decision="first"), waiting(simulation, decision="second")) == ([], [second.id])


def waiting(simulation: Simulation, **filters: Any) -> list[str]:
    reader = enrol_reviewer(simulation, "reader")
    query = schemas.ReviewQueueQuery(**filters)
    entries = review.list_review_queue(simulation.review, reader, ReviewQueue(query.review_queue), PageRequest(10))
    return [entry.id for entry in entries.items if query.matches(entry, reader.user_id, simulation.clock())]


def test_r3_a_claim_is_handed_over_only_by_its_reviewer_to_an_enrolled_one() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, rui, application.id)
    with pytest.raises(errors.LeaseExpired):
        review.hand_over_claim(simulation.review, shan, application.id, shan.user_id)
    with pytest.raises(Invalid):
        review.hand_over_claim(simulation.review, rui, application.id, caller("stranger").user_id)
    review.hand_over_claim(simulation.review, rui, application.id, shan.user_id)
    with pytest.raises(errors.LeaseExpired):
        review.decide_application(simulation.review, rui, application.id, new_key(rui), decision_input(application))
    assert (
        review.decide_application(simulation.review, shan, application.id, new_key(shan), decision_input(application)).approvals
        == 1
    )


def test_r3_a_queue_page_can_be_filtered_by_claim() -> None:
    simulation = Simulation()
    claimed, free = submit_application(simulation, LIN), submit_application(simulation, caller("mei"))
    rui = enrol_reviewer(simulation, "rui")
    review.claim_application(simulation.review, rui, claimed.id)
    entries = review.list_review_queue(simulation.review, rui, ReviewQueue.REVIEW, PageRequest(10)).items

    def chosen(claim: Any) -> list[str]:
        query = schemas.ReviewQueueQuery(claim=claim)
        return [entry.id for entry in entries if query.matches(entry, rui.user_id, simulation.clock())]

    assert (chosen("own"), chosen("free"), sorted(chosen("any"))) == ([claimed.id], [free.id], sorted([claimed.id, free.id]))
    simulation.clock.advance(minutes=16)
    assert sorted(chosen("free")) == sorted([claimed.id, free.id])


def test_r4_a_reviewer_cannot_decide_twice() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")
    decide_application(simulation, rui, application)
    with pytest.raises(errors.SecondReviewerRequired):
        review.claim_application(simulation.review, rui, application.id)


def test_r4_a_second_user_of_a_reviewer_cannot_decide() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, rui_too = enrol_reviewer(simulation, "rui", "one-identity"), enrol_reviewer(simulation, "rui-too", "one-identity")
    decide_application(simulation, rui, application)
    with pytest.raises(errors.SecondReviewerRequired):
        decide_application(simulation, rui_too, application)


def test_r4_an_applicant_cannot_review_under_any_user() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN, identity_id="lin")
    as_reviewer = replace(LIN, groups=frozenset({"reviewer"}))
    review.enrol_reviewer(simulation.review, OPERATOR, LIN.user_id, new_key(OPERATOR), real_name_token(LIN.user_id, "another"))
    second_user = enrol_reviewer(simulation, "lin-too", "lin")
    for applicant in (as_reviewer, second_user):
        with pytest.raises(errors.ConflictOfInterest):
            review.claim_application(simulation.review, applicant, application.id)


def test_r4_promotion_to_operator_midway_changes_nothing() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")
    decide_application(simulation, rui, application)
    promoted = replace(rui, groups=frozenset({"reviewer", "operator"}))
    with pytest.raises(errors.SecondReviewerRequired):
        review.claim_application(simulation.review, promoted, application.id)
    with pytest.raises(errors.ReviewerNotEnrolled):
        review.claim_application(simulation.review, OPERATOR, application.id)


def test_r4_an_approval_applies_only_to_the_content_that_was_read() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    decide_application(simulation, rui, application)
    new = application_input(simulation, LIN, replace(CONTENT, plan="另一个计划。"))
    read = current_application(simulation, application).applicant_version
    edited = review.update_application(simulation.review, LIN, application.id, change(read), new)
    assert edited.decisions == ()
    review.claim_application(simulation.review, shan, application.id)
    with pytest.raises(errors.ApplicationChanged):
        review.decide_application(simulation.review, shan, application.id, new_key(shan), decision_input(application))


def test_r6_the_applicant_reads_the_reason_but_not_the_reviewer() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application, approves=False)
    response = schemas.ApplicationResponse.of(*review.get_application(simulation.review, LIN, application.id))
    assert response.state is State.REJECTED
    assert response.decisions[0].reasons[0].zh_cn
    assert response.decisions[0].note
    assert response.next_step.zh_cn
    assert response.next_step.en
    assert "rui" not in response.model_dump_json()


@pytest.mark.parametrize("left_out", ["reasons", "note", "scores"])
def test_r6_a_decision_without_reasons_is_invalid(left_out: str) -> None:
    body: dict[str, Any] = {
        "verdict": "reject",
        "content_hash": "0" * 32,
        "scores": {"resonance": 1, "definite_circle": 1, "early_building": 1, "time": 1},
        "reasons": ["other"],
        "note": "x",
    }
    schemas.DecisionRequest.model_validate(body)
    with pytest.raises(ValueError, match=left_out):
        schemas.DecisionRequest.model_validate({**body, left_out: {} if left_out == "scores" else ""})


def test_r9_second_approval_and_seat_are_one_write() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    assert decide_application(simulation, enrol_reviewer(simulation, "rui"), application).state is State.SUBMITTED
    assert "SeatGranted" not in outbox_of(simulation, application.id)
    after = decide_application(simulation, enrol_reviewer(simulation, "shan"), application)
    assert (after.state, after.seat, len(after.decisions)) == (State.ACTIVE, 1, 2)
    assert outbox_of(simulation, application.id).startswith("SeatGranted:")
    assert review.get_cohort(simulation.review, LIN).taken == 1


def test_r9_a_retried_decision_returns_the_same_and_takes_no_second_seat() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application)
    shan = enrol_reviewer(simulation, "shan")
    review.claim_application(simulation.review, shan, application.id)
    key = new_key(shan)
    for _ in range(2):
        after = review.decide_application(simulation.review, shan, application.id, key, decision_input(application))
        assert after.seat == 1
    assert review.get_cohort(simulation.review, LIN).taken == 1


def test_r9_only_the_applicant_reads_a_draft() -> None:
    simulation = Simulation()
    draft = create_application(simulation, LIN)
    for reader in (caller("mei"), enrol_reviewer(simulation, "rui"), OPERATOR):
        with pytest.raises(errors.ApplicationNotFound):
            review.get_application(simulation.review, reader, draft.id)
