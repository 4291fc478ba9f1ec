"""Circles: provisioning and activation, permissions, roles, bans and kicks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Action, Member, MemberState, Role, SanctionKind, role_proposals
from services.circles.domain.roles import ROLE_BY_TRUST, Trust
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.audit import AuditTrail
from simulation.clock import NOON
from simulation.memory import MemoryTable
from simulation.setup.circles import get_member, impose_sanction, issue_passcode, join_circle, open_circle, set_role
from simulation.setup.events import seat_granted
from simulation.simulation import Simulation
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
KICK, BAN = SanctionKind.KICK, SanctionKind.BAN


def test_c1_the_same_seat_twice_creates_one_circle() -> None:
    simulation = Simulation()
    event = seat_granted(simulation, LIN)
    circles.apply_seat_granted(simulation.circles, event)
    assert isinstance(simulation.circles_table, MemoryTable)
    before = simulation.circles_table.all_items()
    simulation.clock.advance(minutes=5)
    circles.apply_seat_granted(simulation.circles, event)
    assert simulation.circles_table.all_items() == before
    assert derive_id("cir", event.data.application_id) in before[0]["pk"]


def test_c1_only_its_owner_can_activate_a_circle() -> None:
    simulation = Simulation()
    event = seat_granted(simulation, LIN)
    circles.apply_seat_granted(simulation.circles, event)
    circle_id = derive_id("cir", event.data.application_id)
    with pytest.raises(errors.CircleNotFound):
        circles.activate_circle(simulation.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotActive):
        issue_passcode(simulation, LIN, circle_id)
    assert circles.activate_circle(simulation.circles, LIN, circle_id).state == "active"
    assert circles.activate_circle(simulation.circles, LIN, circle_id).state == "active"


def test_c1_no_route_creates_a_circle() -> None:
    from services.circles.app import api

    assert ("POST", "/circles") not in {(route.method, route.template) for route in api.declared_routes}


MATRIX = """
                   newcomer  member  regular  buyer  moderator  co_owner  owner
