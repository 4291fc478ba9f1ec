"""The scenarios of what staff read about users, and of an enrolment that ends. A retry of a read is an access of its own."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.names.pinyin import NameQuery
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from simulation.setup.applications import OPERATOR
from tests.kill.actions import HAO, ORDER, RUI, YAN
from tests.kill.scenario import Scenario

PAGE, NICKNAME = PageRequest(20), NameQuery.parse("amei")

STAFF = (
    Scenario("find-users", lambda simulation: circles.list_users(simulation.circles, RUI, NICKNAME, PAGE), "set-name"),
    Scenario(
        "read-user-profile", lambda simulation: circles.get_user_profile(simulation.circles, RUI, YAN.user_id), "add-members"
    ),
    Scenario("read-user-record", lambda simulation: review.get_user_record(simulation.review, RUI, YAN.user_id), "report-note"),
    Scenario("find-order", lambda simulation: commerce.get_order_by_id(simulation.commerce, RUI, ORDER), "place-order"),
    Scenario(
        "list-user-orders",
        lambda simulation: commerce.list_user_orders(simulation.commerce, RUI, HAO.user_id, PAGE),
        "place-order",
    ),
    Scenario(
        "dismiss-reviewer",
        lambda simulation: review.dismiss_reviewer(simulation.review, OPERATOR, RUI.user_id),
        "create-application",
    ),
)
