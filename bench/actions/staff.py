"""What an operator reads about a user, in each service."""

from __future__ import annotations

from bench.dataset import HAO, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.circles.names.pinyin import NameQuery, name_of
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from simulation.setup.applications import OPERATOR
from simulation.setup.requests import change

PAGE = PageRequest(20)


def _named(dataset: BenchDataset) -> None:
    circles.update_profile(dataset.simulation.circles, HAO, change(0), {"name": name_of("阿豪")})


def _search(dataset: BenchDataset) -> None:
    circles.list_users(dataset.simulation.circles, OPERATOR, NameQuery.parse("ahao"), PAGE)


def _get_order(dataset: BenchDataset) -> None:
    commerce.get_order_by_id(dataset.simulation.commerce, OPERATOR, dataset.objects["order"].id)


STAFF = (
    Action("circles", "find users by nickname", _search, None, _named),
    Action("circles", "read a user's profile", lambda d: circles.get_user_profile(d.simulation.circles, OPERATOR, HAO.user_id)),
    Action("commerce", "find an order by its id", _get_order),
    Action(
        "commerce",
        "list a user's orders, 20",
        lambda d: commerce.list_user_orders(d.simulation.commerce, OPERATOR, HAO.user_id, PAGE),
    ),
    Action("review", "read a user's record", lambda d: review.get_user_record(d.simulation.review, OPERATOR, HAO.user_id)),
)
