"""Circles with the names that review granted them, with the events between the services delivered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from services.chat.domain import lobby_id, moderators_room_id
from services.chat.repository.rooms import get_room
from services.circles import usecases as circles
from services.circles.repository.circles import get_circle
from services.review import usecases as review
from services.review.domain import Application
from services.review.repository.circle_names import circle_name_key
from services.review.repository.tenures import get_tenure
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import CircleChanged, CircleData, CircleNameChanged, CircleNameChangedData
from services.shared.security.auth import Caller
from simulation.registry import REGISTRY
from simulation.setup.applications import CONTENT, decide_application, enrol_reviewer, submit_application
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_changes, new_changes, published_events, subscribers_of
from simulation.users import caller, new_key

LIN, MEI = caller("lin"), caller("mei")
NAME, ALIKE, OTHER, NEW_NAME = "城市鸟类圈", "城市 鳥類圈！", "夜骑爬坡", "河口观鸟"
ORDERS = list(permutations(range(3)))


def settle(simulation: Simulation) -> None:
    """Run the streams, and deliver the events, until nothing is left."""
    waiting = True
    while waiting:
        waiting = False
        for service in REGISTRY:
            changes = new_changes(simulation, service)
            waiting = waiting or bool(changes)
            handle_changes(service, simulation.ports(service), changes)
            for event in published_events(service, changes):
                for subscriber, _ in subscribers_of(event):
                    deliver(simulation, subscriber, event)


def submit(simulation: Simulation, applicant: Caller, name: str) -> Application:
    return submit_application(simulation, applicant, replace(CONTENT, circle_name=name), applicant.user_id)


def approve(simulation: Simulation, application: Application) -> Application:
    """Approve an application twice, and return it."""
    for reviewer in ("rui", "shan"):
        application = decide_application(simulation, enrol_reviewer(simulation, reviewer), application)
    return application


def open_named(simulation: Simulation, owner: Caller, name: str) -> str:
    """Open a circle with a name from the application to the activation, and return its id."""
    application = approve(simulation, submit(simulation, owner, name))
    settle(simulation)
    circle_id = derive_id("cir", application.id)
    circles.activate_circle(simulation.circles, owner, circle_id)
    settle(simulation)
    return circle_id


def rename(simulation: Simulation, by: Caller, circle_id: str, name: str, key: str = "") -> str:
    """Rename a circle, and return the name that it has in review."""
    request = new_key(by, body={"name": name}, value=key or None, now=simulation.clock.now)
    return review.rename_circle(simulation.review, by, circle_id, request, name).circle_name


def names_of(simulation: Simulation, circle_id: str) -> set[str]:
    """Return the names that the services show for a circle; one, if all agree."""
    rooms = (get_room(simulation.chat_table, circle_id, room) for room in (lobby_id(circle_id), moderators_room_id(circle_id)))
    tenure = get_tenure(simulation.review_table, derive_id("app", circle_id))
    return {tenure.circle_name, get_circle(simulation.circles_table, circle_id).name, *(room.name for room in rooms)}


def holder_of(simulation: Simulation, name: str) -> str | None:
    """Return the circle that has a name, or one that looks like it."""
    item = simulation.review_table.get(circle_name_key(name))
    return str(item["circle_id"]) if item else None


def name_changed(simulation: Simulation, circle_id: str, name: str, version: int) -> CircleNameChanged:
    data = CircleNameChangedData(circle_id=circle_id, circle_name=name)
    return CircleNameChanged(**envelope(simulation, circle_id, version), data=data)


def close(simulation: Simulation, circle_id: str) -> None:
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=30))


def complete_closing(simulation: Simulation, circle_id: str) -> None:
    simulation.clock.advance(days=31)
    for _ in range(3):
        circles.handle_schedule(simulation.circles)


def state_of(simulation: Simulation, circle_id: str, state: str, version: int) -> CircleChanged:
    values = {"circle_id": circle_id, "name": NAME, "owner_id": LIN.user_id, "state": state}
    return CircleChanged(**envelope(simulation, circle_id, version), data=CircleData.model_validate(values))
