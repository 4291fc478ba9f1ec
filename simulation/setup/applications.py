"""Applications and reviewers, brought to a state through the use cases of review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.review import usecases as review
from services.review.domain import Application, Content, DecisionInput, Reason
from services.review.repository.applications import load_application
from services.review.usecases import ApplicationInput
from services.shared.security.auth import Caller
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token

CONTENT = Content(
    resonance="想和同样会为一声鸣叫停下脚步的人待在一起。",
    circle_name="城市观鸟圈",
    circle_tags=("观鸟",),
    circle_definition="只聊在城市里看得到的野鸟。",
    early_building="每周一次晨观。",
    weekly_hours=10,
    plan="先邀请三十位朋友。",
)
EVIDENCE = ("https://example.org/a",)
OPERATOR = caller("operator", "operator")


def application_input(
    simulation: Simulation, applicant: Caller, content: Content = CONTENT, identity_id: str = "", **token: Any
) -> ApplicationInput:
    """Return what an applicant sends; without `identity_id` each user has an identity of its own.

    The circle of each applicant has a name of its own, as no two circles have names that look alike.
    """
    if content.circle_name == CONTENT.circle_name:
        content = replace(content, circle_name=f"{content.circle_name} {applicant.user_id[:8]}")
    return ApplicationInput(
        content, EVIDENCE, real_name_token(applicant.user_id, identity_id, now=simulation.clock.now, **token)
    )


def enrol_reviewer(simulation: Simulation, name: str, identity_id: str = "") -> Caller:
    """Enrol a reviewer and return the caller; without `identity_id` each user has an identity of its own."""
    reviewer = caller(name, "reviewer", now=simulation.clock.now)
    now = simulation.clock.now
    token = real_name_token(reviewer.user_id, identity_id, now=now)
    review.enrol_reviewer(simulation.review, OPERATOR, reviewer.user_id, new_key(OPERATOR, now=now), token)
    return reviewer


def create_application(
    simulation: Simulation, applicant: Caller, content: Content = CONTENT, identity_id: str = "", **token: Any
) -> Application:
    """Create an application and leave it a draft."""
    key = new_key(applicant, now=simulation.clock.now)
    return review.create_application(
        simulation.review, applicant, key, application_input(simulation, applicant, content, identity_id, **token)
    )


def submit_application(
    simulation: Simulation, applicant: Caller, content: Content = CONTENT, identity_id: str = "", **token: Any
) -> Application:
    """Create an application and submit it."""
    draft = create_application(simulation, applicant, content, identity_id, **token)
    return review.submit_application(simulation.review, applicant, draft.id)


def decision_input(application: Application, approves: bool = True) -> DecisionInput:
    reasons = (Reason.MEETS_CRITERIA,) if approves else (Reason.CIRCLE_VAGUE,)
    return DecisionInput(approves, application.content.hash, {"resonance": 4}, reasons, "写得清楚。")


def decide_application(
    simulation: Simulation, reviewer: Caller, application: Application, approves: bool = True
) -> Application:
    """Claim an application and decide it."""
    review.claim_application(simulation.review, reviewer, application.id)
    key = new_key(reviewer, now=simulation.clock.now)
    return review.decide_application(simulation.review, reviewer, application.id, key, decision_input(application, approves))


def current_application(simulation: Simulation, application: Application) -> Application:
    """Return the application as it is stored now."""
    return load_application(simulation.review_table, application.id).entity
