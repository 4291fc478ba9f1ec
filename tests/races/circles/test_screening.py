"""Races of joining, approval, sanctions and quarantine."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, Role, SanctionKind
from services.circles.errors import MemberNotFound, PasscodeRejected, RoleNotAllowed
from services.circles.repository import passcodes
from services.circles.repository.circles import circle_key, member_key
from services.circles.repository.passcodes import passcode_key
from services.circles.usecases.passcodes import quarantine_joined_members
from services.shared.kernel.errors import DomainError
from services.shared.messaging.stream import Change
from simulation.setup.circles import (
    get_member,
    impose_sanction,
    issue_passcode,
    join_circle,
    open_circle,
    set_role,
    set_screening,
)
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

LIN, MEI, HAO, YAN = caller("lin"), caller("mei"), caller("hao"), caller("yan")


def circle_with_pending_member(simulation: Simulation) -> str:
    """Return the id of a circle in which Mei is a moderator and Hao waits for approval."""
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    set_screening(simulation, LIN, circle_id, "不公布巢址。", (), approval=True)
    join_circle(simulation, HAO, LIN, circle_id)
    circles.answer_screening(simulation.circles, HAO, circle_id, 1, ())
    return circle_id


def test_c9_parallel_approvals_approve_once(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = circle_with_pending_member(simulation)
        answers = race(
            [partial(circles.approve_member, simulation.circles, by, circle_id, HAO.user_id) for by in (LIN, MEI) * 8]
        )
        assert types_of(answers) == {Member}
        member = get_member(simulation, circle_id, HAO.user_id)
        assert (member.is_active, member.trail.length) == (True, 1)


def test_c9_a_kick_wins_over_a_parallel_approval(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = circle_with_pending_member(simulation)
        approvals = [partial(circles.approve_member, simulation.circles, MEI, circle_id, HAO.user_id)] * 8
        kick = partial(impose_sanction, simulation, LIN, circle_id, HAO, SanctionKind.KICK)
        *approved, kicked = race([*approvals, kick])
        assert types_of(approved) <= {Member, MemberNotFound}
        assert isinstance(kicked, Member)
        assert get_member(simulation, circle_id, HAO.user_id).state is MemberState.KICKED


def test_c22_a_permanent_ban_of_the_owner_wins_over_parallel_short_bans_and_liftings(rounds: Rounds) -> None:
    """Two moderators ban for a day and lift while the owner bans without an end: whatever the order, that ban is in force."""
    for simulation in rounds:
        circle_id = open_circle(simulation, LIN)
        for user in (MEI, YAN, HAO):
            join_circle(simulation, user, LIN, circle_id)
        for moderator in (MEI, YAN):
            set_role(simulation, LIN, circle_id, moderator.user_id, Role.MODERATOR)
        lift = circles.lift_member_sanction
        short_bans = [partial(impose_sanction, simulation, by, circle_id, HAO, SanctionKind.BAN, 1) for by in (MEI, YAN) * 2]
        liftings = [partial(lift, simulation.circles, by, circle_id, HAO.user_id, "误判") for by in (MEI, YAN) * 2]
        ban = partial(impose_sanction, simulation, LIN, circle_id, HAO, SanctionKind.BAN)
        *others, imposed = race([*short_bans, *liftings, ban])
        assert isinstance(imposed, Member)
        assert types_of(others) <= {Member, RoleNotAllowed}
        member = get_member(simulation, circle_id, HAO.user_id)
        assert member.sanction is not None
        assert (member.state, member.sanction.by, member.sanction.until) == (MemberState.BANNED, LIN.user_id, None)


def test_c9_a_user_who_joins_after_screening_was_set_is_pending(rounds: Rounds) -> None:
    """A user who joins at the same moment is a member or pending; afterwards the circle has the screening."""
    for simulation in rounds:
        circle_id = open_circle(simulation, LIN)
        code = issue_passcode(simulation, LIN, circle_id, max_uses=50)
        joining = [partial(circles.join_circle, simulation.circles, caller(f"guest-{number}"), code) for number in range(20)]
        asking = partial(set_screening, simulation, LIN, circle_id, "不公布巢址。", (), approval=False)
        *joined, _ = race([*joining, asking])
        assert not any(isinstance(one, DomainError) for one in joined)
        assert "screening" in (simulation.circles_table.get(circle_key(circle_id), consistent_read=True) or {})
        late = race([partial(circles.join_circle, simulation.circles, caller(f"late-{number}"), code) for number in range(8)])
        assert {one.state for one in late if isinstance(one, Member)} == {MemberState.PENDING}


def test_c6_quarantine_includes_every_user_who_joined_at_the_same_moment(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, LIN)
        code = issue_passcode(simulation, LIN, circle_id, max_uses=50)
        passcode_id = circles.join_circle(simulation.circles, MEI, code).passcode_id
        joining = [partial(circles.join_circle, simulation.circles, caller(f"guest-{number}"), code) for number in range(30)]
        *joined, _ = race([*joining, partial(circles.quarantine_passcode, simulation.circles, LIN, circle_id, passcode_id)])
        served, denied = split_results(joined)
        assert types_of(denied) <= {PasscodeRejected}
        row = simulation.circles_table.get(passcode_key(passcode_id), consistent_read=True) or {}
        before = {name: value for name, value in row.items() if not name.startswith("quarantined")}
        change = Change("1", passcode_key(passcode_id), before, row)
        assert row["uses"] == len(served) + 1
        race(
            [partial(quarantine_joined_members, simulation.circles, [change])] * 3
        )  # delivered twice, or by two functions at once
        for one in (MEI.user_id, *(member.user_id for member in served)):
            kept = get_member(simulation, circle_id, one)
            assert (kept.state, kept.trail.length) == (MemberState.PENDING, 1)
        assert simulation.circles_table.get(member_key(circle_id, LIN.user_id), consistent_read=True)


def test_c5_two_rotations_at_once_never_lengthen_the_old_code(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = open_circle(simulation, LIN)
        passcode_id = join_circle(simulation, MEI, LIN, circle_id).passcode_id
        at = simulation.clock.now
        keys = [new_key(LIN, now=at) for _ in range(6)]
        rotate = partial(circles.rotate_passcode, simulation.circles, LIN, circle_id, passcode_id)
        calls = [partial(rotate, key, timedelta(hours=hours)) for key, hours in zip(keys, (24, 2, 24, 9, 24, 24), strict=True)]
        issued, denied = split_results(race(calls * 2))
        assert denied == []
        assert len({passcode.id for _, passcode in issued}) == 6, "one passcode per request, for any number of retries"
        kept = passcodes.find_passcode(simulation.circles_table, passcode_id)
        assert kept is not None
        assert kept.expires_at == at + timedelta(hours=2)
