"""Races of the page of a circle and of its number of members."""

from __future__ import annotations

from functools import partial

import pytest

from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.repository.circles import circle_key, load_circle
from services.circles.usecases.circles import OwnCircle
from services.shared.kernel.errors import PreconditionFailed
from services.shared.table.items import PRESENT
from simulation.setup.circles import create_circle, set_role
from simulation.setup.requests import change
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

LIN, MEI = caller("lin"), caller("mei")


def test_c29_of_parallel_changes_of_the_page_one_wins(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
        update = partial(circles.update_circle, simulation.circles)
        changes = [
            partial(update, by, circle_id, change(0, f"{number}"), {"description": f"第{number}版"})
            for number, by in enumerate((LIN, MEI) * 8)
        ]
        won, lost = split_results(race(changes))
        assert (len(won), types_of(lost)) == (1, {PreconditionFailed})
        (first,) = won
        assert isinstance(first, OwnCircle)
        stored = load_circle(simulation.circles_table, circle_id).entity.page
        assert (stored, stored.revision) == (first.circle.page, 1)


def test_c29_what_the_stream_counts_while_the_page_changes_stays(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        count = partial(simulation.circles_table.update, circle_key(circle_id), add={"members": 1}, when=PRESENT)
        about = {"description": "只聊城市里的野鸟"}
        changing = partial(circles.update_circle, simulation.circles, LIN, circle_id, change(0), about)
        race([*[count] * 10, changing, *[count] * 10])
        circle = load_circle(simulation.circles_table, circle_id).entity
        assert (circle.members, circle.page.description) == (20, about["description"])
