"""C22: mutes, kicks and bans, downwards only, with an end, a reason and an audit entry; a mute holds in notes and in rooms."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services.chat import usecases as chat
from services.chat.domain import Draft
from services.chat.repository import rooms
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, Role, SanctionKind
from services.circles.publications import membership_changed
from services.circles.repository.circles import member_key
from services.circles.schemas import SanctionRequest
from services.shared.kernel.errors import Invalid, Muted
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from simulation.setup.common import (
    join,
    open_circle,
    sanction,
    tell_chat,
    the_member,
)
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
MUTE, KICK, BAN = SanctionKind


def the_circle(*members: Caller, moderators: tuple[Caller, ...] = ()) -> tuple[World, str]:
    world = World()
    circle_id = open_circle(world, LIN)
    for one in members:
        join(world, one, LIN, circle_id)
    for one in moderators:
        circles.set_role(world.circles, LIN, circle_id, one.user_id, Role.MODERATOR)
    return world, circle_id


def post(world: World, circle_id: str, by: Caller) -> None:
    circles.post_note(world.circles, by, circle_id, wish(by, now=world.clock.now), circles.Words("早"))


def row_of(world: World, circle_id: str, who: Caller) -> dict[str, object]:
    return world.circles_table.get(member_key(circle_id, who.user_id)) or {}


def tell(world: World, circle_id: str, row: dict[str, object]) -> None:
    """Chat hears what that row's fact says."""
    (pending,) = pending_events_of(row)
    chat.keep_participant(world.chat, membership_changed(row, pending))


@pytest.mark.parametrize("kind", SanctionKind)
def test_c22_sanctions_go_downwards_only(kind: SanctionKind) -> None:
    world, circle_id = the_circle(MEI, HAO, moderators=(MEI, HAO))
    before = world.circles_table.get(member_key(circle_id, HAO.user_id))
    for by, target in ((MEI, HAO), (MEI, LIN), (MEI, MEI), (LIN, LIN)):
        with pytest.raises(errors.NotAllowed):
            sanction(world, by, circle_id, target, kind, days=1)
        with pytest.raises(errors.NotAllowed):
            circles.pardon_member(world.circles, by, circle_id, target.user_id, "误判")
    assert world.circles_table.get(member_key(circle_id, HAO.user_id)) == before
    assert sanction(world, LIN, circle_id, MEI, kind, days=1).trail.length == 2  # after the role


@pytest.mark.parametrize("kind", SanctionKind)
def test_c22_reason_end_and_audit_are_kept(kind: SanctionKind) -> None:
    world, circle_id = the_circle(MEI)
    until = None if kind is KICK else world.clock() + timedelta(days=3)
    member = sanction(world, LIN, circle_id, MEI, kind, days=3 if until else None)
    kept = the_member(world, circle_id, MEI.user_id)
    (under,) = (one for one in (kept.sanction, kept.mute) if one)
    assert (under.kind, under.reason, under.until, under.by) == (kind, "公布巢址", until, LIN.user_id)
    assert member.trail.length == 1
    row = row_of(world, circle_id, MEI)
    assert "公布巢址" not in str(row["audit"])
    assert str(row["outbox"]).startswith("MembershipChanged:")


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
def test_c22_no_sanction_without_reason_and_no_mute_without_end(body: dict[str, object], at: str) -> None:
    with pytest.raises(ValueError, match=at):
        SanctionRequest.model_validate(body)


def test_c22_an_end_that_is_over_is_refused() -> None:
    world, circle_id = the_circle(MEI)
    for kind in (MUTE, BAN):
        with pytest.raises(Invalid):
            circles.impose_member_sanction(world.circles, LIN, circle_id, MEI.user_id, kind, reason="刷屏", until=world.clock())


