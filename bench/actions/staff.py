"""What an operator reads about a user, in each service."""

from __future__ import annotations

from bench.actions.commerce import pay
from bench.dataset import HAO, BenchDataset
from bench.measure import Action, Step
from services.circles import usecases as circles
from services.circles.names.pinyin import NameQuery, name_of
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from simulation.setup.applications import OPERATOR
from simulation.setup.requests import change
from simulation.setup.staff import read_grant

PAGE = PageRequest(20)


def _granted(read: str) -> Step:
    """Get the grant of a read about Hao."""

    def before(dataset: BenchDataset) -> None:
        dataset.objects["grant"] = read_grant(dataset.simulation, OPERATOR, read, HAO.user_id)

    return before


def _order_granted(dataset: BenchDataset) -> None:
    pay(dataset)  # an unpaid order is found by its buyer only
    dataset.objects["grant"] = read_grant(dataset.simulation, OPERATOR, "order", dataset.objects["order"].id)


def _read_profile(dataset: BenchDataset) -> None:
    circles.get_user_profile(dataset.simulation.circles, OPERATOR, HAO.user_id, dataset.objects["grant"])


def _list_orders(dataset: BenchDataset) -> None:
    commerce.list_user_orders(dataset.simulation.commerce, OPERATOR, HAO.user_id, PAGE, dataset.objects["grant"])


def _named(dataset: BenchDataset) -> None:
    circles.update_profile(dataset.simulation.circles, HAO, change(0), {"name": name_of("阿豪")})
    _granted("users")(dataset)


def _search(dataset: BenchDataset) -> None:
    circles.list_users(dataset.simulation.circles, OPERATOR, NameQuery.parse("ahao"), PAGE, dataset.objects["grant"])


def _get_order(dataset: BenchDataset) -> None:
    commerce.get_order_by_id(dataset.simulation.commerce, OPERATOR, dataset.objects["order"].id, dataset.objects["grant"])


STAFF = (
    Action("circles", "find users by nickname", _search, None, _named),
    Action("circles", "read a user's profile", _read_profile, None, _granted("profile")),
    Action("commerce", "find an order by its id", _get_order, None, _order_granted),
    Action("commerce", "list a user's orders, 20", _list_orders, None, _granted("orders")),
    Action("review", "grant a read in another service", _granted("profile")),
    Action("review", "read a user's record", lambda d: review.get_user_record(d.simulation.review, OPERATOR, HAO.user_id)),
)
