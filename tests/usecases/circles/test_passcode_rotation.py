"""C5, C6: codes are rotated with a grace; one that got about is quarantined, and exactly those it let in wait anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Awaits, MemberState, Passcode, Role, SanctionKind
from services.circles.repository.passcodes import find_passcode, passcode_key
from services.shared.kernel.errors import KeyReused
from services.shared.messaging.stream import Change
from simulation.memory import MemoryTable
from simulation.setup.common import (
    issue,
    join,
    open_circle,
    sanction,
    the_member,
)
from simulation.simulation import World, person, wish

LIN, MEI, HAO, YAN, SHAN = (person(name) for name in ("lin", "mei", "hao", "yan", "shan"))


def follow(world: World) -> None:
    """Let circles follow its own stream."""
    table = world.circles_table
    assert isinstance(table, MemoryTable)
    while table.stream:
        records, table.stream[:] = list(table.stream), []
        for old, new in records:
            world.told += 1
            key = passcode_key((new or old or {}).get("id", ""))
            if new and new["sk"] == "PASSCODE":
                circles.handle_changes(world.circles, [Change(f"{world.told:020}", key, old, new)])


def state(world: World, circle_id: str, *people: object) -> list[MemberState]:
    return [the_member(world, circle_id, one.user_id).state for one in people]  # type: ignore[attr-defined]


def leaked(world: World, circle_id: str) -> tuple[str, str]:
    """A code by which Mei and Hao came in, and its id."""
    code = issue(world, LIN, circle_id)
    for who in (MEI, HAO):
        circles.join_circle(world.circles, who, code)
    return code, the_member(world, circle_id, MEI.user_id).passcode_id


def test_c6_quarantine_sets_exactly_the_joiners_to_pending_not_their_friends() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    code, passcode_id = leaked(world, circle_id)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    friend = join(world, YAN, MEI, circle_id)
    assert friend.invited_by == MEI.user_id
    join(world, SHAN, LIN, circle_id)
    circles.quarantine_passcode(world.circles, LIN, circle_id, passcode_id)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, person("late"), code)
    follow(world)
    inside, pending = MemberState.MEMBER, MemberState.PENDING
    assert state(world, circle_id, MEI, HAO, YAN, SHAN, LIN) == [pending, pending, inside, inside, inside]
    quarantined = the_member(world, circle_id, MEI.user_id)
    assert (quarantined.role, quarantined.awaits, quarantined.trail.length) == (Role.MEMBER, Awaits.ADMISSION, 2)
    with pytest.raises(errors.CircleNotFound):
        circles.list_notes(world.circles, MEI, circle_id, 20, None)


def test_c6_told_twice_or_late_it_touches_nobody_who_was_let_in_since() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    _, passcode_id = leaked(world, circle_id)
    before = find_passcode(world.circles_table, passcode_id)
    circles.quarantine_passcode(world.circles, LIN, circle_id, passcode_id)
    row = world.circles_table.get(passcode_key(passcode_id)) or {}
    follow(world)
    world.clock.advance(seconds=1)
    assert circles.approve_member(world.circles, LIN, circle_id, MEI.user_id).is_in
    world.clock.advance(seconds=1)
    circles.quarantine_passcode(world.circles, LIN, circle_id, passcode_id)  # the same wish again
    follow(world)
    assert isinstance(before, Passcode)
    old = {name: value for name, value in row.items() if not name.startswith("quarantined")}
    again = Change("9" * 20, passcode_key(passcode_id), old, row)
    circles.handle_changes(world.circles, [again])
    assert state(world, circle_id, MEI, HAO) == [MemberState.MEMBER, MemberState.PENDING]
    assert the_member(world, circle_id, HAO.user_id).trail.length == 1


def test_c6_another_code_is_no_way_out_of_quarantine_and_who_is_out_stays_out() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    _, passcode_id = leaked(world, circle_id)
    sanction(world, LIN, circle_id, HAO, SanctionKind.BAN)
    circles.quarantine_passcode(world.circles, LIN, circle_id, passcode_id)
    follow(world)
    assert state(world, circle_id, MEI, HAO) == [MemberState.PENDING, MemberState.BANNED]
    assert join(world, MEI, LIN, circle_id).state is MemberState.PENDING
    circles.leave_circle(world.circles, MEI, circle_id)
    assert join(world, MEI, LIN, circle_id).awaits is Awaits.ADMISSION


def test_c6_who_waits_with_answers_to_give_waits_to_be_let_in() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    circles.set_screening(world.circles, LIN, circle_id, "不公布巢址。", (), approval=False)
    passcode_id = join(world, MEI, LIN, circle_id).passcode_id
    circles.quarantine_passcode(world.circles, LIN, circle_id, passcode_id)
    follow(world)
    assert circles.answer_screening(world.circles, MEI, circle_id, 1, ()).state is MemberState.PENDING


def test_c6_only_who_keeps_order_and_only_in_their_own_circle() -> None:
    world = World()
    circle_id, elsewhere = open_circle(world, LIN), open_circle(world, SHAN)
    _, passcode_id = leaked(world, circle_id)
    with pytest.raises(errors.NotAllowed):
        circles.quarantine_passcode(world.circles, MEI, circle_id, passcode_id)
    with pytest.raises(errors.PasscodeNotFound):
        circles.quarantine_passcode(world.circles, SHAN, elsewhere, passcode_id)
    listed = circles.list_passcodes(world.circles, LIN, circle_id, 20, None)[0]
    assert all(one.quarantined_at is None for one in listed)


@pytest.mark.parametrize("kind", [SanctionKind.KICK, SanctionKind.BAN])
def test_c6_nobody_gets_round_a_quarantine_by_being_put_out(kind: SanctionKind) -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    _, passcode_id = leaked(world, circle_id)
    circles.quarantine_passcode(world.circles, LIN, circle_id, passcode_id)
    follow(world)
    sanction(world, LIN, circle_id, MEI, kind, days=1)
    world.clock.advance(hours=25)
    assert join(world, MEI, LIN, circle_id).awaits is Awaits.ADMISSION


def test_c5_rotation_gives_a_new_code_and_the_old_one_a_grace() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    code, passcode_id = leaked(world, circle_id)
    key = wish(LIN, now=world.clock.now)
    rotate = partial(circles.rotate_passcode, world.circles, LIN, circle_id, passcode_id, key, timedelta(hours=24))
    text, new = rotate()
    world.clock.advance(hours=1)
    assert rotate() == (text, new), "a retry is shown the same code, and moves nothing"
    old = find_passcode(world.circles_table, passcode_id)
    assert old is not None
    assert old.ends_at - new.created_at == timedelta(hours=24)
    assert (new.max_uses, new.ends_at - new.created_at) == (old.max_uses, timedelta(hours=72))
    assert circles.join_circle(world.circles, YAN, code).passcode_id == passcode_id
    world.clock.advance(hours=23)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, SHAN, code)
    assert circles.join_circle(world.circles, SHAN, text).passcode_id == new.id
    with pytest.raises(KeyReused):
        circles.rotate_passcode(
            world.circles, LIN, circle_id, passcode_id, replace(key, body_hash="another"), timedelta(hours=1)
        )


def test_c5_a_code_rotated_twice_gives_the_life_it_was_issued_for() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    _, passcode_id = leaked(world, circle_id)
    for grace in (timedelta(hours=1), timedelta(0)):
        key = wish(LIN, now=world.clock.now)
        _, new = circles.rotate_passcode(world.circles, LIN, circle_id, passcode_id, key, grace)
        assert new.ends_at - new.created_at == timedelta(hours=72)
        world.clock.advance(minutes=1)


def test_c5_rotation_never_lengthens_a_code_and_revives_none() -> None:
    world = World()
    circle_id = open_circle(world, LIN)
    _, passcode_id = leaked(world, circle_id)
    before = find_passcode(world.circles_table, passcode_id)
    world.clock.advance(hours=71)
    circles.rotate_passcode(world.circles, LIN, circle_id, passcode_id, wish(LIN, now=world.clock.now), timedelta(hours=24))
    after = find_passcode(world.circles_table, passcode_id)
    assert before is not None
    assert after is not None
    assert after.ends_at == before.ends_at
    circles.revoke_passcode(world.circles, LIN, circle_id, passcode_id)
    with pytest.raises(errors.PasscodeInactive):
        circles.rotate_passcode(world.circles, LIN, circle_id, passcode_id, wish(LIN, now=world.clock.now), timedelta(0))
    with pytest.raises(errors.NotAllowed):
        circles.rotate_passcode(world.circles, MEI, circle_id, passcode_id, wish(MEI, now=world.clock.now), timedelta(0))
