"""Coming in, being let in, being turned away and being quarantined, all at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, Role, SanctionKind
from services.circles.errors import MemberNotFound, PasscodeRejected
from services.circles.repository import passcodes
from services.circles.repository.circles import circle_key, member_key
from services.circles.repository.passcodes import passcode_key
from services.circles.usecases.passcodes import quarantine_joiners
from services.shared.kernel.errors import DomainError
from services.shared.messaging.stream import Change
from simulation.setup.common import (
    issue,
    join,
    open_circle,
    sanction,
    the_member,
)
from simulation.simulation import World, person, wish
from tests.races.conftest import Rounds
from tests.support.races import apart, kinds, race

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


def one_who_waits(world: World) -> str:
    """A circle in which Mei keeps order and Hao waits to be let in; its id."""
    circle_id = open_circle(world, LIN)
    join(world, MEI, LIN, circle_id)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    circles.set_screening(world.circles, LIN, circle_id, "不公布巢址。", (), approval=True)
    join(world, HAO, LIN, circle_id)
    circles.answer_screening(world.circles, HAO, circle_id, 1, ())
    return circle_id


def test_c9_two_who_let_somebody_in_at_once_let_them_in_once(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = one_who_waits(world)
        answers = race([partial(circles.approve_member, world.circles, by, circle_id, HAO.user_id) for by in (LIN, MEI) * 8])
        assert kinds(answers) == {Member}
        member = the_member(world, circle_id, HAO.user_id)
        assert (member.is_in, member.trail.length) == (True, 1)


def test_c9_whoever_is_turned_away_is_out_even_if_somebody_lets_them_in_at_once(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = one_who_waits(world)
        admitting = [partial(circles.approve_member, world.circles, MEI, circle_id, HAO.user_id)] * 8
        turning = partial(sanction, world, LIN, circle_id, HAO, SanctionKind.KICK)
        *admitted, turned = race([*admitting, turning])
        assert kinds(admitted) <= {Member, MemberNotFound}
        assert isinstance(turned, Member)
        assert the_member(world, circle_id, HAO.user_id).state is MemberState.KICKED


def test_c9_who_comes_in_after_screening_was_answered_for_is_pending(rounds: Rounds) -> None:
    """Who comes at the same moment is in or pending; the circle says afterwards what the owner was told."""
    for world in rounds:
        circle_id = open_circle(world, LIN)
        code = issue(world, LIN, circle_id, max_uses=50)
        joining = [partial(circles.join_circle, world.circles, person(f"guest-{number}"), code) for number in range(20)]
        asking = partial(circles.set_screening, world.circles, LIN, circle_id, "不公布巢址。", (), approval=False)
        *joined, _ = race([*joining, asking])
        assert not any(isinstance(one, DomainError) for one in joined)
        assert "screening" in (world.circles_table.get(circle_key(circle_id), consistent_read=True) or {})
        late = race([partial(circles.join_circle, world.circles, person(f"late-{number}"), code) for number in range(8)])
        assert {one.state for one in late if isinstance(one, Member)} == {MemberState.PENDING}


def test_c6_quarantine_misses_nobody_who_came_in_at_the_same_moment(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = open_circle(world, LIN)
        code = issue(world, LIN, circle_id, max_uses=50)
        passcode_id = circles.join_circle(world.circles, MEI, code).passcode_id
        joining = [partial(circles.join_circle, world.circles, person(f"guest-{number}"), code) for number in range(30)]
        *joined, _ = race([*joining, partial(circles.quarantine_passcode, world.circles, LIN, circle_id, passcode_id)])
        served, refused = apart(joined)
        assert kinds(refused) <= {PasscodeRejected}
        row = world.circles_table.get(passcode_key(passcode_id), consistent_read=True) or {}
        before = {name: value for name, value in row.items() if name != "quarantined_at"}
        change = Change("1", passcode_key(passcode_id), before, row)
        assert row["uses"] == len(served) + 1
        race([partial(quarantine_joiners, world.circles, [change])] * 3)  # told twice, or two functions at once
        for one in (MEI.user_id, *(member.user_id for member in served)):
            kept = the_member(world, circle_id, one)
            assert (kept.state, kept.trail.length) == (MemberState.PENDING, 1)
        assert world.circles_table.get(member_key(circle_id, LIN.user_id), consistent_read=True)


def test_c5_two_rotations_at_once_never_lengthen_the_old_code(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = open_circle(world, LIN)
        passcode_id = join(world, MEI, LIN, circle_id).passcode_id
        at = world.clock.now
        keys = [wish(LIN, now=at) for _ in range(6)]
        rotate = partial(circles.rotate_passcode, world.circles, LIN, circle_id, passcode_id)
        calls = [partial(rotate, key, timedelta(hours=hours)) for key, hours in zip(keys, (24, 2, 24, 9, 24, 24), strict=True)]
        issued, refused = apart(race(calls * 2))
        assert refused == []
        assert len({passcode.id for _, passcode in issued}) == 6, "a code a wish, however often it is tried"
        kept = passcodes.find_passcode(world.circles_table, passcode_id)
        assert kept is not None
        assert kept.ends_at == at + timedelta(hours=2)
