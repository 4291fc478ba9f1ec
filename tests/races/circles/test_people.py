"""Races of profiles: 50 changes at once, and a copy that meets the end of the membership."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, SanctionKind
from services.circles.domain.profile import Profile
from services.circles.names.pinyin import name_of
from services.circles.repository.circles import member_key
from services.circles.repository.profiles import get_profile
from services.circles.usecases import people
from services.circles.usecases.profiles import OwnProfile
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.pages import PageRequest
from simulation.setup.circles import create_circle, get_member, impose_sanction
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def test_a2_of_50_changes_of_one_profile_at_once_exactly_one_is_made(rounds: Rounds) -> None:
    for simulation in rounds:
        changes: list[Any] = [
            partial(circles.update_profile, simulation.circles, MEI, change(0, f"{number}"), {"name": name_of(f"小梅{number}")})
            for number in range(50)
        ]
        served, denied = split_results(race(changes))
        assert [type(result) for result in served] == [OwnProfile]
        assert types_of(denied) == {PreconditionFailed}
        assert get_profile(simulation.circles_table, MEI.user_id, consistent_read=True) == served[0].profile


def test_a2_late_and_present_copies_at_once_leave_the_newest_profile(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        profiles = [Profile(MEI.user_id, name_of(f"小梅{number}"), version=number + 1) for number in range(6)]
        race([partial(people._copy, simulation.circles, circle_id, profile) for profile in profiles])
        shown = get_member(simulation, circle_id, MEI.user_id).appearance
        assert (shown.name.text, shown.profile_version) == ("小梅5", 6)


def test_a2_a_rename_while_the_member_leaves_or_is_kicked_leaves_no_entry_in_the_list(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI, HAO)
        copies: list[Any] = [
            partial(people._copy, simulation.circles, circle_id, Profile(who.user_id, name_of("新名"), version=2))
            for who in (MEI, HAO)
        ]
        ends: list[Any] = [
            partial(circles.leave_circle, simulation.circles, MEI, circle_id),
            partial(impose_sanction, simulation, LIN, circle_id, HAO, SanctionKind.KICK),
        ]
        _, denied = split_results(race(copies * 4 + ends))
        assert types_of(denied) <= {errors.CircleNotFound}
        for who, state in ((MEI, MemberState.LEFT), (HAO, MemberState.KICKED)):
            item = simulation.circles_table.get(member_key(circle_id, who.user_id), consistent_read=True)
            assert item
            assert (item["state"], "gsi2pk" in item) == (state, False)
        assert listed(simulation, circle_id) == [LIN.user_id]


def listed(simulation: Simulation, circle_id: str) -> list[str]:
    page = circles.list_members(simulation.circles, LIN, circle_id, PageRequest(20))
    return [entry.member.user_id for entry in page.items]
