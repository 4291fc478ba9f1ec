"""Seats and the waitlist (C2): in order, nobody overtakes, a freed seat is given once."""

from __future__ import annotations

from services.review import usecases as review
from services.review.domain import State
from services.review.repository import applications as repository
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import CircleChanged, CircleData
from simulation.setup.common import (
    decide,
    enrolled,
    envelope,
    hear,
    submitted,
)
from simulation.simulation import World, person

LIN = person("lin")


def outbox_of(world: World, application_id: str) -> str:
    item = world.review_table.get(repository.application_key(application_id))
    return str((item or {}).get("outbox", ""))


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
    assert "ApplicationWaitlisted" in outbox_of(world, application.id)


def test_c2_a_freed_seat_goes_to_the_head_of_the_waitlist_once() -> None:
    world = World(quota=1)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    made = []
    for name in ("a", "b", "c"):
        application = submitted(world, person(name))
        decide(world, rui, application)
        made.append(decide(world, shan, application))
    hear(world)
    assert review.handle_schedule(world.review) == 0  # nothing is free
    review.withdraw_application(world.review, person("b"), made[1].id)
    for _ in range(2):
        review.free_seat(world.review, circle_closed(world, made[0].id))
    for _ in range(3):
        review.handle_schedule(world.review)
    hear(world)
    states = [repository.find_application(world.review_table, one.id).entity for one in made]
    assert [(one.state, one.seat) for one in states] == [(State.CLOSED, 1), (State.WITHDRAWN, None), (State.ACTIVE, 1)]
    assert outbox_of(world, made[2].id).count("SeatGranted") == 1
    cohort = review.get_cohort(world.review, LIN)
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
    review.handle_schedule(world.review)
    assert repository.find_application(world.review_table, made[1].id).entity.seat == 1


def circle_closed(world: World, application_id: str) -> CircleChanged:
    circle_id = derive_id("cir", application_id)
    state = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=LIN.user_id, state="closed")
    return CircleChanged(**envelope(world, circle_id), data=state)
