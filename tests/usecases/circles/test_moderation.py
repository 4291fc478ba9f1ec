"""C22: mutes, kicks and bans of lower ranks, with a reason, an end and an audit entry; a mute applies to notes and rooms."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.repository import participants
from services.chat.repository.rooms import get_room
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, PictureType, Role, SanctionKind
from services.circles.publications import membership_changed
from services.circles.repository.circles import member_key
from services.circles.schemas import SanctionRequest
from services.shared.kernel.errors import CallerMuted, Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import get_member, impose_sanction, join_circle, open_circle, set_role
from simulation.simulation import Simulation
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
MUTE, KICK, BAN = SanctionKind


def circle_with(*members: Caller, moderators: tuple[Caller, ...] = ()) -> tuple[Simulation, str]:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    for member in members:
        join_circle(simulation, member, LIN, circle_id)
    for moderator in moderators:
        set_role(simulation, LIN, circle_id, moderator.user_id, Role.MODERATOR)
    return simulation, circle_id


def post(simulation: Simulation, circle_id: str, by: Caller) -> None:
    circles.post_note(simulation.circles, by, circle_id, new_key(by, now=simulation.clock.now), circles.NoteInput("早"))


def member_item(simulation: Simulation, circle_id: str, user: Caller) -> dict[str, object]:
    return simulation.circles_table.get(member_key(circle_id, user.user_id)) or {}


def deliver_to_chat(simulation: Simulation, item: dict[str, object]) -> None:
    """Deliver the pending event of a membership item to chat."""
    (pending,) = pending_events_of(item)
    chat.apply_membership_changed(simulation.chat, membership_changed(item, pending))


@pytest.mark.parametrize("kind", SanctionKind)
def test_c22_only_lower_ranks_can_be_sanctioned(kind: SanctionKind) -> None:
    simulation, circle_id = circle_with(MEI, HAO, moderators=(MEI, HAO))
    before = simulation.circles_table.get(member_key(circle_id, HAO.user_id))
    for by, target in ((MEI, HAO), (MEI, LIN), (MEI, MEI), (LIN, LIN)):
        with pytest.raises(errors.RoleNotAllowed):
            impose_sanction(simulation, by, circle_id, target, kind, days=1)
        with pytest.raises(errors.RoleNotAllowed):
            circles.lift_member_sanction(simulation.circles, by, circle_id, target.user_id, "误判")
    assert simulation.circles_table.get(member_key(circle_id, HAO.user_id)) == before
    assert impose_sanction(simulation, LIN, circle_id, MEI, kind, days=1).trail.length == 3  # after the role and its acceptance


@pytest.mark.parametrize("kind", SanctionKind)
def test_c22_reason_end_and_audit_entry_are_stored(kind: SanctionKind) -> None:
    simulation, circle_id = circle_with(MEI)
    until = None if kind is KICK else simulation.clock() + timedelta(days=3)
    member = impose_sanction(simulation, LIN, circle_id, MEI, kind, days=3 if until else None)
    stored = get_member(simulation, circle_id, MEI.user_id)
    (sanction,) = (one for one in (stored.sanction, stored.mute) if one)
    assert (sanction.kind, sanction.reason, sanction.until, sanction.by) == (kind, "公布巢址", until, LIN.user_id)
    assert member.trail.length == 1
    item = member_item(simulation, circle_id, MEI)
    assert "公布巢址" not in str(item["audit"])
    assert str(item["outbox"]).startswith("MembershipChanged:")


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"kind": "kick", "reason": " "}, "reason"),
        ({"kind": "kick"}, "reason"),
        ({"kind": "mute", "reason": "刷屏"}, "until"),
        ({"kind": "mute", "reason": "刷屏", "until": None}, "until"),
        ({"kind": "kick", "reason": "刷屏", "until": "2026-04-01T00:00:00Z"}, "until"),
        ({"kind": "warn", "reason": "刷屏"}, "kind"),
    ],
)
def test_c22_a_sanction_requires_a_reason_and_a_mute_an_end(body: dict[str, object], at: str) -> None:
    with pytest.raises(ValueError, match=at):
        SanctionRequest.model_validate(body)


def test_c22_an_end_in_the_past_is_invalid() -> None:
    simulation, circle_id = circle_with(MEI)
    for kind in (MUTE, BAN):
        with pytest.raises(Invalid):
            circles.impose_member_sanction(
                simulation.circles, LIN, circle_id, MEI.user_id, kind, reason="刷屏", until=simulation.clock()
            )


def test_c22_a_mute_ends_by_the_clock_in_notes_and_rooms() -> None:
    simulation, circle_id = circle_with(MEI)
    room = set_chat_members(simulation, circle_id, LIN, MEI)
    impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=1)
    deliver_to_chat(simulation, member_item(simulation, circle_id, MEI))
    for hours in (0, 23):
        simulation.clock.advance(hours=hours)
        with pytest.raises(CallerMuted):
            post(simulation, circle_id, MEI)
        with pytest.raises(CallerMuted):
            circles.create_upload(simulation.circles, MEI, circle_id, new_key(MEI), PictureType.PNG, 10)
        with pytest.raises(CallerMuted):
            chat.send_message(simulation.chat, MEI, circle_id, room, MessageRequest(f"message-{hours:04}", 0, "早"))
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20)) == ([], None), "a muted member can read"
    assert chat.list_messages(simulation.chat, MEI, circle_id, room, 0, 20) == ([], False)
    post(simulation, circle_id, LIN)
    simulation.clock.advance(hours=1)
    post(simulation, circle_id, MEI)
    assert chat.send_message(simulation.chat, MEI, circle_id, room, MessageRequest("message-0023", 0, "早"))[0].seq == 1


def test_c22_a_mute_also_rejects_the_retry_of_an_interrupted_send() -> None:
    """The rate-limit slot is acquired, but the message is not stored: after the mute it must not be."""
    simulation, circle_id = circle_with(MEI)
    room = set_chat_members(simulation, circle_id, LIN, MEI)
    request = MessageRequest("message-0001", 0, "早")
    token = request.idempotency_token(MEI.user_id)
    stored = get_room(simulation.chat_table, circle_id, room)
    participants.acquire_rate_limit_slot(simulation.chat_table, stored, MEI.user_id, token, simulation.clock())
    impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=1)
    deliver_to_chat(simulation, member_item(simulation, circle_id, MEI))
    with pytest.raises(CallerMuted):
        chat.send_message(simulation.chat, MEI, circle_id, room, request)
    assert chat.list_messages(simulation.chat, LIN, circle_id, room, 0, 20) == ([], False)


def test_c22_a_mute_stays_when_the_member_leaves_and_rejoins() -> None:
    simulation, circle_id = circle_with(MEI)
    impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=2)
    circles.leave_circle(simulation.circles, MEI, circle_id)
    assert join_circle(simulation, MEI, LIN, circle_id).is_active
    with pytest.raises(CallerMuted):
        post(simulation, circle_id, MEI)


def test_c22_chat_applies_events_of_mutes_in_any_order_and_twice() -> None:
    """Chat ends in the state of circles."""
    simulation, circle_id = circle_with(MEI)
    items = []
    for days in (1, 3, 0):
        if days:
            impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=days)
        else:
            circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "误判")
        items.append(member_item(simulation, circle_id, MEI))
    for order in permutations(items):
        other = Simulation()
        room = set_chat_members(other, circle_id, LIN, MEI, version=1)
        for item in (*order, order[0]):
            deliver_to_chat(other, item)
        assert chat.send_message(other.chat, MEI, circle_id, room, MessageRequest("message-0001", 0, "早"))[0].seq == 1


def test_c22_a_repeated_sanction_is_one_entry_and_another_replaces_it() -> None:
    simulation, circle_id = circle_with(MEI)
    first = impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=1)
    assert impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=1) == first
    longer = impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=30)
    assert (longer.trail.length, longer.mute and longer.mute.until) == (2, simulation.clock() + timedelta(days=30))


def test_c22_lifting_a_sanction_ends_mute_and_ban_and_is_audited() -> None:
    simulation, circle_id = circle_with(MEI, HAO)
    impose_sanction(simulation, LIN, circle_id, MEI, MUTE, days=9)
    lifted = circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "误判")
    assert (lifted.mute, lifted.state, lifted.trail.length) == (None, MemberState.MEMBER, 2)
    post(simulation, circle_id, MEI)
    assert circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "再说一次") == lifted
    impose_sanction(simulation, LIN, circle_id, HAO, BAN)
    with pytest.raises(errors.PasscodeRejected):
        join_circle(simulation, HAO, LIN, circle_id)
    assert circles.lift_member_sanction(simulation.circles, LIN, circle_id, HAO.user_id, "申诉成立").state is MemberState.LEFT
    assert join_circle(simulation, HAO, LIN, circle_id).is_active
    with pytest.raises(errors.MemberNotFound):
        circles.lift_member_sanction(simulation.circles, LIN, circle_id, caller("nobody").user_id, "误判")
