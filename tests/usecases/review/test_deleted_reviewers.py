"""A6: the erasure of a deleted account ends its enrolment as a reviewer, in review and where staff read."""

from __future__ import annotations

import pytest

from services.review import usecases as review
from services.shared.erasure.jobs import plan_erasure
from services.shared.kernel.errors import ReviewerNotEnrolled
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountDeleted, AccountDeletedData
from simulation.setup.applications import enrol_reviewer
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from tests.usecases.cross_service.staff import reviewer_events


def test_a6_a_reviewer_whose_account_is_deleted_is_enrolled_no_more() -> None:
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    simulation.clock.advance(seconds=1)
    data = AccountDeletedData.model_validate({"user_id": rui.user_id, "content": "keep"})
    plan_erasure(simulation.review, AccountDeleted(**envelope(simulation, rui.user_id), data=data))
    for _ in range(2):
        review.handle_jobs(simulation.review)
    with pytest.raises(ReviewerNotEnrolled):
        review.list_cases(simulation.review, rui, PageRequest(1))
    review.list_cases(simulation.review, shan, PageRequest(1))
    ended = [event for event in reviewer_events(simulation) if event.name() == "ReviewerChanged"][-1]
    assert ended.model_dump()["data"]["user_id"] == rui.user_id
    assert ended.model_dump()["data"]["is_enrolled"] is False
