"""C9: where newcomers are screened, every way in ends in `pending`, and no way leads around it."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.chat import usecases as chat
from services.chat.errors import CircleNotFound as NoRoom
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Awaits, Member, MemberState, Role, SanctionKind
from services.circles.publications import membership_changed
from services.circles.repository.circles import member_key
from services.circles.repository.passcodes import find_passcode
from services.circles.schemas import AnswersRequest
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from simulation.setup.common import (
    issue,
    join,
    open_circle,
    sanction,
    tell_chat,
    the_member,
)
from simulation.simulation import World, person, wish

LIN, MEI, HAO, YAN = person("lin"), person("mei"), person("hao"), person("yan")
RULES, QUESTIONS = "不公布巢址。", ("常去哪里看鸟？", "看过最远的鸟是什么？")
ANSWERS = ("江边", "北极燕鸥")


def the_circle(*, approval: bool = False) -> tuple[World, str]:
    world = World()
    circle_id = open_circle(world, LIN)
    circles.set_screening(world.circles, LIN, circle_id, RULES, QUESTIONS, approval=approval)
    return world, circle_id


def answer(world: World, circle_id: str, who: Caller, revision: int = 1, answers: tuple[str, ...] = ANSWERS) -> Member:
    return circles.answer_screening(world.circles, who, circle_id, revision, answers)


def waiting(world: World, circle_id: str) -> list[str]:
    return [one.user_id for one in circles.list_pending(world.circles, LIN, circle_id, 20, None)[0]]


def used(world: World, member: Member) -> int:
    passcode = find_passcode(world.circles_table, member.passcode_id)
    return passcode.uses if passcode else 0


def sees_nothing(world: World, who: Caller, circle_id: str) -> None:
    ports = world.circles
    tries = [
        lambda: circles.get_circle(ports, who, circle_id),
        lambda: circles.list_notes(ports, who, circle_id, 20, None),
        lambda: circles.list_members(ports, who, circle_id, 20, None),
        lambda: circles.list_pending(ports, who, circle_id, 20, None),
        lambda: circles.post_note(ports, who, circle_id, wish(who), circles.Words("早")),
        lambda: circles.approve_member(ports, who, circle_id, who.user_id),
    ]
    for one in tries:
        with pytest.raises(errors.CircleNotFound):
            one()
    assert circles.list_circles(ports, who, 20, None) == ([], None)


def test_c9_a_newcomer_agrees_and_answers_and_only_then_is_in() -> None:
    world, circle_id = the_circle()
    pending = join(world, MEI, LIN, circle_id)
    assert (pending.state, pending.awaits) == (MemberState.PENDING, Awaits.ANSWERS)
    sees_nothing(world, MEI, circle_id)
    asked = circles.get_screening(world.circles, MEI, circle_id).screening
    assert asked is not None
    assert (asked.rules, asked.questions, asked.revision) == (RULES, QUESTIONS, 1)
    member = answer(world, circle_id, MEI)
    assert (member.is_in, member.answers, member.awaits) == (True, ANSWERS, None)
    assert answer(world, circle_id, MEI) == member, "answering again changes nothing"
    assert [one.id for one, _ in circles.list_circles(world.circles, MEI, 20, None)[0]] == [circle_id]


def test_c9_every_way_in_ends_in_pending() -> None:
    """A code, coming back after leaving, after a kick, after a pardoned ban, as who once kept order."""
    world, circle_id = the_circle()
    join(world, MEI, LIN, circle_id)
    answer(world, circle_id, MEI)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    for way in ("leave", "kick", "ban"):
        if way == "leave":
            circles.leave_circle(world.circles, MEI, circle_id)
        else:
            sanction(world, LIN, circle_id, MEI, SanctionKind(way))
            circles.pardon_member(world.circles, LIN, circle_id, MEI.user_id, "误判")
        back = join(world, MEI, LIN, circle_id)
        assert (back.state, back.role) == (MemberState.PENDING, Role.MEMBER), way
        answer(world, circle_id, MEI)


def test_c9_no_role_makes_a_pending_person_a_member() -> None:
    world, circle_id = the_circle()
    join(world, MEI, LIN, circle_id)
    with pytest.raises(errors.MemberNotFound):
        circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    with pytest.raises(errors.NotAnswered):
        circles.approve_member(world.circles, LIN, circle_id, MEI.user_id)


def test_c9_with_approval_somebody_lets_them_in_after_they_answered() -> None:
    world, circle_id = the_circle(approval=True)
    join(world, MEI, LIN, circle_id)
    world.clock.advance(seconds=1)
    join(world, HAO, LIN, circle_id)
    answered = answer(world, circle_id, MEI)
    assert (answered.state, answered.awaits) == (MemberState.PENDING, Awaits.ADMISSION)
    sees_nothing(world, MEI, circle_id)
    assert waiting(world, circle_id) == [MEI.user_id, HAO.user_id]
    admitted = circles.approve_member(world.circles, LIN, circle_id, MEI.user_id)
    assert (admitted.is_in, admitted.trail.length) == (True, 1)
    assert circles.approve_member(world.circles, LIN, circle_id, MEI.user_id) == admitted
    assert waiting(world, circle_id) == [HAO.user_id]
    sanction(world, LIN, circle_id, HAO, SanctionKind.KICK)
    assert waiting(world, circle_id) == []
    for who in (HAO, YAN):
        with pytest.raises(errors.MemberNotFound):
            circles.approve_member(world.circles, LIN, circle_id, who.user_id)


def test_c9_another_code_or_leaving_is_no_way_around_admission() -> None:
    world, circle_id = the_circle(approval=True)
    answer_once = join(world, MEI, LIN, circle_id)
    answer(world, circle_id, MEI)
    again = join(world, MEI, LIN, circle_id)
    assert (again.state, again.passcode_id) == (MemberState.PENDING, answer_once.passcode_id)
    circles.stop_screening(world.circles, LIN, circle_id)
    assert join(world, MEI, LIN, circle_id).state is MemberState.PENDING, "who waits to be let in still does"
    circles.leave_circle(world.circles, MEI, circle_id)
    assert waiting(world, circle_id) == []
    back = join(world, MEI, LIN, circle_id)
    assert (back.state, back.awaits) == (MemberState.PENDING, Awaits.ADMISSION)


def test_c9_who_waits_spends_one_use_of_the_code() -> None:
    world, circle_id = the_circle()
    code = issue(world, LIN, circle_id, max_uses=1)
    pending = circles.join_circle(world.circles, MEI, code)
    assert circles.join_circle(world.circles, MEI, code) == pending
    assert used(world, pending) == 1
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(world.circles, HAO, code)


def test_c9_nobody_agrees_to_rules_they_have_not_read() -> None:
    world, circle_id = the_circle()
    join(world, MEI, LIN, circle_id)
    circles.set_screening(world.circles, LIN, circle_id, RULES, QUESTIONS, approval=False)
    circles.set_screening(world.circles, LIN, circle_id, "不公布巢址，不投喂。", QUESTIONS[:1], approval=False)
    with pytest.raises(errors.ScreeningChanged):
        answer(world, circle_id, MEI)
    with pytest.raises(errors.AnswersIncomplete):
        answer(world, circle_id, MEI, 2)
    assert answer(world, circle_id, MEI, 2, ANSWERS[:1]).is_in
    with pytest.raises(ValueError, match="agrees"):
        AnswersRequest.model_validate({"agrees": False, "revision": 2, "answers": []})


def test_c9_revisions_never_come_again() -> None:
    world, circle_id = the_circle()
    circles.stop_screening(world.circles, LIN, circle_id)
    again = circles.set_screening(world.circles, LIN, circle_id, "别的规则。", (), approval=False)
    assert again.screening is not None
    assert again.screening.revision == 2


def test_c9_when_nothing_is_asked_any_more_who_waits_comes_in_and_new_ones_at_once() -> None:
    world, circle_id = the_circle()
    for who in (MEI, HAO):
        join(world, who, LIN, circle_id)
    circles.stop_screening(world.circles, LIN, circle_id)
    assert answer(world, circle_id, MEI, 1, ()).is_in
    assert join(world, HAO, LIN, circle_id).is_in
    assert join(world, YAN, LIN, circle_id).is_in


def test_c9_only_the_owner_says_what_is_asked_and_strangers_do_not_read_it() -> None:
    world, circle_id = the_circle()
    join(world, MEI, LIN, circle_id)
    answer(world, circle_id, MEI)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    with pytest.raises(errors.NotAllowed):
        circles.set_screening(world.circles, MEI, circle_id, "", (), approval=False)
    with pytest.raises(errors.NotAllowed):
        circles.stop_screening(world.circles, MEI, circle_id)
    for circle in (circle_id, "cir_01KJY2E1KX7BMZ758QWDX6V9QC"):
        with pytest.raises(errors.CircleNotFound):
            circles.get_screening(world.circles, HAO, circle)
        with pytest.raises(errors.CircleNotFound):
            answer(world, circle, HAO)


def test_c9_chat_lets_nobody_in_before_circles_does_in_any_order_of_news() -> None:
    world, circle_id = the_circle(approval=True)
    rows = []
    for step in (
        lambda: join(world, MEI, LIN, circle_id),
        lambda: answer(world, circle_id, MEI),
        lambda: circles.approve_member(world.circles, LIN, circle_id, MEI.user_id),
    ):
        step()
        rows.append(world.circles_table.get(member_key(circle_id, MEI.user_id)) or {})
    for order in permutations(rows):
        other = World()
        room = tell_chat(other, circle_id, LIN)
        seen = 0
        for row in (*order, order[0]):
            (pending,) = pending_events_of(row)
            chat.keep_participant(other.chat, membership_changed(row, pending))
            seen = max(seen, row["version"])
            if seen < rows[-1]["version"]:
                with pytest.raises(NoRoom):
                    chat.list_messages(other.chat, MEI, circle_id, room, 0, 20)
        assert chat.list_messages(other.chat, MEI, circle_id, room, 0, 20) == ([], False)


def test_c9_a_mute_outlasts_screening() -> None:
    world, circle_id = the_circle()
    join(world, MEI, LIN, circle_id)
    sanction(world, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    answer(world, circle_id, MEI)
    assert the_member(world, circle_id, MEI.user_id).muted(world.clock())
