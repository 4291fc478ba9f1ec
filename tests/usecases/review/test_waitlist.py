"""Seats and the waitlist (C2): positions are in order, and a released seat is granted once."""

from __future__ import annotations

from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import Application, State
from services.review.repository import applications as repository
from services.review.settings import settings
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from simulation.settings import overridden
from simulation.setup.applications import current_application, decide_application, enrol_reviewer, submit_application
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.review.causes import verify

LIN = caller("lin")


def outbox_of(simulation: Simulation, application_id: str) -> str:
    item = simulation.review_table.get(repository.application_key(application_id))
    return str((item or {}).get("outbox", ""))


@overridden(settings, quotas={"first-100": 1})
def test_c2_approvals_over_the_quota_are_waitlisted_in_order() -> None:
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    results = []
    for name in ("a", "b", "c"):
        application = submit_application(simulation, caller(name))
        decide_application(simulation, rui, application)
        after = decide_application(simulation, shan, application)
        results.append((after.state, after.seat, after.waitlist_position))
    assert results == [(State.ACTIVE, 1, None), (State.WAITLISTED, None, 1), (State.WAITLISTED, None, 2)]
    assert "ApplicationWaitlisted" in outbox_of(simulation, application.id)


@overridden(settings, quotas={"first-100": 1})
def test_c2_a_released_seat_is_granted_once_to_the_first_of_the_waitlist() -> None:
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    approved = []
    for name in ("a", "b", "c"):
        application = submit_application(simulation, caller(name))
        decide_application(simulation, rui, application)
        approved.append(decide_application(simulation, shan, application))
    handle_new_changes(simulation, "review")
    assert review.handle_schedule(simulation.review) == 0  # no seat is free
    review.withdraw_application(simulation.review, caller("b"), approved[1].id)
    for _ in range(2):
        review.apply_circle_changed(simulation.review, circle_closed(simulation, approved[0].id))
    for _ in range(3):
        review.handle_schedule(simulation.review)
    handle_new_changes(simulation, "review")
    after = [repository.load_application(simulation.review_table, before.id).entity for before in approved]
    assert [(application.state, application.seat) for application in after] == [
        (State.CLOSED, 1),
        (State.WITHDRAWN, None),
        (State.ACTIVE, 1),
    ]
    assert outbox_of(simulation, approved[2].id).count("SeatGranted") == 1
    cohort = review.get_cohort(simulation.review, LIN)
    assert (cohort.taken, cohort.called, cohort.waitlisted) == (1, 2, 2)


@overridden(settings, quotas={"first-100": 1})
def test_c2_a_later_approval_does_not_overtake_the_waitlist() -> None:
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    approved = []
    for name in ("a", "b"):
        application = submit_application(simulation, caller(name))
        decide_application(simulation, rui, application)
        approved.append(decide_application(simulation, shan, application))
    review.apply_circle_changed(simulation.review, circle_closed(simulation, approved[0].id))
    late = submit_application(simulation, caller("late"))
    decide_application(simulation, rui, late)
    assert decide_application(simulation, shan, late).waitlist_position == 2
    review.handle_schedule(simulation.review)
    assert repository.load_application(simulation.review_table, approved[1].id).entity.seat == 1


@pytest.mark.parametrize("ending", ["expired", "ratified", "over a ratified suspension"])
@overridden(settings, quotas={"first-100": 1})
def test_r15_an_emergency_of_one_reviewer_does_not_end_what_two_approved(ending: str) -> None:
    """The first of the waitlist keeps the position during the emergency, and loses it only if two reviewers suspended."""
    simulation = Simulation()
    rui, shan, seated, waits = seat_one_of_two(simulation)
    suspend_in_an_emergency(simulation, rui, "waits")
    if ending == "over a ratified suspension":
        ratify(simulation, shan, "waits")
        banned: dict[str, Any] = {
            "level": SanctionLevel.BANNED,
            "violation": Violation.SPAM,
            "until": None,
            "reason": "x",
            "emergency": True,
        }
        review.impose_sanction(simulation.review, shan, caller("waits").user_id, **banned)
    review.apply_circle_changed(simulation.review, circle_closed(simulation, seated.id))
    review.handle_schedule(simulation.review)
    if ending == "over a ratified suspension":
        assert current_application(simulation, waits).state is State.EXPIRED
        return
    assert current_application(simulation, waits).state is State.WAITLISTED
    if ending == "ratified":
        ratify(simulation, shan, "waits")
    simulation.clock.advance(days=1)
    review.handle_schedule(simulation.review)
    assert current_application(simulation, waits).state is (State.EXPIRED if ending == "ratified" else State.ACTIVE)


def seat_one_of_two(simulation: Simulation) -> tuple[Caller, Caller, Application, Application]:
    """Let two reviewers approve two applications for one seat; return reviewers and applications, the waitlisted one last."""
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    seated, waits = (submit_application(simulation, caller(name)) for name in ("seated", "waits"))
    for application in (seated, waits):
        decide_application(simulation, rui, application)
        decide_application(simulation, shan, application)
    return rui, shan, seated, waits


def suspend_in_an_emergency(simulation: Simulation, by: Caller, name: str) -> None:
    sanction: dict[str, Any] = {
        "level": SanctionLevel.SUSPENDED,
        "violation": Violation.SPAM,
        "until": None,
        "reason": "x",
        "emergency": True,
    }
    review.impose_sanction(simulation.review, by, caller(name).user_id, **sanction)


def ratify(simulation: Simulation, by: Caller, name: str) -> None:
    pending = review.get_sanction_record(simulation.review, by, caller(name).user_id).pending
    assert pending
    review.ratify_sanction(simulation.review, by, caller(name).user_id, pending.id)


def circle_closed(simulation: Simulation, application_id: str) -> CircleChanged:
    circle_id = derive_id("cir", application_id)
    data = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=LIN.user_id, state="closed")
    return CircleChanged(**envelope(simulation, circle_id), data=data)


def test_r14_no_seat_is_granted_to_an_identity_with_a_suspended_second_user() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    decide_application(simulation, rui, application)
    verify(simulation, caller("lin-too"), LIN)
    suspend_in_an_emergency(simulation, rui, "lin-too")
    assert error_code(lambda: decide_application(simulation, shan, application)) == "applicant-sanctioned"


@pytest.mark.parametrize("by_two", [True, False])
@overridden(settings, quotas={"first-100": 1})
def test_r15_a_suspension_of_a_second_user_holds_or_ends_the_waitlist_position(by_two: bool) -> None:
    simulation = Simulation()
    rui, shan, seated, waits = seat_one_of_two(simulation)
    verify(simulation, caller("waits-too"), caller("waits"))
    suspend_in_an_emergency(simulation, rui, "waits-too")
    if by_two:
        ratify(simulation, shan, "waits-too")
    review.apply_circle_changed(simulation.review, circle_closed(simulation, seated.id))
    review.handle_schedule(simulation.review)
    assert current_application(simulation, waits).state is (State.EXPIRED if by_two else State.WAITLISTED)
