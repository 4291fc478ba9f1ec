"""Circles: beginning, privacy inside the use cases, roles, sanctions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Action, Member, MemberState, Role
from services.circles.domain.member import PERMISSIONS
from services.circles.repository.circles import find_member, member_key
from services.shared.audit import Trail
from services.shared.ids import sibling
from services.shared.memory import MemoryTable
from tests.support.scenes import issue, join, open_circle, seat_granted
from tests.support.worlds import NOON, World, person, user_id, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


def the_member(world: World, circle_id: str, name: str) -> Member:
    stored = find_member(world.circles_table, circle_id, user_id(name))
    assert stored is not None
    return stored.entity


def sanction(world: World, by: str, circle_id: str, target: str, *, ban: bool, **more: object) -> Member:
    until = more.get("until")
    return circles.sanction_member(
        world.circles,
        person(by),
        circle_id,
        user_id(target),
        ban=ban,
        reason="公布巢址",
        until=until,  # type: ignore[arg-type]
    )


def test_c1_the_same_seat_twice_is_one_circle() -> None:
    world = World()
    event = seat_granted(world, LIN)
    circles.provision_circle(world.circles, event)
    assert isinstance(world.circles_table, MemoryTable)
    before = world.circles_table.everything()
    world.clock.advance(minutes=5)
    circles.provision_circle(world.circles, event)
    assert world.circles_table.everything() == before
    assert sibling("cir", event.data.application_id) in before[0]["pk"]


def test_c1_only_its_owner_activates_a_circle() -> None:
    world = World()
    event = seat_granted(world, LIN)
    circles.provision_circle(world.circles, event)
    circle_id = sibling("cir", event.data.application_id)
    with pytest.raises(errors.CircleNotFound):
        circles.activate_circle(world.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotActive):
        issue(world, LIN, circle_id)
    assert circles.activate_circle(world.circles, LIN, circle_id).state == "active"
    assert circles.activate_circle(world.circles, LIN, circle_id).state == "active"


def test_c1_no_route_creates_a_circle() -> None:
    from services.circles.app import api

    assert ("POST", "/circles") not in {(route.method, route.template) for route in api.table_of_routes}


def test_c11_every_cell_of_the_permission_matrix() -> None:
    members = {Action.READ, Action.POST_NOTE, Action.COMMENT, Action.LIKE, Action.LEAVE}
    order = {
        Action.ISSUE_PASSCODE,
        Action.LIST_PASSCODES,
        Action.REVOKE_PASSCODE,
        Action.LIST_MEMBERS,
        Action.SANCTION,
        Action.REMOVE_NOTE,
    }
    expected = {Role.MEMBER: members, Role.MODERATOR: members | order, Role.OWNER: set(Action)}
    for role in Role:
        member = Member("c", "u", role, MemberState.MEMBER, NOON, 1, Trail("s"))
        for action in Action:
            if action in expected[role]:
                member.require(action)
            else:
                with pytest.raises(errors.NotAllowed):
                    member.require(action)
        for state in set(MemberState) - {MemberState.MEMBER}:
            with pytest.raises(errors.CircleNotFound):
                replace(member, state=state).require(Action.READ)
    assert set(PERMISSIONS) == set(Role)


def test_c11_nobody_raises_themselves_and_nobody_becomes_owner() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    for one in (MEI, HAO):
        join(world, one, LIN, circle_id)
    with pytest.raises(errors.NotAllowed):
        circles.set_role(world.circles, MEI, circle_id, MEI.user_id, Role.MODERATOR)
    assert circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR).role is Role.MODERATOR
    for target, role in ((HAO, Role.MODERATOR), (MEI, Role.MEMBER)):
        with pytest.raises(errors.NotAllowed):
            circles.set_role(world.circles, MEI, circle_id, target.user_id, role)
    for target, role in ((HAO, Role.OWNER), (LIN, Role.MEMBER)):
        with pytest.raises(errors.NotAllowed):
            circles.set_role(world.circles, LIN, circle_id, target.user_id, role)


def test_c11_the_last_owner_cannot_leave() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    with pytest.raises(errors.LastOwner):
        circles.leave_circle(world.circles, LIN, circle_id)


def test_c11_leaving_and_coming_back_makes_an_ordinary_member() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    circles.leave_circle(world.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotFound):
        circles.list_members(world.circles, MEI, circle_id, 10, None)
    join(world, MEI, LIN, circle_id)
    assert the_member(world, circle_id, "mei").role is Role.MEMBER


def test_c22_sanctions_go_downwards_only() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    for one in (MEI, HAO):
        join(world, one, LIN, circle_id)
        circles.set_role(world.circles, LIN, circle_id, one.user_id, Role.MODERATOR)
    for by, target in (("mei", "hao"), ("mei", "lin"), ("mei", "mei"), ("lin", "lin")):
        with pytest.raises(errors.NotAllowed):
            sanction(world, by, circle_id, target, ban=False)
    assert sanction(world, "lin", circle_id, "mei", ban=False).state is MemberState.KICKED


def test_c22_reason_and_end_are_kept_and_audited() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    until = world.clock() + timedelta(days=3)
    member = sanction(world, "lin", circle_id, "mei", ban=True, until=until)
    kept = the_member(world, circle_id, "mei")
    assert kept.sanction is not None
    assert (kept.sanction.reason, kept.sanction.until, kept.sanction.by) == ("公布巢址", until, LIN.user_id)
    assert member.trail.length == 1
    row = world.circles_table.get(member_key(circle_id, MEI.user_id)) or {}
    assert "公布巢址" not in row["audit"]
    assert row["facts"].startswith("MembershipChanged:")


def test_c22_sanction_without_reason_is_refused() -> None:
    from services.circles.schemas import SanctionIn

    with pytest.raises(ValueError, match="reason"):
        SanctionIn.model_validate({"kind": "kick", "reason": " "})


def test_c10_banned_with_a_fresh_code_gets_the_wrong_code_answer() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    sanction(world, "lin", circle_id, "mei", ban=True)
    code = issue(world, LIN, circle_id)
    with pytest.raises(errors.PasscodeRejected) as banned:
        circles.join_circle(world.circles, MEI, code)
    with pytest.raises(errors.PasscodeRejected) as wrong:
        circles.join_circle(world.circles, HAO, "ABCD-EFGH-JKMN")
    assert vars(banned.value) == vars(wrong.value)


def test_c10_a_ban_ends_when_read_without_any_job() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    sanction(world, "lin", circle_id, "mei", ban=True, until=world.clock() + timedelta(hours=1))
    code = issue(world, LIN, circle_id)
    world.clock.advance(minutes=59)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, MEI, code)
    world.clock.advance(minutes=2)
    assert circles.join_circle(world.circles, MEI, code).is_in


def test_c10_a_ban_holds_off_who_has_left() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    circles.leave_circle(world.circles, MEI, circle_id)
    with pytest.raises(errors.MemberNotFound):
        sanction(world, "lin", circle_id, "mei", ban=False)
    sanction(world, "lin", circle_id, "mei", ban=True)
    with pytest.raises(errors.PasscodeRejected):
        join(world, MEI, LIN, circle_id)


def test_c10_a_kicked_member_may_come_back_by_a_code() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    sanction(world, "lin", circle_id, "mei", ban=False)
    with pytest.raises(errors.CircleNotFound):
        circles.list_notes(world.circles, MEI, circle_id, 10, None)
    assert join(world, MEI, LIN, circle_id).is_in


def test_c11_circles_of_mine_are_those_i_am_in() -> None:
    world = World()
    first, second = open_circle(world, LIN), open_circle(world, HAO)
    join(world, MEI, LIN, first)
    join(world, MEI, HAO, second)
    circles.leave_circle(world.circles, MEI, first)
    found, _ = circles.list_circles(world.circles, MEI, 10, None)
    assert [circle.id for circle, _ in found] == [second]
    key = wish(MEI)
    with pytest.raises(errors.CircleNotFound):
        circles.post_note(world.circles, MEI, first, key, text="x", tags=(), picture_ids=())
