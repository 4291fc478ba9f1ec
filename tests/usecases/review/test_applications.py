"""Owner review: application, claim, decision, seat, audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.review import errors, schemas
from services.review import usecases as review
from services.review.domain import APPROVALS_NEEDED, Content, ReviewQueue, State
from services.review.repository import applications as repository
from services.review.usecases import Form
from services.shared.kernel.errors import Invalid, KeyReused
from services.shared.table.port import Key
from simulation.setup.common import (
    CONTENT,
    OPERATOR,
    decide,
    enrolled,
    form,
    judgement,
    started,
    submitted,
)
from simulation.simulation import (
    World,
    person,
    token,
    wish,
)

LIN = person("lin")


def outbox_of(world: World, application_id: str) -> str:
    item = world.review_table.get(repository.application_key(application_id))
    return str((item or {}).get("outbox", ""))


def test_r1_incomplete_submission_lists_what_is_missing() -> None:
    world = World()
    draft = review.create_application(world.review, LIN, wish(LIN), Form(Content(circle_name="观鸟"), (), ""))
    with pytest.raises(Invalid) as refused:
        review.submit_application(world.review, LIN, draft.id)
    assert {field.at for field in refused.value.fields} == {
        "/resonance",
        "/circle_tags",
        "/circle_definition",
        "/early_building",
        "/weekly_hours",
        "/evidence",
        "/plan",
        "/real_name_token",
    }
    assert review.get_application(world.review, LIN, draft.id)[0].state is State.DRAFT


def test_r1_edit_after_submit_makes_a_new_revision_and_keeps_the_old() -> None:
    world = World()
    first = submitted(world, LIN)
    new = form(world, LIN, replace(CONTENT, plan="改为每周两次。"))
    after = review.update_application(world.review, LIN, first.id, wish(LIN), new)
    assert (after.revision, after.state) == (2, State.SUBMITTED)
    kept = world.review_table.get(Key(f"APPLICATION#{first.id}", "REVISION#000001"))
    assert kept is not None
    assert repository.content_from_item(kept["content"]) == first.content


def test_r1_a_submitted_application_cannot_be_emptied() -> None:
    world = World()
    first = submitted(world, LIN)
    with pytest.raises(Invalid):
        review.update_application(world.review, LIN, first.id, wish(LIN), form(world, LIN, replace(CONTENT, plan="")))
    assert review.get_application(world.review, LIN, first.id)[0].content == first.content


def test_r1_starting_twice_with_one_key_is_one_draft() -> None:
    world = World()
    key = wish(LIN, body={"a": 1})
    mine = form(world, LIN)
    first = review.create_application(world.review, LIN, key, mine)
    assert review.create_application(world.review, LIN, key, mine).id == first.id
    with pytest.raises(KeyReused):
        review.create_application(world.review, LIN, wish(LIN, body={"a": 2}, value=key.value), mine)


def test_r3_two_claims_one_wins_and_the_winner_may_claim_again() -> None:
    world = World()
    application = submitted(world, LIN)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    review.claim_application(world.review, rui, application.id)
    with pytest.raises(errors.AlreadyClaimed):
        review.claim_application(world.review, shan, application.id)
    assert review.claim_application(world.review, rui, application.id).claim is not None


def test_r3_a_lapsed_lease_returns_the_item_and_a_late_decision_is_refused() -> None:
    world = World()
    application = submitted(world, LIN)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    review.claim_application(world.review, rui, application.id)
    world.clock.advance(minutes=15)
    with pytest.raises(errors.LeaseExpired):
        review.decide_application(world.review, rui, application.id, wish(rui), judgement(application))
    assert review.claim_application(world.review, shan, application.id).claim is not None


def test_r3_a_lease_extends_four_times() -> None:
    world = World()
    application = submitted(world, LIN)
    rui = enrolled(world, "rui")
    review.claim_application(world.review, rui, application.id)
    for _ in range(4):
        world.clock.advance(minutes=14)
        review.extend_claim(world.review, rui, application.id)
    with pytest.raises(errors.ExtensionsUsedUp):
        review.extend_claim(world.review, rui, application.id)


def test_r3_released_items_are_free_at_once() -> None:
    world = World()
    application = submitted(world, LIN)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    review.claim_application(world.review, rui, application.id)
    with pytest.raises(errors.LeaseExpired):
        review.release_claim(world.review, shan, application.id)
    review.release_claim(world.review, rui, application.id)
    review.claim_application(world.review, shan, application.id)


def test_r3_the_queue_is_oldest_first_and_ends_with_the_decision() -> None:
    world = World()
    first = submitted(world, LIN)
    world.clock.advance(minutes=1)
    second = submitted(world, person("mei"))
    rui = enrolled(world, "rui")
    assert waiting(world) == [first.id, second.id]
    decide(world, rui, first, approves=False)
    assert waiting(world) == [second.id]
    decide(world, rui, second)
    assert (waiting(world, stage="first"), waiting(world, stage="second")) == ([], [second.id])


def waiting(world: World, **filters: Any) -> list[str]:
    looker = enrolled(world, "looker")
    query = schemas.QueueQuery(**filters)
    rows = review.list_queue(world.review, looker, ReviewQueue(query.queue), 10, None).items
    return [one.application_id for one in query.chosen(rows, looker.user_id, world.clock())]


def test_r3_a_claim_is_handed_over_to_another_reviewer_and_to_nobody_else() -> None:
    world = World()
    application = submitted(world, LIN)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    review.claim_application(world.review, rui, application.id)
    with pytest.raises(errors.LeaseExpired):
        review.hand_over_claim(world.review, shan, application.id, shan.user_id)
    with pytest.raises(Invalid):
        review.hand_over_claim(world.review, rui, application.id, person("nobody").user_id)
    review.hand_over_claim(world.review, rui, application.id, shan.user_id)
    with pytest.raises(errors.LeaseExpired):
        review.decide_application(world.review, rui, application.id, wish(rui), judgement(application))
    assert review.decide_application(world.review, shan, application.id, wish(shan), judgement(application)).approvals == 1


def test_r3_a_queue_page_can_be_what_is_free_or_what_is_mine() -> None:
    world = World()
    held, free = submitted(world, LIN), submitted(world, person("mei"))
    rui = enrolled(world, "rui")
    review.claim_application(world.review, rui, held.id)
    rows = review.list_queue(world.review, rui, ReviewQueue.REVIEW, 10, None).items

    def chosen(claim: Any) -> list[str]:
        query = schemas.QueueQuery(claim=claim)
        return [one.application_id for one in query.chosen(rows, rui.user_id, world.clock())]

    assert (chosen("mine"), chosen("free"), sorted(chosen("any"))) == ([held.id], [free.id], sorted([held.id, free.id]))
    world.clock.advance(minutes=16)
    assert sorted(chosen("free")) == sorted([held.id, free.id])


def test_r4_same_person_twice_is_refused() -> None:
    world = World()
    application = submitted(world, LIN)
    rui = enrolled(world, "rui")
    decide(world, rui, application)
    with pytest.raises(errors.SamePersonTwice):
        review.claim_application(world.review, rui, application.id)


def test_r4_same_person_under_a_second_reviewer_account_is_refused() -> None:
    world = World()
    application = submitted(world, LIN)
    rui, rui_too = enrolled(world, "rui", "one-human"), enrolled(world, "rui-too", "one-human")
    decide(world, rui, application)
    with pytest.raises(errors.SamePersonTwice):
        decide(world, rui_too, application)


def test_r4_applicant_is_refused_under_any_account() -> None:
    world = World()
    application = submitted(world, LIN, identity_id="lin-herself")
    as_reviewer = replace(LIN, groups=frozenset({"reviewer"}))
    review.enrol_reviewer(world.review, OPERATOR, LIN.user_id, token(LIN.user_id, "somebody-else"))
    second_account = enrolled(world, "lin-too", "lin-herself")
    for caller in (as_reviewer, second_account):
        with pytest.raises(errors.ConflictOfInterest):
            review.claim_application(world.review, caller, application.id)


def test_r4_promotion_to_operator_midway_changes_nothing() -> None:
    world = World()
    application = submitted(world, LIN)
    rui = enrolled(world, "rui")
    decide(world, rui, application)
    promoted = replace(rui, groups=frozenset({"reviewer", "operator"}))
    with pytest.raises(errors.SamePersonTwice):
        review.claim_application(world.review, promoted, application.id)
    with pytest.raises(errors.NotEnrolled):
        review.claim_application(world.review, OPERATOR, application.id)


def test_r4_approval_is_bound_to_the_version_that_was_read() -> None:
    world = World()
    application = submitted(world, LIN)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    decide(world, rui, application)
    new = form(world, LIN, replace(CONTENT, plan="另一个计划。"))
    edited = review.update_application(world.review, LIN, application.id, wish(LIN), new)
    assert edited.decisions == ()
    review.claim_application(world.review, shan, application.id)
    with pytest.raises(errors.ApplicationChanged):
        review.decide_application(world.review, shan, application.id, wish(shan), judgement(application))


def test_r6_reason_always_reaches_the_applicant() -> None:
    world = World()
    application = submitted(world, LIN)
    decide(world, enrolled(world, "rui"), application, approves=False)
    told = schemas.ApplicationResponse.of(*review.get_application(world.review, LIN, application.id))
    assert told.state is State.REJECTED
    assert told.decisions[0].reasons[0].zh_cn
    assert told.decisions[0].note
    assert told.next_step.zh_cn
    assert told.next_step.en
    assert "rui" not in told.model_dump_json()


@pytest.mark.parametrize("left_out", ["reasons", "note", "scores"])
def test_r6_decision_without_reason_is_refused(left_out: str) -> None:
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
    world = World()
    application = submitted(world, LIN)
    assert decide(world, enrolled(world, "rui"), application).state is State.SUBMITTED
    assert "SeatGranted" not in outbox_of(world, application.id)
    after = decide(world, enrolled(world, "shan"), application)
    assert (after.state, after.seat, len(after.decisions)) == (State.ACTIVE, 1, APPROVALS_NEEDED)
    assert outbox_of(world, application.id).startswith("SeatGranted:")
    assert review.get_cohort(world.review, LIN).taken == 1


def test_r9_a_retried_decision_answers_the_same_and_takes_no_second_seat() -> None:
    world = World()
    application = submitted(world, LIN)
    decide(world, enrolled(world, "rui"), application)
    shan = enrolled(world, "shan")
    review.claim_application(world.review, shan, application.id)
    key = wish(shan)
    for _ in range(2):
        after = review.decide_application(world.review, shan, application.id, key, judgement(application))
        assert after.seat == 1
    assert review.get_cohort(world.review, LIN).taken == 1


def test_r9_drafts_are_nobody_elses_to_read() -> None:
    world = World()
    draft = started(world, LIN)
    for caller in (person("mei"), enrolled(world, "rui"), OPERATOR):
        with pytest.raises(errors.ApplicationNotFound):
            review.get_application(world.review, caller, draft.id)
