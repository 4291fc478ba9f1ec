"""The actions of profiles and people: how to run them, and their floors."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, LIN, MEI, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.circles.domain import PictureType
from services.circles.names.pinyin import NameQuery, name_of
from services.shared.kernel.pages import PageRequest
from services.shared.table.reports import ReportInput
from simulation.setup.requests import change
from simulation.users import user_id

PEOPLE_OF_A_SCREEN = [LIN.user_id, MEI.user_id, *(user_id(f"guest-{number}") for number in range(18))]
SPAM = ReportInput("spam")
_action = partial(Action, "circles")


def _set_name(dataset: BenchDataset) -> None:
    circles.update_profile(dataset.simulation.circles, HAO, change(0), {"name": name_of("阿豪")})


def _choose_nickname(dataset: BenchDataset) -> None:
    circles.update_membership(dataset.simulation.circles, HAO, dataset.circle, change(0), name_of("大山雀"))


def _create_avatar_upload(dataset: BenchDataset) -> None:
    circles.create_avatar_upload(dataset.simulation.circles, dataset.key(HAO), PictureType.PNG, 1000)


def _list(dataset: BenchDataset, query: str = "") -> None:
    name = NameQuery.parse(query) if query else None
    circles.list_members(dataset.simulation.circles, HAO, dataset.circle, PageRequest(20), None, name)


# The floors: 0.5 read units per person; one query of 20 entries of 100 bytes; one write of what changed.
PEOPLE = (
    _action("read a profile", lambda d: circles.get_profile(d.simulation.circles, HAO), (0, 0.5)),
    _action("change a name (in 1 circle)", _set_name, (1, 0.5)),
    _action("create an avatar upload", _create_avatar_upload),
    _action("read 20 people", lambda d: circles.get_people(d.simulation.circles, HAO, d.circle, PEOPLE_OF_A_SCREEN), (0, 10.5)),
    _action("list members, 20", _list, (0, 1)),
    _action("search members", lambda d: _list(d, "guest-1"), (0, 1)),
    _action("search members in Chinese", lambda d: _list(d, "重"), (0, 1)),
    _action("read the own membership", lambda d: circles.get_membership(d.simulation.circles, HAO, d.circle)),
    _action("choose a nickname for a circle", _choose_nickname),
    _action("report a member", lambda d: circles.report_member(d.simulation.circles, HAO, d.circle, MEI.user_id, SPAM)),
)
