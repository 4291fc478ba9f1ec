"""Rank, direction and length of every act on another member: role x action x target rank x rank of the sanction in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, PendingStep, Role, Sanction, SanctionKind, role_proposals
from services.circles.domain.passcode import Passcode
from services.circles.domain.sanctioning import impose_sanction as impose
from services.circles.domain.sanctioning import lift_sanctions
from services.shared.security.audit import AuditTrail
from simulation.access.ranks import IMPOSERS, IN_FORCE, RANKS, ROLE_TARGETS, TARGETS, table
from simulation.clock import NOON
from simulation.setup.circles import get_member, impose_sanction, issue_passcode, join_circle, open_circle, set_role
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes, handle_new_changes
from simulation.users import caller

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
MUTE, KICK, BAN = SanctionKind
DAY = timedelta(days=1)


def of_roles(text: str, columns: tuple[str, ...] = RANKS) -> dict[tuple[Role, Role | None], bool]:
    cells = table(text, columns)
    return {(Role(by), None if column == "none" else Role(column)): cell for (by, column), cell in cells.items()}


CAN_TARGET = of_roles(TARGETS)
CAN_SET_ROLE = of_roles(ROLE_TARGETS)
CAN_UNDO = of_roles(IN_FORCE, IMPOSERS)


def member(name: str, role: Role, state: MemberState = MemberState.MEMBER) -> Member:
    return Member("cir_1", name, role, state, NOON, version=1, trail=AuditTrail(salt="salt"), passcode_id="pas_1")


def is_allowed(action: str, by: Member, target: Member) -> bool:
    try:
        if action == "approval":
            replace(target, state=MemberState.PENDING, pending_step=PendingStep.APPROVAL).approve(by, at=NOON)
        elif action == "role":
            role_proposals.set_role(target, Role.BUYER if target.role is Role.MEMBER else Role.MEMBER, by, at=NOON)
        elif action == "lifting":
            lift_sanctions(target, by, "误判", at=NOON)
        else:
            until = None if action == "kick" else NOON + DAY
            impose(target, Sanction(SanctionKind(action), "公布巢址", by.user_id, by.role, NOON, until), by)
    except errors.RoleNotAllowed:
        return False
    return True


@pytest.mark.parametrize("action", ["mute", "kick", "ban", "lifting", "approval", "role"])
def test_c22_every_action_is_limited_by_the_rank_of_the_target(action: str) -> None:
    for (role, target), allowed in (CAN_SET_ROLE if action == "role" else CAN_TARGET).items():
        assert target is not None
        by = member("by", role)
        assert is_allowed(action, by, member("target", target)) is allowed, (role, target)
        assert not is_allowed(action, by, member("by", target)), "never oneself"


def test_c6_a_quarantine_is_limited_by_the_rank_of_the_target() -> None:
    for (role, target), allowed in CAN_TARGET.items():
        assert target is not None
        if role.rank < Role.MODERATOR.rank:
            continue  # they cannot quarantine
        passcode = Passcode.issue("pas_1", member("lin", Role.OWNER), DAY, 5, at=NOON).quarantine("by", role, at=NOON)
        after = member("target", target).quarantine(passcode, at=NOON)
        assert (after.pending_step is PendingStep.APPROVAL) is allowed, (role, target)


@pytest.mark.parametrize(("kind", "length"), list(product((MUTE, BAN), ("shorter", "equal", "longer", "lifting"))))
def test_c22_a_sanction_in_force_is_limited_by_the_rank_of_its_imposer(kind: SanctionKind, length: str) -> None:
    for (role, imposer), can_undo in CAN_UNDO.items():
        target = member("target", Role.MEMBER)
        if imposer:
            first = Sanction(kind, "公布巢址", "first", imposer, NOON, NOON + 5 * DAY)
            target = impose(target, first, member("first", imposer))
        by, days = member("by", role), {"shorter": 1, "equal": 5, "longer": 9, "lifting": 0}[length]
        allowed = can_undo or (length in ("equal", "longer") and CAN_UNDO[role, None])
        try:
            if days:
                after = impose(target, Sanction(kind, "刷屏", "by", role, NOON, NOON + days * DAY), by)
            else:
                after = lift_sanctions(target, by, "误判", at=NOON)
        except errors.RoleNotAllowed:
            assert not allowed, (role, imposer)
            continue
        assert allowed, (role, imposer)
        if days and not can_undo:
            lifted = lift_sanctions(after, by, "误判", at=NOON)
            left = lifted.mute if kind is MUTE else lifted.sanction
            assert left and (left.by, left.until) == ("first", NOON + 5 * DAY), "lifting ends what was added, and no more"


def circle() -> tuple[Simulation, str, str]:
    """Return a circle of the owner Lin, in which Hao and Mei joined by one passcode, and Hao is a moderator."""
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    passcode = issue_passcode(simulation, LIN, circle_id)
    for user in (HAO, MEI):
        circles.join_circle(simulation.circles, user, passcode)
    set_role(simulation, LIN, circle_id, HAO.user_id, Role.MODERATOR)
    simulation.clock.advance(seconds=1)
    return simulation, circle_id, get_member(simulation, circle_id, MEI.user_id).passcode_id


def test_c22_a_short_ban_of_a_lower_rank_ends_neither_a_ban_nor_a_kick() -> None:
    for kind in (BAN, KICK):
        simulation, circle_id, _ = circle()
        before = impose_sanction(simulation, LIN, circle_id, MEI, kind)
        with pytest.raises(errors.RoleNotAllowed):
            impose_sanction(simulation, HAO, circle_id, MEI, BAN, days=1)
        with pytest.raises(errors.RoleNotAllowed):
            circles.lift_member_sanction(simulation.circles, HAO, circle_id, MEI.user_id, "误判")
        assert get_member(simulation, circle_id, MEI.user_id) == before
        simulation.clock.advance(days=2)
        with pytest.raises(errors.PasscodeRejected):
            join_circle(simulation, MEI, LIN, circle_id)


def test_c22_a_longer_ban_of_a_lower_rank_is_stored_above_the_other() -> None:
    simulation, circle_id, _ = circle()
    impose_sanction(simulation, LIN, circle_id, MEI, KICK)
    impose_sanction(simulation, HAO, circle_id, MEI, BAN)
    lifted = circles.lift_member_sanction(simulation.circles, HAO, circle_id, MEI.user_id, "误判")
    assert (lifted.state, lifted.sanction and lifted.sanction.by) == (MemberState.KICKED, LIN.user_id)
    assert get_member(simulation, circle_id, MEI.user_id) == lifted
    assert circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "误判").sanction is None
    assert join_circle(simulation, MEI, LIN, circle_id).is_active


def test_c22_a_lower_rank_does_not_shorten_the_limit_of_trust() -> None:
    simulation, circle_id, _ = circle()
    until = impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=9).trust_blocked_until
    assert impose_sanction(simulation, HAO, circle_id, MEI, KICK).trust_blocked_until == until
    lifted = circles.lift_member_sanction(simulation.circles, HAO, circle_id, MEI.user_id, "误判")
    assert (lifted.sanction, lifted.trust_blocked_until) == (None, until)
    assert lifted.mute is not None, "the owner's mute stays"


@pytest.mark.parametrize("before_the_stream", ["promoted", "demoted", "the quarantining member is demoted"])
def test_c6_a_quarantine_holds_for_lower_ranks_also_if_ranks_change_before_the_stream(before_the_stream: str) -> None:
    simulation, circle_id, passcode_id = circle()
    join_circle(simulation, YAN, LIN, circle_id)
    set_role(simulation, LIN, circle_id, YAN.user_id, Role.MODERATOR)
    simulation.clock.advance(seconds=1)
    circles.quarantine_passcode(simulation.circles, YAN, circle_id, passcode_id)
    simulation.clock.advance(seconds=1)
    if before_the_stream == "promoted":
        set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    else:
        user = HAO if before_the_stream == "demoted" else YAN
        set_role(simulation, LIN, circle_id, user.user_id, Role.MEMBER)
    handle_new_changes(simulation, "circles")
    states = [get_member(simulation, circle_id, user.user_id).is_active for user in (HAO, MEI)]
    assert states == [True, before_the_stream == "promoted"]


def test_c6_a_repeated_quarantine_changes_no_member_who_was_demoted_since() -> None:
    simulation, circle_id, passcode_id = circle()
    circles.quarantine_passcode(simulation.circles, HAO, circle_id, passcode_id)
    handle_all_changes(simulation, "circles")
    simulation.clock.advance(seconds=1)
    before = set_role(simulation, LIN, circle_id, HAO.user_id, Role.MEMBER)
    handle_all_changes(simulation, "circles")
    assert get_member(simulation, circle_id, HAO.user_id) == before


def test_c6_a_higher_rank_extends_a_quarantine_to_more_ranks() -> None:
    simulation, circle_id, passcode_id = circle()
    for by, is_active in ((HAO, True), (LIN, False)):
        circles.quarantine_passcode(simulation.circles, by, circle_id, passcode_id)
        handle_all_changes(simulation, "circles")
        assert get_member(simulation, circle_id, HAO.user_id).is_active is is_active
