"""Races for names: look-alikes approved at once, circles that want one name, renames, take-downs and the circle's end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import AppealState, Application, Case, CaseOutcome, State
from services.review.domain.names_down import NO_NAMES_DOWN
from services.review.domain.tenure import Tenure
from services.review.errors import ApplicationNameUnavailable, CircleClosed, CircleNameTakenDown, CircleNameUnavailable
from services.review.repository.applications import application_to_item
from services.review.repository.circle_names import circle_name_key, name_reservation
from services.review.repository.tenures import TENURES, get_tenure, load_tenure
from services.review.usecases.circle_names import take_circle_name_down
from services.review.usecases.tenures import end_tenure
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id, new_id
from services.shared.messaging.events import MembershipChanged, MembershipChangedData
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.versioned import save
from simulation.setup.applications import current_application, decision_input, enrol_reviewer
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.races.review.test_decisions import create_submitted, decide_call
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

SPELLINGS = ("河口观鸟", "河口觀鳥", "河口 观鸟", "「河口」观鸟", "河口·觀鳥", "河口观鸟🐦", "河口 觀鳥！", "河口．观鸟")


def create_tenure(simulation: Simulation, owner: Caller, name: str) -> str:
    """Store a tenure with the circle's name and its owner's membership, as an approval does; return the circle's id."""
    at, application_id = simulation.clock(), new_id("app")
    circle_id = derive_id("cir", application_id)
    tenure = Tenure(application_id, owner.user_id, name, at, next_version(0, at), AuditTrail("salt"))
    save(simulation.review, TENURES.new(tenure), tenure)
    reservation = name_reservation(circle_id, name)
    simulation.review_table.put(reservation.item, when=reservation.when)
    member = {"circle_id": circle_id, "user_id": owner.user_id, "role": "owner", "state": "member"}
    data = MembershipChangedData.model_validate(member)
    review.apply_membership_changed(
        simulation.review, MembershipChanged(**envelope(simulation, f"{circle_id}/{owner.user_id}"), data=data)
    )
    return circle_id


def rename_call(simulation: Simulation, owner: Caller, circle_id: str, name: str) -> Callable[[], Tenure]:
    key = new_key(owner, body=name, now=simulation.clock.now)
    return partial(review.rename_circle, simulation.review, owner, circle_id, key, name)


def holder_of(simulation: Simulation, name: str) -> str | None:
    item = simulation.review_table.get(circle_name_key(name), consistent_read=True)
    return str(item["circle_id"]) if item else None


def test_c29_of_look_alikes_that_are_approved_at_once_one_gets_the_name(rounds: Rounds) -> None:
    for simulation in rounds:
        first, second = enrol_reviewer(simulation, "first"), enrol_reviewer(simulation, "second")
        applications = [create_named(simulation, number, name, first, second) for number, name in enumerate(SPELLINGS)]
        results = race([decide_call(simulation, second, each, decision_input(each)) for each in applications])
        succeeded, failed = split_results(results)
        assert (len(succeeded), len(failed), types_of(failed)) == (1, 7, {ApplicationNameUnavailable})
        (winner,) = succeeded
        assert holder_of(simulation, SPELLINGS[0]) == derive_id("cir", winner.id)
        states = [current_application(simulation, application).state for application in applications]
        assert sorted(states) == [State.ACTIVE, *[State.SUBMITTED] * 7]
        assert review.get_cohort(simulation.review, first).taken == 1


def create_named(simulation: Simulation, number: int, name: str, first: Caller, second: Caller) -> Application:
    """Store an application for a circle with a name, approved by one reviewer and claimed by another."""
    application = create_submitted(simulation, number, approved_by=first, claimed_by=second)
    content = replace(application.content, circle_name=name)
    decisions = tuple(replace(decision, content_hash=content.hash) for decision in application.decisions)
    named = replace(application, content=content, decisions=decisions)
    simulation.review_table.put(application_to_item(named), when=None)
    return named


def test_c29_of_circles_that_want_one_name_at_once_one_gets_it(rounds: Rounds) -> None:
    for simulation in rounds:
        owners = [caller(f"owner-{number}") for number in range(16)]
        circles = [create_tenure(simulation, owner, f"圈子 {number}") for number, owner in enumerate(owners)]
        calls = [
            rename_call(simulation, owner, circle_id, SPELLINGS[number % 8])
            for number, (owner, circle_id) in enumerate(zip(owners, circles, strict=True))
        ]
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), len(failed), types_of(failed)) == (1, 15, {CircleNameUnavailable})
        winner = succeeded[0].circle_id
        assert holder_of(simulation, SPELLINGS[0]) == winner
        for number, circle_id in enumerate(circles):
            assert holder_of(simulation, f"圈子 {number}") == (None if circle_id == winner else circle_id)


def test_c29_parallel_renames_of_a_circle_leave_it_one_name(rounds: Rounds) -> None:
    for simulation in rounds:
        owner = caller("owner")
        circle_id = create_tenure(simulation, owner, "最初的圈子")
        names = ["最初的圈子", *(f"第 {number} 个名字" for number in range(8))]
        succeeded, failed = split_results(
            race([rename_call(simulation, owner, circle_id, name) for name in names[1:] for _ in range(2)])
        )
        assert failed == []
        assert len(succeeded) == 16
        name = get_tenure(simulation.review_table, derive_id("app", circle_id)).circle_name
        assert [each for each in names if holder_of(simulation, each)] == [name]


