"""Seats and the waitlist (C2): in order, nobody overtakes, a freed seat is given once."""

from __future__ import annotations

from services.review import usecases as review
from services.review.domain import State
from services.review.repository import applications as repository
from services.shared.kernel.ids import sibling
from services.shared.messaging.events import CircleChanged, CircleState
from simulation.setup.common import (
    decide,
    enrolled,
    envelope,
    hear,
    submitted,
)
from simulation.simulation import World, person

LIN = person("lin")


def facts_on(world: World, application_id: str) -> str:
    item = world.review_table.get(repository.application_key(application_id))
    return str((item or {}).get("facts", ""))


def test_c2_over_quota_goes_to_the_waitlist_in_order() -> None:
    world = World(quota=1)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    places = []
    for name in ("a", "b", "c"):
        application = submitted(world, person(name))
        decide(world, rui, application)
        after = decide(world, shan, application)
        places.append((after.state, after.seat, after.waitlist_position))
    assert places == [(State.ACTIVE, 1, None), (State.WAITLISTED, None, 1), (State.WAITLISTED, None, 2)]
    assert "ApplicationWaitlisted" in facts_on(world, application.id)


def test_c2_a_freed_seat_goes_to_the_head_of_the_waitlist_once() -> None:
    world = World(quota=1)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    made = []
    for name in ("a", "b", "c"):
        application = submitted(world, person(name))
        decide(world, rui, application)
        made.append(decide(world, shan, application))
    hear(world)
    assert review.run_schedule(world.review) == 0  # nothing is free
    review.withdraw_application(world.review, person("b"), made[1].id)
    for _ in range(2):
        review.free_seat(world.review, circle_closed(world, made[0].id))
    for _ in range(3):
        review.run_schedule(world.review)
    hear(world)
    states = [repository.find_application(world.review_table, one.id).entity for one in made]
    assert [(one.state, one.seat) for one in states] == [(State.CLOSED, 1), (State.WITHDRAWN, None), (State.ACTIVE, 1)]
    assert facts_on(world, made[2].id).count("SeatGranted") == 1
    cohort = review.read_cohort(world.review, LIN)
    assert (cohort.taken, cohort.called, cohort.waiting) == (1, 2, 2)


def test_c2_nobody_overtakes_those_who_wait() -> None:
    world = World(quota=1)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    made = []
    for name in ("a", "b"):
        application = submitted(world, person(name))
        decide(world, rui, application)
        made.append(decide(world, shan, application))
    review.free_seat(world.review, circle_closed(world, made[0].id))
    late = submitted(world, person("late"))
    decide(world, rui, late)
    assert decide(world, shan, late).waitlist_position == 2
    review.run_schedule(world.review)
    assert repository.find_application(world.review_table, made[1].id).entity.seat == 1


def circle_closed(world: World, application_id: str) -> CircleChanged:
    circle_id = sibling("cir", application_id)
    state = CircleState(circle_id=circle_id, name="城市观鸟圈", owner_id=LIN.user_id, state="closed")
    return CircleChanged(**envelope(world, circle_id), data=state)
