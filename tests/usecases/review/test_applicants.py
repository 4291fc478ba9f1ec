"""The slot and the cool-down of an applicant (R10), when changes are delivered late or again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, Reason
from services.review.domain.applicant import Applicant
from services.review.repository.applications import application_key
from services.review.repository.people import load_applicant
from services.review.settings import ReviewSettings, settings
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from simulation.settings import overridden
from simulation.setup.applications import create_application, decide_application, enrol_reviewer, submit_application
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_changes, handle_new_changes
from simulation.users import caller, new_key
from tests.support.errors import error_code
from tests.support.races import HookedTable
from tests.usecases.review.acts import accept_succession, offer_succession

LIN, MEI = caller("lin"), caller("mei")  # users of one identity


def submit_under(simulation: Simulation, user: str) -> Application:
    return submit_application(simulation, caller(user), identity_id="lin")


def reject(simulation: Simulation, application: Application) -> None:
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application, approves=False)


def approve(simulation: Simulation, application: Application) -> None:
    for name in ("shan", "tao"):
        decide_application(simulation, enrol_reviewer(simulation, name), application)


def appeal(simulation: Simulation, application: Application) -> None:
    key = new_key(LIN, now=simulation.clock.now)
    review.appeal_application(simulation.review, LIN, application.id, key, Reason.CIRCLE_VAGUE, "请再看。")


def deliver_again(simulation: Simulation, application: Application) -> None:
    key = application_key(application.id)
    changes = [change for change in all_changes(simulation, "review") if change.key == key]
    handle_changes("review", simulation.review, changes)


def applicant_of(simulation: Simulation, application: Application) -> Applicant:
    return load_applicant(simulation.review_table, application.content.identity_hash).entity


def test_r10_a_late_rejection_leaves_the_slot_to_its_appeal() -> None:
    simulation = Simulation()
    application = submit_under(simulation, "lin")
    reject(simulation, application)
    appeal(simulation, application)
    handle_new_changes(simulation, "review")  # submission, rejection and appeal, all after the appeal was made
    assert applicant_of(simulation, application).open_application == application.id
    simulation.clock.advance(days=30)
    draft = create_application(simulation, MEI, identity_id="lin")
    with pytest.raises(errors.ApplicationAlreadyOpen):
        review.submit_application(simulation.review, MEI, draft.id)


def test_r10_a_granted_appeal_releases_the_slot_and_cancels_its_cool_down() -> None:
    simulation = Simulation()
    application = submit_under(simulation, "lin")
    reject(simulation, application)
    appeal(simulation, application)
    approve(simulation, application)
    handle_new_changes(simulation, "review")
    applicant = applicant_of(simulation, application)
    assert (applicant.open_application, applicant.cool_until, applicant.granted) == ("", None, (application.id,))


def test_r10_a_repeated_grant_leaves_the_cool_down_of_another_application() -> None:
    simulation = Simulation()
    first = submit_under(simulation, "lin")
    approve(simulation, first)
    handle_new_changes(simulation, "review")
    second = submit_under(simulation, "mei")
    reject(simulation, second)
    handle_new_changes(simulation, "review")
    before = applicant_of(simulation, first)
    deliver_again(simulation, first)
    assert applicant_of(simulation, first) == before
    draft = create_application(simulation, MEI, identity_id="lin")
    with pytest.raises(errors.CoolDownActive):
        review.submit_application(simulation.review, MEI, draft.id)


def test_r10_a_repeated_rejection_does_not_shorten_a_later_cool_down() -> None:
    simulation = Simulation()
    first = submit_under(simulation, "lin")
    reject(simulation, first)
    handle_new_changes(simulation, "review")
    simulation.clock.advance(seconds=(ReviewSettings().rejection_cool_down + timedelta(days=1)).total_seconds())
    second = submit_under(simulation, "lin")
    reject(simulation, second)
    handle_new_changes(simulation, "review")
    before = applicant_of(simulation, second)
    deliver_again(simulation, first)
    assert applicant_of(simulation, second) == before


@pytest.mark.parametrize(
    "code",
    [
        "application-already-open",
        "cool-down-active",
        "application-limit-reached",
        "applicant-sanctioned",
        "circle-limit-reached",
    ],
)
@overridden(settings, max_circles=1, max_applications_per_year=1)
def test_r10_a_person_with_two_identities_is_one_applicant(code: str) -> None:
    """Also if the second identity is known by the second application only."""
    simulation = Simulation()
    application = submit_application(simulation, LIN, identity_id="lin")
    if code in ("application-limit-reached", "applicant-sanctioned"):
        review.withdraw_application(simulation.review, LIN, application.id)
    if code == "applicant-sanctioned":
        create_application(simulation, MEI, identity_id="lin")
        rui = enrol_reviewer(simulation, "rui")
        muted: dict[str, Any] = {
            "level": SanctionLevel.MUTED,
            "violation": Violation.SPAM,
            "until": None,
            "reason": "x",
            "emergency": False,
        }
        review.impose_sanction(simulation.review, rui, MEI.user_id, **muted)
    if code == "cool-down-active":
        decide_application(simulation, enrol_reviewer(simulation, "rui"), application, approves=False)
    if code == "circle-limit-reached":
        for name in ("rui", "shan"):
            decide_application(simulation, enrol_reviewer(simulation, name), application)
    handle_new_changes(simulation, "review")
    second = create_application(simulation, LIN, identity_id="another")
    assert error_code(lambda: review.submit_application(simulation.review, LIN, second.id)) == code


def test_r10_an_appeal_waits_for_the_open_application_under_another_identity() -> None:
    simulation = Simulation()
    rejected = submit_application(simulation, LIN, identity_id="lin")
    decide_application(simulation, enrol_reviewer(simulation, "rui"), rejected, approves=False)
    submit_application(simulation, MEI, identity_id="another")
    create_application(simulation, LIN, identity_id="another")
    handle_new_changes(simulation, "review")
    appeal = partial(
        review.appeal_application, simulation.review, LIN, rejected.id, new_key(LIN), Reason.CIRCLE_VAGUE, "已写明。"
    )
    assert error_code(appeal) == "application-already-open"


def test_r10_of_a_persons_submissions_at_once_under_two_identities_one_is_open() -> None:
    """The other one is submitted between the load and the transaction of the first."""
    simulation = Simulation()
    drafts = [create_application(simulation, LIN, identity_id=identity) for identity in ("lin", "another")]
    submit = [partial(review.submit_application, simulation.review, LIN, draft.id) for draft in drafts]
    others = iter(submit[1:])

    def submit_other(name: str, *_: Any, **__: Any) -> None:
        if name == "transact":
            next(others, lambda: None)()

    ports = replace(simulation.review, table=HookedTable(simulation.review.table, submit_other))
    assert error_code(lambda: review.submit_application(ports, LIN, drafts[0].id)) == "application-already-open"


@overridden(settings, max_circles=1)
def test_r2_a_candidate_with_a_circle_under_another_identity_cannot_accept_ownership() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN, identity_id="lin")
    for name in ("rui", "shan"):
        decide_application(simulation, enrol_reviewer(simulation, name), application)
    handle_new_changes(simulation, "review")
    succession = offer_succession(simulation, caller("hao"), LIN)
    assert error_code(lambda: accept_succession(simulation, LIN, succession, "another")) == "circle-limit-reached"
