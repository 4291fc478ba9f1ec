"""C9: in a circle with screening, every way to join leads to `pending`, and none avoids it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.errors import CircleNotFound as ChatCircleNotFound
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, PendingStep, Role, SanctionKind
from services.circles.publications import membership_changed
from services.circles.repository.circles import member_key
from services.circles.repository.passcodes import find_passcode
from services.circles.schemas import AnswersRequest
from services.shared.kernel.errors import CallerMuted
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from simulation.setup.chat import set_chat_members
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

LIN, MEI, HAO, YAN = caller("lin"), caller("mei"), caller("hao"), caller("yan")
RULES, QUESTIONS = "不公布巢址。", ("常去哪里看鸟？", "看过最远的鸟是什么？")
ANSWERS = ("江边", "北极燕鸥")


def circle_with_screening(*, approval: bool = False) -> tuple[Simulation, str]:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    set_screening(simulation, LIN, circle_id, RULES, QUESTIONS, approval=approval)
    return simulation, circle_id


def answer(
    simulation: Simulation, circle_id: str, user: Caller, revision: int = 1, answers: tuple[str, ...] = ANSWERS
) -> Member:
    return circles.answer_screening(simulation.circles, user, circle_id, revision, answers)


def pending_ids(simulation: Simulation, circle_id: str) -> list[str]:
    return [member.user_id for member in circles.list_pending_members(simulation.circles, LIN, circle_id, PageRequest(20))[0]]


def count_uses(simulation: Simulation, member: Member) -> int:
    passcode = find_passcode(simulation.circles_table, member.passcode_id)
    return passcode.uses if passcode else 0


def check_cannot_read(simulation: Simulation, user: Caller, circle_id: str) -> None:
    ports = simulation.circles
    attempts: list[Callable[[], Any]] = [
        lambda: circles.get_circle(ports, user, circle_id),
        lambda: circles.list_notes(ports, user, circle_id, PageRequest(20)),
        lambda: circles.list_memberships(ports, user, circle_id, PageRequest(20)),
        lambda: circles.list_pending_members(ports, user, circle_id, PageRequest(20)),
        lambda: circles.post_note(ports, user, circle_id, new_key(user), circles.NoteInput("早")),
        lambda: circles.approve_member(ports, user, circle_id, user.user_id),
    ]
    for attempt in attempts:
        with pytest.raises(errors.CircleNotFound):
            attempt()
    assert circles.list_circles(ports, user, PageRequest(20)) == ([], None)


def test_c9_a_newcomer_is_a_member_only_after_agreeing_and_answering() -> None:
    simulation, circle_id = circle_with_screening()
    pending = join_circle(simulation, MEI, LIN, circle_id)
    assert (pending.state, pending.pending_step) == (MemberState.PENDING, PendingStep.ANSWERS)
    check_cannot_read(simulation, MEI, circle_id)
    screening = circles.get_screening(simulation.circles, MEI, circle_id).screening
    assert screening is not None
    assert (screening.rules, screening.questions, screening.revision) == (RULES, QUESTIONS, 1)
    member = answer(simulation, circle_id, MEI)
    assert (member.is_active, member.answers, member.pending_step) == (True, ANSWERS, None)
    assert answer(simulation, circle_id, MEI) == member, "answering again changes nothing"
    assert [one.id for one, _ in circles.list_circles(simulation.circles, MEI, PageRequest(20))[0]] == [circle_id]


def test_c9_every_way_to_join_leads_to_pending() -> None:
    """With a passcode: the first time, after leaving, after a kick, after a lifted ban, as a former moderator."""
    simulation, circle_id = circle_with_screening()
    join_circle(simulation, MEI, LIN, circle_id)
    answer(simulation, circle_id, MEI)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    for end in ("leave", "kick", "ban"):
        if end == "leave":
            circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
        else:
            impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind(end))
            circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "误判")
        rejoined = join_circle(simulation, MEI, LIN, circle_id)
        assert (rejoined.state, rejoined.role) == (MemberState.PENDING, Role.MEMBER), end
        answer(simulation, circle_id, MEI)


def test_c9_no_role_makes_a_pending_user_a_member() -> None:
    simulation, circle_id = circle_with_screening()
    join_circle(simulation, MEI, LIN, circle_id)
    with pytest.raises(errors.MemberNotFound):
        set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    with pytest.raises(errors.ScreeningNotAnswered):
        circles.approve_member(simulation.circles, LIN, circle_id, MEI.user_id)


def test_c9_with_approval_a_moderator_approves_those_who_have_answered() -> None:
    simulation, circle_id = circle_with_screening(approval=True)
    join_circle(simulation, MEI, LIN, circle_id)
    simulation.clock.advance(seconds=1)
    join_circle(simulation, HAO, LIN, circle_id)
    answered = answer(simulation, circle_id, MEI)
    assert (answered.state, answered.pending_step) == (MemberState.PENDING, PendingStep.APPROVAL)
    check_cannot_read(simulation, MEI, circle_id)
    assert pending_ids(simulation, circle_id) == [MEI.user_id, HAO.user_id]
    approved = circles.approve_member(simulation.circles, LIN, circle_id, MEI.user_id)
    assert (approved.is_active, approved.trail.length) == (True, 1)
    assert circles.approve_member(simulation.circles, LIN, circle_id, MEI.user_id) == approved
    assert pending_ids(simulation, circle_id) == [HAO.user_id]
    impose_sanction(simulation, LIN, circle_id, HAO, SanctionKind.KICK)
    assert pending_ids(simulation, circle_id) == []
    for user in (HAO, YAN):
        with pytest.raises(errors.MemberNotFound):
            circles.approve_member(simulation.circles, LIN, circle_id, user.user_id)


def test_c9_neither_another_passcode_nor_leaving_avoids_approval() -> None:
    simulation, circle_id = circle_with_screening(approval=True)
    first = join_circle(simulation, MEI, LIN, circle_id)
    answer(simulation, circle_id, MEI)
    again = join_circle(simulation, MEI, LIN, circle_id)
    assert (again.state, again.passcode_id) == (MemberState.PENDING, first.passcode_id)
    circles.stop_screening(simulation.circles, LIN, circle_id)
    assert join_circle(simulation, MEI, LIN, circle_id).state is MemberState.PENDING, (
        "a member who waits for approval still waits"
    )
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    assert pending_ids(simulation, circle_id) == []
    rejoined = join_circle(simulation, MEI, LIN, circle_id)
    assert (rejoined.state, rejoined.pending_step) == (MemberState.PENDING, PendingStep.APPROVAL)


def test_c9_a_pending_user_counts_as_one_use_of_the_passcode() -> None:
    simulation, circle_id = circle_with_screening()
    passcode = issue_passcode(simulation, LIN, circle_id, max_uses=1)
    pending = circles.join_circle(simulation.circles, MEI, passcode)
    assert circles.join_circle(simulation.circles, MEI, passcode) == pending
    assert count_uses(simulation, pending) == 1
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, HAO, passcode)


def test_c9_a_user_cannot_agree_to_rules_that_they_have_not_read() -> None:
    simulation, circle_id = circle_with_screening()
    join_circle(simulation, MEI, LIN, circle_id)
    set_screening(simulation, LIN, circle_id, RULES, QUESTIONS, approval=False)
    set_screening(simulation, LIN, circle_id, "不公布巢址，不投喂。", QUESTIONS[:1], approval=False)
    with pytest.raises(errors.ScreeningChanged):
        answer(simulation, circle_id, MEI)
    with pytest.raises(errors.AnswersIncomplete):
        answer(simulation, circle_id, MEI, 2)
    assert answer(simulation, circle_id, MEI, 2, ANSWERS[:1]).is_active
    with pytest.raises(ValueError, match="agrees"):
        AnswersRequest.model_validate({"agrees": False, "revision": 2, "answers": []})


def test_c9_revision_numbers_are_never_reused() -> None:
    simulation, circle_id = circle_with_screening()
    circles.stop_screening(simulation.circles, LIN, circle_id)
    circle = set_screening(simulation, LIN, circle_id, "别的规则。", (), approval=False)
    assert circle.screening is not None
    assert circle.screening.revision == 3, "the removal counts too"


def test_c9_after_screening_stops_pending_users_join_without_answers_and_new_ones_at_once() -> None:
    simulation, circle_id = circle_with_screening()
    for user in (MEI, HAO):
        join_circle(simulation, user, LIN, circle_id)
    circles.stop_screening(simulation.circles, LIN, circle_id)
    assert answer(simulation, circle_id, MEI, 1, ()).is_active
    assert join_circle(simulation, HAO, LIN, circle_id).is_active
    assert join_circle(simulation, YAN, LIN, circle_id).is_active


def test_c9_a_moderator_cannot_set_the_screening_and_strangers_cannot_read_it() -> None:
    simulation, circle_id = circle_with_screening()
    join_circle(simulation, MEI, LIN, circle_id)
    answer(simulation, circle_id, MEI)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    with pytest.raises(errors.RoleNotAllowed):
        set_screening(simulation, MEI, circle_id, "", (), approval=False)
    with pytest.raises(errors.RoleNotAllowed):
        circles.stop_screening(simulation.circles, MEI, circle_id)
    for circle in (circle_id, "cir_01KJY2E1KX7BMZ758QWDX6V9QC"):
        with pytest.raises(errors.CircleNotFound):
            circles.get_screening(simulation.circles, HAO, circle)
        with pytest.raises(errors.CircleNotFound):
            answer(simulation, circle, HAO)


def test_c9_chat_allows_a_user_only_when_active_in_any_order_of_events() -> None:
    simulation, circle_id = circle_with_screening(approval=True)
    items = []
    steps: list[Callable[[], Any]] = [
        lambda: join_circle(simulation, MEI, LIN, circle_id),
        lambda: answer(simulation, circle_id, MEI),
        lambda: circles.approve_member(simulation.circles, LIN, circle_id, MEI.user_id),
    ]
    for step in steps:
        step()
        items.append(simulation.circles_table.get(member_key(circle_id, MEI.user_id)) or {})
    for order in permutations(items):
        other = Simulation()
        room = set_chat_members(other, circle_id, LIN)
        applied = 0
        for item in (*order, order[0]):
            (pending,) = pending_events_of(item)
            chat.apply_membership_changed(other.chat, membership_changed(item, pending))
            applied = max(applied, item["version"])
            if applied < items[-1]["version"]:
                with pytest.raises(ChatCircleNotFound):
                    chat.list_messages(other.chat, MEI, circle_id, room, 0, 20)
        assert chat.list_messages(other.chat, MEI, circle_id, room, 0, 20) == ([], False)


def test_c9_a_mute_stays_through_screening() -> None:
    simulation, circle_id = circle_with_screening()
    join_circle(simulation, MEI, LIN, circle_id)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    with pytest.raises(CallerMuted):
        answer(simulation, circle_id, MEI)  # moderators read the answers
    simulation.clock.advance(days=1)
    answer(simulation, circle_id, MEI)
    member = get_member(simulation, circle_id, MEI.user_id)
    assert member.is_active
    assert member.mute
