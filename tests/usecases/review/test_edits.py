"""Edits under review (R1): they change the text, not the claim, the deadline or the place in the queue, and are limited."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, ReviewQueue, State
from services.shared.kernel.pages import PageRequest
from simulation.setup.applications import (
    CONTENT,
    application_input,
    current_application,
    decision_input,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.errors import error_code

LIN = caller("lin")


def edit(simulation: Simulation, application: Application, plan: str) -> Application:
    read = current_application(simulation, application).applicant_version
    new = application_input(simulation, LIN, replace(CONTENT, plan=plan))
    return review.update_application(simulation.review, LIN, application.id, change(read, f"{plan} {read}"), new)


def test_r1_an_edit_keeps_the_claim_the_deadline_and_the_place_in_the_queue() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    simulation.clock.advance(minutes=1)
    other, rui = submit_application(simulation, caller("mei")), enrol_reviewer(simulation, "rui")
    claimed = review.claim_application(simulation.review, rui, application.id)
    for number in range(5):
        simulation.clock.advance(minutes=1)
        after = edit(simulation, application, f"计划 {number}")
        assert (after.revision, after.claim, after.due_at) == (number + 2, claimed.claim, application.due_at)
    entries = review.list_review_queue(simulation.review, rui, ReviewQueue.REVIEW, PageRequest(10)).items
    assert [entry.id for entry in entries] == [application.id, other.id]
    decision = decision_input(after)
    assert review.decide_application(simulation.review, rui, application.id, new_key(rui), decision).approvals == 1


def test_r4_a_reviewer_who_keeps_the_claim_does_not_approve_an_edit_unread() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")
    review.claim_application(simulation.review, rui, application.id)
    edited = edit(simulation, application, "另一个计划。")
    for approves in (True, False):
        unread = partial(review.decide_application, simulation.review, rui, application.id, new_key(rui))
        with pytest.raises(errors.ApplicationChanged):
            unread(decision_input(application, approves))
    assert current_application(simulation, application).decisions == ()
    assert review.extend_claim(simulation.review, rui, application.id).content.hash == edited.content.hash
    review.decide_application(simulation.review, rui, application.id, new_key(rui), decision_input(edited))
    again = edit(simulation, application, "第三个计划。")
    assert (again.decisions, again.state) == ((), State.SUBMITTED)


def test_r1_a_submitted_application_is_edited_five_times_and_as_often_after_a_question() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")

    def exhaust(name: str) -> None:
        for number in range(5):
            edit(simulation, application, f"{name} {number}")
        before = current_application(simulation, application)
        with pytest.raises(errors.EditLimitReached) as raised:
            edit(simulation, application, f"{name} 5")
        assert raised.value.facts == {"limit": 5}
        assert current_application(simulation, application) == before

    exhaust("提交后")
    review.claim_application(simulation.review, rui, application.id)
    review.request_information(simulation.review, rui, application.id, new_key(rui), ("plan",), "请补充。")
    exhaust("补充时")
    review.submit_application(simulation.review, LIN, application.id)
    assert error_code(partial(edit, simulation, application, "补充后")) == "edit-limit-reached"


def test_r1_a_draft_is_edited_without_a_limit() -> None:
    simulation = Simulation()
    draft = review.create_application(simulation.review, LIN, new_key(LIN), application_input(simulation, LIN))
    for number in range(8):
        edit(simulation, draft, f"草稿 {number}")
    assert review.submit_application(simulation.review, LIN, draft.id).edits == 0
