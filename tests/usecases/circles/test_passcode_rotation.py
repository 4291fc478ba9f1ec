"""C5, C6: rotation with a grace period; quarantine of a leaked passcode, after which its joiners need approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, Passcode, PendingStep, Role, SanctionKind
from services.circles.repository.passcodes import find_passcode, passcode_key
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
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
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN, SHAN = (caller(name) for name in ("lin", "mei", "hao", "yan", "shan"))


def states(simulation: Simulation, circle_id: str, *users: Caller) -> list[MemberState]:
    return [get_member(simulation, circle_id, user.user_id).state for user in users]


def issue_and_join(simulation: Simulation, circle_id: str) -> tuple[str, str]:
    """Return a passcode with which Mei and Hao joined, and its id."""
    passcode = issue_passcode(simulation, LIN, circle_id)
    for user in (MEI, HAO):
        circles.join_circle(simulation.circles, user, passcode)
    return passcode, get_member(simulation, circle_id, MEI.user_id).passcode_id


def test_c6_quarantine_makes_exactly_the_joiners_pending_and_not_their_invitees() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    passcode, passcode_id = issue_and_join(simulation, circle_id)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    invitee = join_circle(simulation, YAN, MEI, circle_id)
    assert invitee.invited_by == MEI.user_id
    join_circle(simulation, SHAN, LIN, circle_id)
    circles.quarantine_passcode(simulation.circles, LIN, circle_id, passcode_id)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, caller("late"), passcode)
    handle_new_changes(simulation, "circles")
    active, pending = MemberState.MEMBER, MemberState.PENDING
    assert states(simulation, circle_id, MEI, HAO, YAN, SHAN, LIN) == [pending, pending, active, active, active]
    quarantined = get_member(simulation, circle_id, MEI.user_id)
    assert (quarantined.role, quarantined.pending_step, quarantined.trail.length) == (Role.MEMBER, PendingStep.APPROVAL, 3)
    with pytest.raises(errors.CircleNotFound):
        circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20))


def test_c6_a_repeated_or_late_change_does_not_affect_members_approved_since() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    _, passcode_id = issue_and_join(simulation, circle_id)
    before = find_passcode(simulation.circles_table, passcode_id)
    circles.quarantine_passcode(simulation.circles, LIN, circle_id, passcode_id)
    item = simulation.circles_table.get(passcode_key(passcode_id)) or {}
    handle_new_changes(simulation, "circles")
    simulation.clock.advance(seconds=1)
    assert circles.approve_member(simulation.circles, LIN, circle_id, MEI.user_id).is_active
    simulation.clock.advance(seconds=1)
    circles.quarantine_passcode(simulation.circles, LIN, circle_id, passcode_id)  # the same request again
    handle_new_changes(simulation, "circles")
    assert isinstance(before, Passcode)
    old = {name: value for name, value in item.items() if not name.startswith("quarantined")}
    repeated = Change("9" * 20, passcode_key(passcode_id), old, item)
    circles.handle_changes(simulation.circles, [repeated])
    assert states(simulation, circle_id, MEI, HAO) == [MemberState.MEMBER, MemberState.PENDING]
    assert get_member(simulation, circle_id, HAO.user_id).trail.length == 1


def test_c6_another_passcode_does_not_end_the_quarantine_and_banned_users_stay_banned() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    _, passcode_id = issue_and_join(simulation, circle_id)
    impose_sanction(simulation, LIN, circle_id, HAO, SanctionKind.BAN)
    circles.quarantine_passcode(simulation.circles, LIN, circle_id, passcode_id)
    handle_new_changes(simulation, "circles")
    assert states(simulation, circle_id, MEI, HAO) == [MemberState.PENDING, MemberState.BANNED]
    assert join_circle(simulation, MEI, LIN, circle_id).state is MemberState.PENDING
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    assert join_circle(simulation, MEI, LIN, circle_id).pending_step is PendingStep.APPROVAL


def test_c6_a_user_who_has_not_answered_needs_approval_too() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    set_screening(simulation, LIN, circle_id, "不公布巢址。", (), approval=False)
    passcode_id = join_circle(simulation, MEI, LIN, circle_id).passcode_id
    circles.quarantine_passcode(simulation.circles, LIN, circle_id, passcode_id)
    handle_new_changes(simulation, "circles")
    assert circles.answer_screening(simulation.circles, MEI, circle_id, 1, ()).state is MemberState.PENDING


def test_c6_only_moderators_can_quarantine_and_only_in_their_own_circle() -> None:
    simulation = Simulation()
    circle_id, elsewhere = open_circle(simulation, LIN), open_circle(simulation, SHAN)
    _, passcode_id = issue_and_join(simulation, circle_id)
    with pytest.raises(errors.RoleNotAllowed):
        circles.quarantine_passcode(simulation.circles, MEI, circle_id, passcode_id)
    with pytest.raises(errors.PasscodeNotFound):
        circles.quarantine_passcode(simulation.circles, SHAN, elsewhere, passcode_id)
    listed = circles.list_passcodes(simulation.circles, LIN, circle_id, PageRequest(20))[0]
    assert all(one.quarantined_at is None for one in listed)


@pytest.mark.parametrize("kind", [SanctionKind.KICK, SanctionKind.BAN])
def test_c6_a_kick_or_ban_does_not_end_the_quarantine(kind: SanctionKind) -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    _, passcode_id = issue_and_join(simulation, circle_id)
    circles.quarantine_passcode(simulation.circles, LIN, circle_id, passcode_id)
    handle_new_changes(simulation, "circles")
    impose_sanction(simulation, LIN, circle_id, MEI, kind, days=1)
    simulation.clock.advance(days=31)
    assert join_circle(simulation, MEI, LIN, circle_id).pending_step is PendingStep.APPROVAL


def test_c5_rotation_creates_a_new_passcode_and_the_old_one_has_a_grace_period() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    passcode, passcode_id = issue_and_join(simulation, circle_id)
    key = new_key(LIN, now=simulation.clock.now)
    rotate = partial(circles.rotate_passcode, simulation.circles, LIN, circle_id, passcode_id, key, timedelta(hours=24))
    text, new = rotate()
    simulation.clock.advance(hours=1)
    assert rotate() == (text, new), "a retry returns the same passcode and changes nothing"
    old = find_passcode(simulation.circles_table, passcode_id)
    assert old is not None
    assert old.expires_at - new.created_at == timedelta(hours=24)
    assert (new.max_uses, new.expires_at - new.created_at) == (old.max_uses, timedelta(hours=72))
    assert circles.join_circle(simulation.circles, YAN, passcode).passcode_id == passcode_id
    simulation.clock.advance(hours=23)
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, SHAN, passcode)
    assert circles.join_circle(simulation.circles, SHAN, text).passcode_id == new.id
    with pytest.raises(KeyReused):
        circles.rotate_passcode(
            simulation.circles, LIN, circle_id, passcode_id, replace(key, body_hash="another"), timedelta(hours=1)
        )


def test_c5_a_passcode_rotated_twice_has_the_lifetime_it_was_issued_for() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    _, passcode_id = issue_and_join(simulation, circle_id)
    for grace in (timedelta(hours=1), timedelta(0)):
        key = new_key(LIN, now=simulation.clock.now)
        _, new = circles.rotate_passcode(simulation.circles, LIN, circle_id, passcode_id, key, grace)
        assert new.expires_at - new.created_at == timedelta(hours=72)
        simulation.clock.advance(minutes=1)


def test_c5_rotation_never_extends_or_reactivates_a_passcode() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    _, passcode_id = issue_and_join(simulation, circle_id)
    before = find_passcode(simulation.circles_table, passcode_id)
    simulation.clock.advance(hours=71)
    circles.rotate_passcode(
        simulation.circles, LIN, circle_id, passcode_id, new_key(LIN, now=simulation.clock.now), timedelta(hours=24)
    )
    after = find_passcode(simulation.circles_table, passcode_id)
    assert before is not None
    assert after is not None
    assert after.expires_at == before.expires_at
    circles.revoke_passcode(simulation.circles, LIN, circle_id, passcode_id)
    with pytest.raises(errors.PasscodeInactive):
        circles.rotate_passcode(
            simulation.circles, LIN, circle_id, passcode_id, new_key(LIN, now=simulation.clock.now), timedelta(0)
        )
    with pytest.raises(errors.RoleNotAllowed):
        circles.rotate_passcode(
            simulation.circles, MEI, circle_id, passcode_id, new_key(MEI, now=simulation.clock.now), timedelta(0)
        )
