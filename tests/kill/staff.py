"""The scenarios of what staff read about users, and of an enrolment that ends. A retry of a read is an access of its own."""

from __future__ import annotations

from typing import Any

from services.circles import usecases as circles
from services.circles.names.pinyin import NameQuery
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from simulation.setup.applications import OPERATOR
from simulation.setup.staff import read_grant
from simulation.simulation import Simulation
from tests.kill.actions import HAO, ORDER, RUI, YAN
from tests.kill.scenario import Scenario

PAGE, NICKNAME = PageRequest(20), NameQuery.parse("amei")


def find_users(simulation: Simulation) -> Any:
    return circles.list_users(simulation.circles, RUI, NICKNAME, PAGE, read_grant(simulation, RUI, "users"))


def read_profile(simulation: Simulation) -> Any:
    grant = read_grant(simulation, RUI, "profile", YAN.user_id)
    return circles.get_user_profile(simulation.circles, RUI, YAN.user_id, grant)


def find_order(simulation: Simulation) -> Any:
    return commerce.get_order_by_id(simulation.commerce, RUI, ORDER, read_grant(simulation, RUI, "order", ORDER))


def list_orders(simulation: Simulation) -> Any:
    grant = read_grant(simulation, RUI, "orders", HAO.user_id)
    return commerce.list_user_orders(simulation.commerce, RUI, HAO.user_id, PAGE, grant)


STAFF = (
    Scenario("grant-read", lambda simulation: read_grant(simulation, RUI, "profile", YAN.user_id), "report-note"),
    Scenario("find-users", find_users, "set-name"),
    Scenario("read-user-profile", read_profile, "add-members"),
    Scenario("read-user-record", lambda simulation: review.get_user_record(simulation.review, RUI, YAN.user_id), "report-note"),
    Scenario("find-order", find_order, "pay"),
    Scenario("list-user-orders", list_orders, "place-order"),
    Scenario(
        "dismiss-reviewer",
        lambda simulation: review.dismiss_reviewer(simulation.review, OPERATOR, RUI.user_id),
        "create-application",
    ),
)
