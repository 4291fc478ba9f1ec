"""C29: the names in use. No two circles have names that look alike, from the last approval until a circle has closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from services.review import usecases as review
from services.review.domain import State
from services.review.repository import circle_names
from services.review.schemas import ApplicationRequest, CircleNameRequest
from services.review.settings import settings
from services.shared.kernel.ids import derive_id
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from services.shared.table.port import ConditionFailed
from simulation.api.bodies import APPLICATION
from simulation.settings import overridden
from simulation.setup.applications import (
    CONTENT,
    application_input,
    current_application,
    decide_application,
    decision_input,
    enrol_reviewer,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller, new_key
from tests.support.errors import error_code
from tests.support.races import HookedTable
from tests.usecases.cross_service.circle_names import ALIKE, NAME, OTHER, approve, holder_of, submit
from tests.usecases.review.test_waitlist import circle_closed

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


@pytest.mark.parametrize("name", [NAME, ALIKE, "城市鳥類圈", "城市鸟类圈 🐦"])
def test_c29_the_last_approval_of_a_look_alike_is_denied(name: str) -> None:
    simulation = Simulation()
    approve(simulation, submit(simulation, LIN, NAME))
    second = submit(simulation, MEI, name)
    assert error_code(lambda: approve(simulation, second)) == "application-name-unavailable"
    after = current_application(simulation, second)
    assert (after.state, after.approvals, after.seat) == (State.SUBMITTED, 1, None)
    assert review.get_cohort(simulation.review, LIN).taken == 1


def test_c29_a_submission_and_a_rejection_do_not_depend_on_the_names_in_use() -> None:
    simulation = Simulation()
    approve(simulation, submit(simulation, LIN, NAME))
    second = submit(simulation, MEI, ALIKE)
    assert second.state is State.SUBMITTED
    assert decide_application(simulation, enrol_reviewer(simulation, "rui"), second).state is State.SUBMITTED
    rejected = decide_application(simulation, enrol_reviewer(simulation, "shan"), second, approves=False)
    assert rejected.state is State.REJECTED
    assert holder_of(simulation, NAME) != derive_id("cir", second.id)


def test_c29_an_applicant_who_is_asked_for_another_name_gets_the_seat() -> None:
    simulation = Simulation()
    approve(simulation, submit(simulation, LIN, NAME))
    second = submit(simulation, MEI, ALIKE)
    assert error_code(lambda: approve(simulation, second)) == "application-name-unavailable"
    review.release_claim(simulation.review, enrol_reviewer(simulation, "shan"), second.id)
    read = current_application(simulation, second)
    form = application_input(simulation, MEI, replace(CONTENT, circle_name=OTHER), MEI.user_id)
    edited = review.update_application(simulation.review, MEI, second.id, change(read.applicant_version), form)
    assert approve(simulation, edited).state is State.ACTIVE
    assert holder_of(simulation, OTHER) == derive_id("cir", second.id)


def test_c29_of_two_approvals_of_look_alikes_between_read_and_write_one_succeeds() -> None:
    """The other approval comes between the look-up of the name and the transaction."""
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    applications = [submit(simulation, LIN, NAME), submit(simulation, MEI, ALIKE)]
    for application in applications:
        decide_application(simulation, rui, application)
        review.claim_application(simulation.review, shan, application.id)
    first, second = applications

    def decide(ports: Any, application: Any) -> Any:
        key = new_key(shan, now=simulation.clock.now)
        return review.decide_application(ports, shan, application.id, key, decision_input(application))

    pending = [True]

    def before(name: str, *arguments: Any, **named: Any) -> None:
        if name == "transact" and pending.pop():
            pending.append(False)
            decide(simulation.review, first)

    hooked = replace(simulation.review, table=HookedTable(simulation.review_table, before))
    assert error_code(lambda: decide(hooked, second)) == "application-name-unavailable"
    assert current_application(simulation, second).state is State.SUBMITTED
    assert holder_of(simulation, NAME) == derive_id("cir", first.id)


@overridden(settings, quotas={"first-100": 1})
def test_c29_a_waitlisted_application_has_its_name_until_it_is_withdrawn() -> None:
    simulation = Simulation()
    approve(simulation, submit(simulation, LIN, OTHER))
    waits = approve(simulation, submit(simulation, MEI, NAME))
    assert (waits.state, holder_of(simulation, ALIKE)) == (State.WAITLISTED, derive_id("cir", waits.id))
    late = submit(simulation, HAO, ALIKE)
    assert error_code(lambda: approve(simulation, late)) == "application-name-unavailable"
    for _ in range(2):
        review.withdraw_application(simulation.review, MEI, waits.id)
    assert holder_of(simulation, NAME) is None
    assert decide_application(simulation, enrol_reviewer(simulation, "shan"), late).state is State.WAITLISTED
    review.withdraw_application(simulation.review, MEI, waits.id)
    assert holder_of(simulation, NAME) == derive_id("cir", late.id)


def test_c29_the_withdrawal_of_an_application_without_a_seat_releases_no_name() -> None:
    simulation = Simulation()
    circle_id = derive_id("cir", approve(simulation, submit(simulation, LIN, NAME)).id)
    review.withdraw_application(simulation.review, MEI, submit(simulation, MEI, ALIKE).id)
    assert holder_of(simulation, NAME) == circle_id


@overridden(settings, quotas={"first-100": 1})
def test_c29_an_application_that_expires_on_the_waitlist_releases_its_name() -> None:
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    seated = approve(simulation, submit(simulation, LIN, OTHER))
    waits = approve(simulation, submit(simulation, MEI, NAME))
    sanction: dict[str, Any] = {"level": SanctionLevel.SUSPENDED, "violation": Violation.SPAM, "until": None, "reason": "x"}
    review.impose_sanction(simulation.review, rui, MEI.user_id, emergency=True, **sanction)
    pending = review.get_sanction_record(simulation.review, shan, MEI.user_id).pending
    assert pending
    review.ratify_sanction(simulation.review, shan, MEI.user_id, pending.id)
    deliver(simulation, "review", circle_closed(simulation, seated.id))
    review.handle_schedule(simulation.review)
    assert current_application(simulation, waits).state is State.EXPIRED
    assert holder_of(simulation, NAME) is None


@overridden(settings, quotas={"first-100": 1})
def test_c29_a_promotion_from_the_waitlist_keeps_the_name() -> None:
    simulation = Simulation()
    seated = approve(simulation, submit(simulation, LIN, OTHER))
    waits = approve(simulation, submit(simulation, MEI, NAME))
    deliver(simulation, "review", circle_closed(simulation, seated.id))
    review.handle_schedule(simulation.review)
    assert current_application(simulation, waits).state is State.ACTIVE
    assert holder_of(simulation, NAME) == derive_id("cir", waits.id)


def test_c29_the_name_of_a_closed_circle_is_available_after_its_seat() -> None:
    simulation = Simulation()
    first = approve(simulation, submit(simulation, LIN, NAME))
    handle_new_changes(simulation, "review")
    late = submit(simulation, MEI, ALIKE)
    assert error_code(lambda: approve(simulation, late)) == "application-name-unavailable"
    for _ in range(2):
        deliver(simulation, "review", circle_closed(simulation, first.id))
    assert (current_application(simulation, first).state, holder_of(simulation, NAME)) == (
        State.CLOSED,
        derive_id("cir", first.id),
    )
    handle_new_changes(simulation, "review")
    assert holder_of(simulation, NAME) is None
    assert decide_application(simulation, enrol_reviewer(simulation, "shan"), late).state is State.ACTIVE
    deliver(simulation, "review", circle_closed(simulation, first.id))
    handle_new_changes(simulation, "review")
    assert holder_of(simulation, NAME) == derive_id("cir", late.id)


def test_c29_a_name_of_another_circle_is_neither_reserved_nor_released() -> None:
    simulation = Simulation()
    circle_id = derive_id("cir", approve(simulation, submit(simulation, LIN, NAME)).id)
    other = derive_id("cir", submit(simulation, MEI, ALIKE).id)
    for write in (circle_names.name_reservation(other, ALIKE), circle_names.name_release(other, ALIKE)):
        with pytest.raises(ConditionFailed):
            simulation.review_table.transact([write], token="token")
    assert holder_of(simulation, NAME) == circle_id


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("官方观鸟圈", "name-looks-official"),
        ("C0terie 观鸟", "name-looks-official"),
        ("观鸟加微信 birder_2024", "has-contact-data"),
        ("观鸟 138 0013 8000", "has-contact-data"),
        ("观鸟 7KQ2-M0XV-9TRC", "has-passcode"),
    ],
)
def test_c29_a_name_that_looks_official_or_has_contact_data_is_invalid(name: str, code: str) -> None:
    for model, field, body in (
        (ApplicationRequest, "circle_name", {**APPLICATION, "circle_name": name}),
        (CircleNameRequest, "name", {"name": name}),
    ):
        with pytest.raises(ValidationError) as raised:
            model.model_validate(body)
        (error,) = raised.value.errors()
        assert (error["loc"], error["ctx"]["error"].code) == ((field,), code)


@pytest.mark.parametrize("name", ["城市观鸟圈", "GTA 车友", "🐦", "2026 届"])
def test_c29_other_names_are_valid(name: str) -> None:
    assert CircleNameRequest.model_validate({"name": name}).name == name
