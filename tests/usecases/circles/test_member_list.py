"""A2: the list of members: its order, its filters, and what it does not show."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.names.pinyin import NameQuery, name_of
from services.shared.kernel.pages import PageRequest
from simulation.setup.circles import create_circle, set_role
from simulation.simulation import Simulation
from simulation.users import caller
from tests.usecases.circles.test_profiles import LIN, MEI, names, rename


def test_a2_the_list_is_by_rank_then_name_and_can_be_filtered() -> None:
    simulation = Simulation()
    users = [caller(f"user {number}") for number in range(30)]
    circle_id = create_circle(simulation, LIN, *users)
    for index, user in enumerate(users):
        rename(simulation, user, ["重庆小面", "观鸟的阿明", "Amy", "小王"][index % 4] + str(index))
    rename(simulation, LIN, "观鸟圈长")
    set_role(simulation, LIN, circle_id, users[0].user_id, Role.MODERATOR)
    set_role(simulation, LIN, circle_id, users[1].user_id, Role.BUYER)
    set_role(simulation, LIN, circle_id, users[5].user_id, Role.CO_OWNER)
    everyone = names(simulation, users[3], circle_id, limit=7)
    assert everyone[:4] == ["观鸟圈长", "观鸟的阿明5", "重庆小面0", "观鸟的阿明1"]
    assert [name_of(name).key for name in everyone[4:]] == sorted(name_of(name).key for name in everyone[4:])
    assert len(everyone) == len(set(everyone)) == 31
    for limit in (1, 3, 4, 20):
        found = names(simulation, users[3], circle_id, limit, name=NameQuery.parse("觀鳥"))
        assert found[:3] == ["观鸟圈长", "观鸟的阿明5", "观鸟的阿明1"]
        assert {*found} == {name for name in everyone if name.startswith("观鸟")}
        assert names(simulation, users[3], circle_id, limit, name=NameQuery.parse("重")) == [
            name for name in everyone if name.startswith("重")
        ]
        assert names(simulation, users[3], circle_id, limit, name=NameQuery.parse("Guan")) == found
        assert names(simulation, users[3], circle_id, limit, name=NameQuery.parse("zz")) == []
        only = {"role": Role.MEMBER, "name": NameQuery.parse("guanniao")}
        assert names(simulation, users[3], circle_id, limit, **only) == found[3:]
        assert names(simulation, users[3], circle_id, limit, role=Role.BUYER, name=NameQuery.parse("guan")) == ["观鸟的阿明1"]
    assert names(simulation, users[3], circle_id, role=Role.MODERATOR) == ["重庆小面0"]


def test_a2_the_list_shows_no_trust() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    listed = circles.list_members(simulation.circles, MEI, circle_id, PageRequest(5)).items
    assert [entry.member.role for entry in listed] == [Role.OWNER, Role.MEMBER]