read                      x       x        x      x          x         x      x
post_note                 x       x        x      x          x         x      x
comment                   x       x        x      x          x         x      x
report                    x       x        x      x          x         x      x
like                      x       x        x      x          x         x      x
check_in                  x       x        x      x          x         x      x
leave                     x       x        x      x          x         x      x
set_nickname              x       x        x      x          x         x      x
export_own                x       x        x      x          x         x      x
post_without_limits       .       x        x      x          x         x      x
invite                    .       .        x      x          x         x      x
issue_passcode            .       .        .      .          x         x      x
list_passcodes            .       .        .      .          x         x      x
revoke_passcode           .       .        .      .          x         x      x
list_memberships          .       .        .      .          x         x      x
sanction                  .       .        .      .          x         x      x
approve_member            .       .        .      .          x         x      x
remove_note               .       .        .      .          x         x      x
read_revisions            .       .        .      .          x         x      x
highlight                 .       .        .      .          x         x      x
read_health               .       .        .      .          x         x      x
read_moderation_log       .       .        .      .          x         x      x
set_role                  .       .        .      .          .         x      x
set_screening             .       .        .      .          .         x      x
set_teaser                .       .        .      .          .         x      x
edit_page                 .       .        .      .          .         x      x
pull_brake                .       x        x      x          x         .      .
receive_succession        .       .        .      .          .         x      .
activate                  .       .        .      .          .         .      x
transfer                  .       .        .      .          .         .      x
close                     .       .        .      .          .         .      x
export_circle             .       .        .      .          .         .      x
create_campaign           .       .        .      .          .         .      x
read_campaigns            .       .        .      .          .         .      x
stop_campaign             .       .        .      .          .         .      x
"""
HEADER, *ROWS = (line.split() for line in MATRIX.strip().splitlines())
CELLS = [(Role(role), Action(action), cell == "x") for action, *row in ROWS for role, cell in zip(HEADER, row, strict=True)]


def member_with_role(role: Role) -> Member:
    """Return a member with this effective role."""
    trust = next((trust for trust, by_trust in ROLE_BY_TRUST.items() if by_trust is role), Trust.NEWCOMER)
    assigned = Role.MEMBER if role in ROLE_BY_TRUST.values() else role
    return Member("c", "u", assigned, MemberState.MEMBER, NOON, 1, AuditTrail("s"), trust=trust)


@pytest.mark.parametrize(("role", "action", "is_allowed"), CELLS, ids=str)
def test_c11_every_cell_of_the_permission_matrix(role: Role, action: Action, is_allowed: bool) -> None:
    member = member_with_role(role)
    assert (member.effective_role, member.can(action)) == (role, is_allowed)
    if is_allowed:
        member.require(action, NOON)
    else:
        with pytest.raises(errors.RoleNotAllowed):
            member.require(action, NOON)
    for state in set(MemberState) - {MemberState.MEMBER}:
        with pytest.raises(errors.CircleNotFound):
            replace(member, state=state).require(action, NOON)


def test_c11_the_matrix_has_every_role_and_action() -> None:
    assert {(role, action) for role, action, _ in CELLS} == {(role, action) for role in Role for action in Action}


RANKS = [Role.MEMBER, Role.BUYER, Role.MODERATOR, Role.CO_OWNER, Role.OWNER]


@pytest.mark.parametrize("new", RANKS)
@pytest.mark.parametrize("current", RANKS)
@pytest.mark.parametrize("by", RANKS)
def test_c11_only_a_higher_role_assigns_and_removes_roles(by: Role, current: Role, new: Role) -> None:
    actor, target = replace(member_with_role(by), user_id="actor"), member_with_role(current)
    is_allowed = by in (Role.CO_OWNER, Role.OWNER) and RANKS.index(by) > max(RANKS.index(current), RANKS.index(new))
    if is_allowed:
        after = role_proposals.set_role(target, new, actor, at=NOON)
        if RANKS.index(new) > RANKS.index(current):
            after = role_proposals.accept_role(after, new, actor, at=NOON)
        assert after.role is new
        return
    with pytest.raises(errors.RoleNotAllowed):
        role_proposals.set_role(target, new, actor, at=NOON)


def test_c11_a_member_cannot_promote_themselves_or_become_owner() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    for user in (MEI, HAO):
        join_circle(simulation, user, LIN, circle_id)
    with pytest.raises(errors.RoleNotAllowed):
        set_role(simulation, MEI, circle_id, MEI.user_id, Role.MODERATOR)
    assert set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR).role is Role.MODERATOR
    for target, role in ((HAO, Role.MODERATOR), (MEI, Role.MEMBER)):
        with pytest.raises(errors.RoleNotAllowed):
            set_role(simulation, MEI, circle_id, target.user_id, role)
    for target, role in ((HAO, Role.OWNER), (LIN, Role.MEMBER)):
        with pytest.raises(errors.RoleNotAllowed):
            set_role(simulation, LIN, circle_id, target.user_id, role)


def test_c11_the_owner_cannot_leave() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    with pytest.raises(errors.OwnerCannotLeave):
        circles.leave_circle(simulation.circles, LIN, circle_id, gives_up_role=True)


def test_c11_a_moderator_who_leaves_and_rejoins_is_an_ordinary_member() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    with pytest.raises(errors.CircleNotFound):
        circles.list_memberships(simulation.circles, MEI, circle_id, PageRequest(10))
    join_circle(simulation, MEI, LIN, circle_id)
    assert get_member(simulation, circle_id, MEI.user_id).role is Role.MEMBER


def test_c10_a_banned_user_with_a_new_passcode_gets_the_error_of_a_wrong_one() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    impose_sanction(simulation, LIN, circle_id, MEI, BAN)
    passcode = issue_passcode(simulation, LIN, circle_id)
    with pytest.raises(errors.PasscodeRejected) as banned:
        circles.join_circle(simulation.circles, MEI, passcode)
    with pytest.raises(errors.PasscodeRejected) as wrong:
        circles.join_circle(simulation.circles, HAO, "ABCD-EFGH-JKMN")
    assert vars(banned.value) == vars(wrong.value)


def test_c10_a_ban_ends_by_the_clock_without_a_job() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    impose_sanction(simulation, LIN, circle_id, MEI, BAN, days=1)
    passcode = issue_passcode(simulation, LIN, circle_id)
    simulation.clock.advance(hours=23)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, MEI, passcode)
    simulation.clock.advance(hours=2)
    assert circles.join_circle(simulation.circles, MEI, passcode).is_active


def test_c10_a_ban_applies_to_a_user_who_has_left() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    with pytest.raises(errors.MemberNotFound):
        impose_sanction(simulation, LIN, circle_id, MEI, KICK)
    impose_sanction(simulation, LIN, circle_id, MEI, BAN)
    with pytest.raises(errors.PasscodeRejected):
        join_circle(simulation, MEI, LIN, circle_id)


def test_c10_a_kicked_member_can_rejoin_after_a_while_and_their_passcode_works_for_others() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    passcode = issue_passcode(simulation, LIN, circle_id)
    circles.join_circle(simulation.circles, MEI, passcode)
    impose_sanction(simulation, LIN, circle_id, MEI, KICK)
    with pytest.raises(errors.CircleNotFound):
        circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(10))
    for each in (passcode, issue_passcode(simulation, LIN, circle_id)):
        with pytest.raises(errors.PasscodeRejected):
            circles.join_circle(simulation.circles, MEI, each)
    assert circles.join_circle(simulation.circles, HAO, passcode).is_active
    simulation.clock.advance(days=30)
    assert join_circle(simulation, MEI, LIN, circle_id).is_active


def test_c11_list_circles_returns_those_that_the_caller_is_a_member_of() -> None:
    simulation = Simulation()
    first, second = open_circle(simulation, LIN), open_circle(simulation, HAO)
    join_circle(simulation, MEI, LIN, first)
    join_circle(simulation, MEI, HAO, second)
    circles.leave_circle(simulation.circles, MEI, first, gives_up_role=True)
    joined, _ = circles.list_circles(simulation.circles, MEI, PageRequest(10))
    assert [circle.id for circle, _ in joined] == [second]
    key = new_key(MEI)
    with pytest.raises(errors.CircleNotFound):
        circles.post_note(simulation.circles, MEI, first, key, circles.NoteInput("x"))