def test_c22_a_mute_ends_without_any_job_in_notes_and_rooms() -> None:
    world, circle_id = the_circle(MEI)
    room = tell_chat(world, circle_id, LIN, MEI)
    sanction(world, LIN, circle_id, MEI, MUTE, days=1)
    tell(world, circle_id, row_of(world, circle_id, MEI))
    for hours in (0, 23):
        world.clock.advance(hours=hours)
        with pytest.raises(Muted):
            post(world, circle_id, MEI)
        with pytest.raises(Muted):
            circles.create_upload(world.circles, MEI, circle_id, "image/png", 10)  # type: ignore[arg-type]
        with pytest.raises(Muted):
            chat.send_message(world.chat, MEI, circle_id, room, Draft(f"message-{hours:04}", 0, "早"))
    assert circles.list_notes(world.circles, MEI, circle_id, 20, None) == ([], None), "who is muted may read"
    assert chat.list_messages(world.chat, MEI, circle_id, room, 0, 20) == ([], False)
    post(world, circle_id, LIN)
    world.clock.advance(hours=1)
    post(world, circle_id, MEI)
    assert chat.send_message(world.chat, MEI, circle_id, room, Draft("message-0023", 0, "早"))[0].seq == 1


def test_c22_a_mute_refuses_even_the_retry_of_a_send_that_was_cut_off() -> None:
    """The turn was taken, the message never written: after the mute nothing of it appears."""
    world, circle_id = the_circle(MEI)
    room = tell_chat(world, circle_id, LIN, MEI)
    draft = Draft("message-0001", 0, "早")
    rooms.take_turn(world.chat_table, circle_id, MEI.user_id, draft.token(MEI.user_id), world.clock())
    sanction(world, LIN, circle_id, MEI, MUTE, days=1)
    tell(world, circle_id, row_of(world, circle_id, MEI))
    with pytest.raises(Muted):
        chat.send_message(world.chat, MEI, circle_id, room, draft)
    assert chat.list_messages(world.chat, LIN, circle_id, room, 0, 20) == ([], False)


def test_c22_a_mute_outlasts_leaving_and_coming_back() -> None:
    world, circle_id = the_circle(MEI)
    sanction(world, LIN, circle_id, MEI, MUTE, days=2)
    circles.leave_circle(world.circles, MEI, circle_id)
    assert join(world, MEI, LIN, circle_id).is_in
    with pytest.raises(Muted):
        post(world, circle_id, MEI)


def test_c22_news_of_mutes_in_any_order_twice_and_late() -> None:
    """Chat ends up where circles is."""
    world, circle_id = the_circle(MEI)
    rows = []
    for days in (1, 3, 0):
        if days:
            sanction(world, LIN, circle_id, MEI, MUTE, days=days)
        else:
            circles.pardon_member(world.circles, LIN, circle_id, MEI.user_id, "误判")
        rows.append(row_of(world, circle_id, MEI))
    for order in permutations(rows):
        other = World()
        room = tell_chat(other, circle_id, LIN, MEI, version=1)
        for row in (*order, order[0]):
            tell(other, circle_id, row)
        assert chat.send_message(other.chat, MEI, circle_id, room, Draft("message-0001", 0, "早"))[0].seq == 1


def test_c22_the_same_word_twice_is_one_entry_and_another_replaces_it() -> None:
    world, circle_id = the_circle(MEI)
    once = sanction(world, LIN, circle_id, MEI, MUTE, days=1)
    assert sanction(world, LIN, circle_id, MEI, MUTE, days=1) == once
    longer = sanction(world, LIN, circle_id, MEI, MUTE, days=30)
    assert (longer.trail.length, longer.mute and longer.mute.until) == (2, world.clock() + timedelta(days=30))


def test_c22_a_pardon_ends_mute_and_ban_and_is_audited() -> None:
    world, circle_id = the_circle(MEI, HAO)
    sanction(world, LIN, circle_id, MEI, MUTE, days=9)
    pardoned = circles.pardon_member(world.circles, LIN, circle_id, MEI.user_id, "误判")
    assert (pardoned.mute, pardoned.state, pardoned.trail.length) == (None, MemberState.MEMBER, 2)
    post(world, circle_id, MEI)
    assert circles.pardon_member(world.circles, LIN, circle_id, MEI.user_id, "再说一次") == pardoned
    sanction(world, LIN, circle_id, HAO, BAN)
    with pytest.raises(errors.PasscodeRejected):
        join(world, HAO, LIN, circle_id)
    assert circles.pardon_member(world.circles, LIN, circle_id, HAO.user_id, "申诉成立").state is MemberState.LEFT
    assert join(world, HAO, LIN, circle_id).is_in
    with pytest.raises(errors.MemberNotFound):
        circles.pardon_member(world.circles, LIN, circle_id, person("nobody").user_id, "误判")
