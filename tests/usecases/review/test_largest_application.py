"""The largest application that requests can make stays within what a table, the bus and a failure queue take."""

from __future__ import annotations

from typing import Any

from services.review import usecases as review
from services.review.domain import Reason, State
from services.review.schemas import AppealRequest, ApplicationRequest, DecisionRequest, QuestionRequest
from services.review.settings import ReviewSettings, settings
from services.shared.kernel.settings import range_of
from services.shared.kernel.text import Text
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.applications import enrol_reviewer
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import all_changes, record_from_change
from simulation.users import caller, new_key, real_name_token
from tests.support.sizes import assert_sizes, longest_text

LONG, LINE = longest_text(Text(2000)), longest_text(Text(80, is_line=True))
LIN = caller("lin")
REASONS = [str(reason) for reason in Reason]


def content(simulation: Simulation, text: str = LONG) -> review.ApplicationInput:
    texts = dict.fromkeys(("resonance", "circle_definition", "early_building", "plan"), text)
    evidence = [f"https://example.org/{number:0380}" for number in range(10)]
    return ApplicationRequest.model_validate(
        {**texts, "circle_name": LINE, "circle_tags": [LINE] * 10, "weekly_hours": 80, "evidence": evidence}
        | {"real_name_token": real_name_token(LIN.user_id, now=simulation.clock.now)}
    ).to_input()


def decide(simulation: Simulation, reviewer: Caller, application_id: str, verdict: str) -> Any:
    claimed = review.claim_application(simulation.review, reviewer, application_id)
    scores = dict.fromkeys(("resonance", "definite_circle", "early_building", "time"), 5)
    about = {"content_hash": claimed.content.hash, "scores": scores, "reasons": REASONS, "note": LONG}
    decision = DecisionRequest.model_validate({"verdict": verdict, **about}).to_input()
    return review.decide_application(simulation.review, reviewer, application_id, new_key(reviewer), decision)


def test_r1_the_largest_application_with_the_most_decisions_can_be_stored_published_and_set_aside() -> None:
    simulation = Simulation()
    needed = range_of(ReviewSettings, "approvals_needed")[1]
    with overridden(settings, approvals_needed=needed):
        reviewers = [enrol_reviewer(simulation, f"reviewer {number}") for number in range(2 * needed)]
        draft = review.create_application(simulation.review, LIN, new_key(LIN), content(simulation, LONG[:-1]))
        review.submit_application(simulation.review, LIN, draft.id)
        question = QuestionRequest.model_validate({"fields": ["plan", "evidence"], "note": LONG})
        review.claim_application(simulation.review, reviewers[0], draft.id)
        asked = review.request_information(
            simulation.review, reviewers[0], draft.id, new_key(reviewers[0]), tuple(question.fields), question.note
        )
        review.update_application(simulation.review, LIN, draft.id, change(asked.applicant_version), content(simulation))
        review.submit_application(simulation.review, LIN, draft.id)
        verdicts = [*["approve"] * (needed - 1), "reject"]
        for reviewer, verdict in zip(reviewers, verdicts, strict=False):
            decide(simulation, reviewer, draft.id, verdict)
        appeal = AppealRequest.model_validate({"cites": "circle_vague", "statement": LONG})
        review.appeal_application(simulation.review, LIN, draft.id, new_key(LIN), appeal.cites, appeal.statement)
        for reviewer, verdict in zip(reviewers[needed:], verdicts, strict=True):
            last = decide(simulation, reviewer, draft.id, verdict)
    assert (last.state, len(last.decisions)) == (State.UPHELD, 2 * needed)
    assert_sizes("review", map(record_from_change, all_changes(simulation, "review")))
