"""Claims (R3): no reviewer keeps one application, or many, from the other reviewers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, DueEntry
from services.review.domain.claim import MAX_CLAIMING, ClaimList
from services.review.repository.claims import claim_list_key
from services.review.settings import settings
from services.shared.kernel.errors import DomainError, TooManyRequests
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.applications import (
    current_application,
    decide_application,
    decision_input,
    enrol_reviewer,
    submit_application,
)
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.support.errors import error_code

LIN = caller("lin")
DAY = timedelta(days=1)


def submit_many(simulation: Simulation, count: int) -> list[Application]:
    return [submit_application(simulation, caller(f"applicant-{number}")) for number in range(count)]


def claim(simulation: Simulation, by: Caller, application: Application) -> Application:
    return review.claim_application(simulation.review, by, application.id)


def extend(simulation: Simulation, by: Caller, application: Application) -> Application:
    return review.extend_claim(simulation.review, by, application.id)


def release(simulation: Simulation, by: Caller, application: Application) -> Application:
    return review.release_claim(simulation.review, by, application.id)


def hand_over(simulation: Simulation, by: Caller, to: Caller, application: Application) -> Application:
    return review.hand_over_claim(simulation.review, by, application.id, to.user_id)


def has_claim(simulation: Simulation, application: Application, *by: Caller) -> bool:
    held = current_application(simulation, application).claim
    return bool(held and held.is_active(simulation.clock.now) and held.reviewer in [one.user_id for one in by])


# R3: one application


def release_and_claim(simulation: Simulation, by: list[Caller], application: Application) -> None:
    if has_claim(simulation, application, by[0]):
        release(simulation, by[0], application)
    claim(simulation, by[0], application)


def claim_when_expired(simulation: Simulation, by: list[Caller], application: Application) -> None:
    if has_claim(simulation, application, by[0]):
        simulation.clock.advance(minutes=15)
    claim(simulation, by[0], application)


def extend_then_release(simulation: Simulation, by: list[Caller], application: Application) -> None:
    if not has_claim(simulation, application, by[0]):
        claim(simulation, by[0], application)
        return
    try:
        extend(simulation, by[0], application)
    except errors.ExtensionLimitReached:
        release_and_claim(simulation, by, application)


def take_turns(simulation: Simulation, by: list[Caller], application: Application) -> None:
    """As two users of one identity."""
    first, second = by if has_claim(simulation, application, by[0]) else by[::-1]
    if has_claim(simulation, application, first):
        release(simulation, first, application)
    claim(simulation, second, application)


@pytest.mark.parametrize("method", [release_and_claim, claim_when_expired, extend_then_release, take_turns])
@pytest.mark.parametrize("minutes", [0, 1, 14, 20])
def test_r3_one_identity_has_five_leases_of_an_application_per_day_however_they_are_gained(
    method: Callable[[Simulation, list[Caller], Application], None], minutes: int
) -> None:
    """Then another reviewer gets the application, at most 15 minutes later, and the first one again a day later."""
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    by = [enrol_reviewer(simulation, name, "rui") for name in ("rui", "rui-too")]
    shan, began = enrol_reviewer(simulation, "shan"), simulation.clock.now
    denied: DomainError | None = None
    for _ in range(40):
        try:
            method(simulation, by, application)
        except TooManyRequests as error:
            denied = error
            break
        simulation.clock.advance(minutes=minutes)
    assert denied and (denied.code, denied.facts) == ("lease-limit-reached", {"limit": 5})
    assert simulation.clock.now - began <= 5 * timedelta(minutes=minutes + 15)
    assert denied.retry_after == int((began + DAY - simulation.clock.now).total_seconds()) + 1
    simulation.clock.advance(minutes=15)
    assert has_claim(simulation, claim(simulation, shan, application), shan)
    release(simulation, shan, application)
    simulation.clock.now = began + DAY - timedelta(milliseconds=1)
    for user in by:
        assert error_code(partial(claim, simulation, user, application)) == "lease-limit-reached"
    simulation.clock.now = began + DAY
    assert has_claim(simulation, claim(simulation, by[0], application), by[0])


def test_r3_a_hand_over_counts_for_its_receiver_and_keeps_the_extensions() -> None:
    """Otherwise two reviewers could extend a claim for ever, and a reviewer would gain leases by giving one away."""
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    claim(simulation, rui, application)
    for number in range(4):
        hand_over(simulation, *((rui, shan) if number % 2 == 0 else (shan, rui)), application)
        extend(simulation, shan if number % 2 == 0 else rui, application)
    after = current_application(simulation, application)
    assert (after.claim and after.claim.extensions, [len(began) for _, began in after.leases]) == (4, [5, 4])
    with pytest.raises(errors.ExtensionLimitReached):
        extend(simulation, rui, application)
    hand_over(simulation, rui, shan, application)
    with pytest.raises(errors.ExtensionLimitReached):
        extend(simulation, shan, application)
    assert error_code(partial(hand_over, simulation, shan, rui, application)) == "lease-limit-reached"


def test_r3_a_claim_is_not_handed_over_to_another_user_of_the_same_identity() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui, rui_too = enrol_reviewer(simulation, "rui", "rui"), enrol_reviewer(simulation, "rui-too", "rui")
    claim(simulation, rui, application)
    before = current_application(simulation, application)
    for to in (rui, rui_too):
        with pytest.raises(errors.ApplicationAlreadyClaimed):
            hand_over(simulation, rui, to, application)
    assert current_application(simulation, application) == before


@overridden(settings, max_leases=2)
def test_r3_an_extension_counts_as_a_lease() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    rui = enrol_reviewer(simulation, "rui")
    claim(simulation, rui, application)
    extend(simulation, rui, application)
    assert error_code(partial(extend, simulation, rui, application)) == "lease-limit-reached"


# R3: several applications


@overridden(settings, max_claims=3)
def test_r3_one_identity_has_a_limited_number_of_claims_at_once() -> None:
    simulation = Simulation()
    applications = submit_many(simulation, 6)
    rui, rui_too = enrol_reviewer(simulation, "rui", "rui"), enrol_reviewer(simulation, "rui-too", "rui")
    shan = enrol_reviewer(simulation, "shan")
    for number, by in enumerate((rui, rui_too, rui)):
        claim(simulation, by, applications[number])
        simulation.clock.advance(minutes=1)
    for by in (rui, rui_too):
        with pytest.raises(errors.ClaimLimitReached) as raised:
            claim(simulation, by, applications[3])
        assert (raised.value.retry_after, raised.value.facts) == (12 * 60 + 1, {"limit": 3})
    assert has_claim(simulation, claim(simulation, rui, applications[0]), rui)  # a repeat is no further claim
    claim(simulation, shan, applications[3])
    with pytest.raises(errors.ClaimLimitReached):
        hand_over(simulation, shan, rui, applications[3])
    assert has_claim(simulation, applications[3], shan)
    simulation.clock.advance(minutes=12)  # the first lease has ended
    claim(simulation, rui, applications[4])
    with pytest.raises(errors.ClaimLimitReached):
        claim(simulation, rui, applications[5])


def end_by_release(simulation: Simulation, by: Caller, application: Application) -> None:
    release(simulation, by, application)


def end_by_decision(simulation: Simulation, by: Caller, application: Application) -> None:
    review.decide_application(simulation.review, by, application.id, new_key(by), decision_input(application))


def end_by_question(simulation: Simulation, by: Caller, application: Application) -> None:
    review.request_information(simulation.review, by, application.id, new_key(by), ("plan",), "请补充。")


def end_by_hand_over(simulation: Simulation, by: Caller, application: Application) -> None:
    hand_over(simulation, by, enrol_reviewer(simulation, "shan"), application)


def end_by_withdrawal(simulation: Simulation, by: Caller, application: Application) -> None:
    owner = Caller(application.applicant, frozenset(), by.signed_in_at, by.expires_at)
    review.withdraw_application(simulation.review, owner, application.id)


@pytest.mark.parametrize("end", [end_by_release, end_by_decision, end_by_question, end_by_hand_over, end_by_withdrawal])
@overridden(settings, max_claims=2)
def test_r3_a_claim_that_has_ended_is_room_for_the_next(end: Callable[[Simulation, Caller, Application], None]) -> None:
    simulation = Simulation()
    applications, rui = submit_many(simulation, 4), enrol_reviewer(simulation, "rui")
    for application in applications[:2]:
        claim(simulation, rui, application)
    end(simulation, rui, applications[0])
    with pytest.raises(errors.ClaimLimitReached) as raised:  # a claim that is being stored is not visible in its application
        claim(simulation, rui, applications[2])
    assert raised.value.retry_after == MAX_CLAIMING.total_seconds() + 1
    simulation.clock.advance(seconds=MAX_CLAIMING.total_seconds())
    claim(simulation, rui, applications[2])
    assert error_code(partial(claim, simulation, rui, applications[3])) == "claim-limit-reached"


def test_r3_a_reviewer_who_wants_to_keep_sixty_applications_leaves_forty_to_others() -> None:
    """By all means at once, for 12 hours. Each application is free for another reviewer within 75 minutes."""
    simulation = Simulation()
    applications = submit_many(simulation, 60)
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    most, free = 0, set[str]()
    for _ in range(4 * 12):
        for application in applications:
            for act in (extend, release, claim):
                error_code_or_none(partial(act, simulation, rui, application))
        held = {application.id for application in applications if has_claim(simulation, application, rui)}
        most, free = max(most, len(held)), free | {application.id for application in applications} - held
        simulation.clock.advance(minutes=14)
    assert (most, len(free)) == (20, 60)
    simulation.clock.advance(minutes=15)
    for application in applications[:20]:
        assert has_claim(simulation, claim(simulation, shan, application), shan)


def error_code_or_none(call: Callable[[], Any]) -> str | None:
    try:
        call()
    except DomainError as error:
        return error.code
    return None


def test_r3_a_claim_list_stays_small() -> None:
    simulation = Simulation()
    rui = enrol_reviewer(simulation, "rui")
    for application in submit_many(simulation, 50):
        decide_application(simulation, rui, application)
        simulation.clock.advance(minutes=1)
    decisions = current_application(simulation, application).decisions
    item = simulation.review_table.get(claim_list_key(decisions[0].reviewer.identity_hash)) or {}
    assert len(item["claims"]) <= 20


def test_r3_an_application_that_is_claimed_again_is_listed_with_its_last_claim() -> None:
    """Otherwise the list would not show a claim that is being stored, and another one at once would exceed the limit."""
    at, minute = Simulation().clock.now, timedelta(minutes=1)
    first = ClaimList("rui-hash").add("app", at=at)
    assert first.add("app", at=at + MAX_CLAIMING - timedelta(milliseconds=1)) is first
    assert first.add("app", at=at + minute).claims == (("app", at + minute),)


@overridden(settings, max_leases=1)
def test_r3_a_question_gives_no_new_leases() -> None:
    simulation = Simulation()
    rui, application = enrol_reviewer(simulation, "rui"), submit_application(simulation, LIN)
    review.claim_application(simulation.review, rui, application.id)
    end_by_question(simulation, rui, application)
    review.submit_application(simulation.review, LIN, application.id)
    assert error_code(lambda: review.claim_application(simulation.review, rui, application.id)) == "lease-limit-reached"


def test_r3_an_entry_of_the_queue_is_claimed_until_the_instant_at_which_the_lease_ends() -> None:
    end = Simulation().clock.now
    entry = DueEntry("app", "applications", end, lease_until=end)
    assert [entry.is_claimed(end - timedelta(milliseconds=1)), entry.is_claimed(end)] == [True, False]
