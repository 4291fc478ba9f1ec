"""Circles: beginning, privacy inside the use cases, roles, sanctions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Action, Member, MemberState, Role, SanctionKind
from services.circles.domain.roles import ORDINARY, Trust
from services.shared.kernel.ids import derive_id
from services.shared.security.audit import AuditTrail
from simulation.memory import MemoryTable
from simulation.setup.common import (
    issue,
    join,
    open_circle,
    sanction,
    seat_granted,
    the_member,
)
from simulation.simulation import (
    NOON,
    World,
    person,
    wish,
)

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
KICK, BAN = SanctionKind.KICK, SanctionKind.BAN


def test_c1_the_same_seat_twice_is_one_circle() -> None:
    world = World()
    event = seat_granted(world, LIN)
    circles.provision_circle(world.circles, event)
    assert isinstance(world.circles_table, MemoryTable)
    before = world.circles_table.all_items()
    world.clock.advance(minutes=5)
    circles.provision_circle(world.circles, event)
    assert world.circles_table.all_items() == before
    assert derive_id("cir", event.data.application_id) in before[0]["pk"]


def test_c1_only_its_owner_activates_a_circle() -> None:
    world = World()
    event = seat_granted(world, LIN)
    circles.provision_circle(world.circles, event)
    circle_id = derive_id("cir", event.data.application_id)
    with pytest.raises(errors.CircleNotFound):
        circles.activate_circle(world.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotActive):
        issue(world, LIN, circle_id)
    assert circles.activate_circle(world.circles, LIN, circle_id).state == "active"
    assert circles.activate_circle(world.circles, LIN, circle_id).state == "active"


def test_c1_no_route_creates_a_circle() -> None:
    from services.circles.app import api

    assert ("POST", "/circles") not in {(route.method, route.template) for route in api.table_of_routes}


MATRIX = """
                   newcomer  member  regular  buyer  moderator  co_owner  owner
read                      x       x        x      x          x         x      x
post_note                 x       x        x      x          x         x      x
comment                   x       x        x      x          x         x      x
like                      x       x        x      x          x         x      x
check_in                  x       x        x      x          x         x      x
leave                     x       x        x      x          x         x      x
export_own                x       x        x      x          x         x      x
speak_freely              .       x        x      x          x         x      x
invite                    .       .        x      x          x         x      x
issue_passcode            .       .        .      .          x         x      x
list_passcodes            .       .        .      .          x         x      x
revoke_passcode           .       .        .      .          x         x      x
list_members              .       .        .      .          x         x      x
sanction                  .       .        .      .          x         x      x
admit                     .       .        .      .          x         x      x
remove_note               .       .        .      .          x         x      x
read_revisions             .       .        .      .          x         x      x
highlight                 .       .        .      .          x         x      x
get_health                .       .        .      .          x         x      x
set_role                  .       .        .      .          .         x      x
set_screening             .       .        .      .          .         x      x
set_teaser                .       .        .      .          .         x      x
succeed                   .       .        .      .          .         x      .
activate                  .       .        .      .          .         .      x
transfer                  .       .        .      .          .         .      x
close                     .       .        .      .          .         .      x
export_circle             .       .        .      .          .         .      x
"""
HEADER, *ROWS = (line.split() for line in MATRIX.strip().splitlines())
CELLS = [(Role(role), Action(action), cell == "x") for action, *row in ROWS for role, cell in zip(HEADER, row, strict=True)]


def acting_as(role: Role) -> Member:
    """Somebody in that role; the ordinary ones by their trust."""
    trust = next((trust for trust, shown in ORDINARY.items() if shown is role), Trust.NEWCOMER)
    given = Role.MEMBER if role in ORDINARY.values() else role
    return Member("c", "u", given, MemberState.MEMBER, NOON, 1, AuditTrail("s"), trust=trust)


@pytest.mark.parametrize(("role", "action", "may"), CELLS, ids=str)
def test_c11_every_cell_of_the_permission_matrix(role: Role, action: Action, may: bool) -> None:
    member = acting_as(role)
    assert (member.acts_as, member.may(action)) == (role, may)
    if may:
        member.require(action)
    else:
        with pytest.raises(errors.NotAllowed):
            member.require(action)
    for state in set(MemberState) - {MemberState.MEMBER}:
        with pytest.raises(errors.CircleNotFound):
            replace(member, state=state).require(action)


def test_c11_the_matrix_leaves_out_no_role_and_no_action() -> None:
    assert {(role, action) for role, action, _ in CELLS} == {(role, action) for role in Role for action in Action}


RANKS = [Role.MEMBER, Role.BUYER, Role.MODERATOR, Role.CO_OWNER, Role.OWNER]


@pytest.mark.parametrize("new", RANKS)
@pytest.mark.parametrize("has", RANKS)
@pytest.mark.parametrize("by", RANKS)
def test_c11_roles_are_given_and_taken_only_from_above(by: Role, has: Role, new: Role) -> None:
    giver, taker = replace(acting_as(by), user_id="giver"), acting_as(has)
    allowed = by in (Role.CO_OWNER, Role.OWNER) and RANKS.index(by) > max(RANKS.index(has), RANKS.index(new))
    if allowed:
        assert taker.take_role(new, giver, at=NOON).role is new
        return
    with pytest.raises(errors.NotAllowed):
        taker.take_role(new, giver, at=NOON)


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
    with pytest.raises(errors.OwnerCannotLeave):
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
    assert the_member(world, circle_id, MEI.user_id).role is Role.MEMBER


def test_c10_banned_with_a_fresh_code_gets_the_wrong_code_answer() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    sanction(world, LIN, circle_id, MEI, BAN)
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
    sanction(world, LIN, circle_id, MEI, BAN, days=1)
    code = issue(world, LIN, circle_id)
    world.clock.advance(hours=23)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, MEI, code)
    world.clock.advance(hours=2)
    assert circles.join_circle(world.circles, MEI, code).is_in


def test_c10_a_ban_holds_off_who_has_left() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    circles.leave_circle(world.circles, MEI, circle_id)
    with pytest.raises(errors.MemberNotFound):
        sanction(world, LIN, circle_id, MEI, KICK)
    sanction(world, LIN, circle_id, MEI, BAN)
    with pytest.raises(errors.PasscodeRejected):
        join(world, MEI, LIN, circle_id)


def test_c10_a_kicked_member_may_come_back_by_a_code() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    sanction(world, LIN, circle_id, MEI, KICK)
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
        circles.post_note(world.circles, MEI, first, key, circles.Words("x"))