def test_c29_two_circles_that_swap_their_names_at_once_keep_one_each(rounds: Rounds) -> None:
    """Neither name is available while the other circle has it, so nothing or one of both renames happens."""
    for simulation in rounds:
        owners, names = [caller("owner-a"), caller("owner-b")], ["河口观鸟", "山里夜骑"]
        circles = [create_tenure(simulation, owner, name) for owner, name in zip(owners, names, strict=True)]
        race([rename_call(simulation, owners[number], circles[number], names[1 - number]) for number in (0, 1)] * 4)
        stored = [get_tenure(simulation.review_table, derive_id("app", circle_id)).circle_name for circle_id in circles]
        assert stored == names
        assert [holder_of(simulation, name) for name in names] == circles


def test_c29_a_rename_against_the_end_of_the_circle_leaves_no_name(rounds: Rounds) -> None:
    for simulation in rounds:
        owner = caller("owner")
        circle_id = create_tenure(simulation, owner, "最初的圈子")
        application_id, names = derive_id("app", circle_id), ["最初的圈子", *SPELLINGS[:1], "山里夜骑"]

        def end(application_id: str = application_id, simulation: Simulation = simulation) -> None:
            application = create_submitted(simulation, 1)
            end_tenure(simulation.review, replace(application, id=application_id))

        renames = [rename_call(simulation, owner, circle_id, name) for name in names[1:]]
        results = race([renames[0], end, renames[1], end, *renames])
        _, failed = split_results(results)
        assert types_of(failed) <= {CircleClosed}
        tenure = load_tenure(simulation.review_table, application_id).entity
        assert (tenure.circle_name, [holder_of(simulation, name) for name in names]) == ("", [None] * 3)


def taken_down_call(simulation: Simulation, circle_id: str, case_id: str, version: int, name: str) -> Callable[[], None]:
    """Return the call of the stream for a case about a name; an even version is that of a granted appeal."""
    subject = {"service": "circles", "kind": "circle_name", "id": f"{circle_id}/name", "circle_id": circle_id}
    at = simulation.clock.now
    case = Case(case_id, subject, "owner", {"name": name}, at, at, version, AuditTrail("salt"))
    appeal = AppealState.GRANTED if version % 2 == 0 else None
    decided = replace(case, outcome=CaseOutcome.UPHELD, violation=Violation.HATE, appeal=appeal)
    return partial(take_circle_name_down, simulation.review, decided)


def test_a4_a_rename_against_a_take_down_leaves_the_new_name_and_one_reservation(rounds: Rounds) -> None:
    for simulation in rounds:
        owner, names = caller("owner"), ["最初的圈子", "河口观鸟"]
        circle_id = create_tenure(simulation, owner, names[0])
        down = taken_down_call(simulation, circle_id, new_id("cas"), 1, names[0])
        results = race([rename_call(simulation, owner, circle_id, names[1]), *[down] * 4])
        assert split_results(results)[1] == []
        tenure = get_tenure(simulation.review_table, derive_id("app", circle_id))
        assert (tenure.circle_name, tenure.shown_name, tenure.name_violation) == (names[1], names[1], None)
        assert [holder_of(simulation, name) for name in names] == [None, circle_id]
        with pytest.raises(CircleNameTakenDown):
            rename_call(simulation, owner, circle_id, names[0])()


def test_a4_renames_to_a_name_against_its_take_down_never_show_it(rounds: Rounds) -> None:
    for simulation in rounds:
        owner, names = caller("owner"), ["最初的圈子", *SPELLINGS[:4]]
        circle_id = create_tenure(simulation, owner, names[0])
        down = taken_down_call(simulation, circle_id, new_id("cas"), 1, SPELLINGS[0])
        results = race([*(rename_call(simulation, owner, circle_id, name) for name in names[1:]), *[down] * 4])
        assert types_of(split_results(results)[1]) <= {CircleNameTakenDown}
        tenure = get_tenure(simulation.review_table, derive_id("app", circle_id))
        assert tenure.shown_name not in SPELLINGS
        assert (tenure.name_violation is None) == (tenure.circle_name == names[0])
        held = [name for name in (names[0], SPELLINGS[0]) if holder_of(simulation, name)]
        assert held == [names[0] if tenure.name_violation is None else SPELLINGS[0]]


def test_a4_two_take_downs_and_a_restore_at_once_leave_what_the_cases_say(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id, name = create_tenure(simulation, caller("owner"), "最初的圈子"), "最初的圈子"
        restored, upheld = new_id("cas"), new_id("cas")
        calls = [taken_down_call(simulation, circle_id, *of, name) for of in ((restored, 1), (restored, 2), (upheld, 1))] * 5
        assert set(race(random.sample(calls, len(calls)))) == {None}
        application_id = derive_id("app", circle_id)
        tenure = get_tenure(simulation.review_table, application_id)
        states = {each.case_id: (each.version, each.is_active) for each in tenure.names_down.take_downs.cases}
        assert states == {restored: (2, False), upheld: (1, True)}
        assert (tenure.name_violation, holder_of(simulation, name)) == (Violation.HATE, circle_id)
        taken_down_call(simulation, circle_id, upheld, 2, name)()
        assert get_tenure(simulation.review_table, application_id).shown_name == name


def test_a4_a_take_down_against_the_end_of_the_circle_leaves_no_name(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id, name = create_tenure(simulation, caller("owner"), "最初的圈子"), "最初的圈子"
        ended = replace(create_submitted(simulation, 1), id=derive_id("app", circle_id))
        down = taken_down_call(simulation, circle_id, new_id("cas"), 1, name)
        calls: list[Callable[[], None]] = [partial(end_tenure, simulation.review, ended), down]
        assert set(race(calls * 3)) == {None}
        tenure = get_tenure(simulation.review_table, ended.id)
        assert (tenure.circle_name, tenure.names_down, holder_of(simulation, name)) == ("", NO_NAMES_DOWN, None)
