"""Reading activity, the trust it earns, and check-ins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Member, Note, Role, SanctionKind
from services.circles.domain.check_ins import CheckIns
from services.circles.domain.days import member_day
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, get_member, impose_sanction, issue_passcode, post_note
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
EDGE = datetime(2026, 3, 2, 15, 59, 59, 999000, UTC)  # a millisecond before midnight in China


def record_views_daily(simulation: Simulation, circle_id: str, user: Caller, notes: list[Note], days: int) -> Member:
    """Record views of all these notes on each of so many days, and return the membership."""
    for _ in range(days):
        simulation.clock.advance(days=1)
        for start in range(0, len(notes), 18):
            circles.record_views(simulation.circles, user, circle_id, [note.id for note in notes[start : start + 18]])
    return get_member(simulation, circle_id, user.user_id)


def test_c12_newcomers_post_no_links_one_picture_and_two_mentions() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    assert get_member(simulation, circle_id, MEI.user_id).effective_role is Role.NEWCOMER
    for text in (
        "看 https://example.org",
        "去 www.example",
        "example.com 有货",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "example 点 com",
        "@林 @梅 @豪 快来",
    ):
        with pytest.raises(errors.NewcomerLimitExceeded):
            post_note(simulation, circle_id, MEI, text)
        note = post_note(simulation, circle_id, LIN, text)  # the owner is not limited
        with pytest.raises(errors.NewcomerLimitExceeded):
            circles.add_comment(simulation.circles, MEI, circle_id, note.id, new_key(MEI), text=text, parent_id=None)
    for text in ("@林 @梅 来看。", "3.5 公里，f/2.8，v2.0", "邮箱里的鸟 a@b 不是提到谁"):
        post_note(simulation, circle_id, MEI, text)


def test_c12_reading_earns_trust_and_posting_does_not() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    notes = [post_note(simulation, circle_id, LIN, f"第{number}天") for number in range(12)]
    for number in range(30):
        post_note(simulation, circle_id, HAO, f"刷存在 {number}")
    assert record_views_daily(simulation, circle_id, MEI, notes, 1).effective_role is Role.NEWCOMER
    assert record_views_daily(simulation, circle_id, MEI, notes, 1).effective_role is Role.MEMBER
    assert get_member(simulation, circle_id, HAO.user_id).effective_role is Role.NEWCOMER
    post_note(simulation, circle_id, MEI, "看 https://example.org")


def test_c12_rereading_and_foreign_notes_earn_no_trust() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note = post_note(simulation, circle_id, LIN)
    elsewhere = create_circle(simulation, HAO)
    foreign = [post_note(simulation, elsewhere, HAO, f"别处 {number}") for number in range(18)]
    for _ in range(5):
        simulation.clock.advance(days=1)
        for _ in range(10):
            circles.record_views(
                simulation.circles, MEI, circle_id, [note.id, *(foreign_note.id for foreign_note in foreign[:17])]
            )
    assert get_member(simulation, circle_id, MEI.user_id).effective_role is Role.NEWCOMER


def test_c12_regulars_need_likes_and_can_invite_a_few_users() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    notes = [post_note(simulation, circle_id, LIN, f"第{number}天") for number in range(12)]
    assert record_views_daily(simulation, circle_id, MEI, notes, 20).effective_role is Role.MEMBER, (
        "nobody has liked their notes"
    )
    own = [post_note(simulation, circle_id, MEI, f"我的{number}") for number in range(10)]
    for note in own:
        circles.like_note(simulation.circles, MEI, circle_id, note.id)
    handle_all_changes(simulation, "circles")
    assert record_views_daily(simulation, circle_id, MEI, notes, 1).effective_role is Role.MEMBER, "own likes do not count"
    for note in own:
        circles.like_note(simulation.circles, HAO, circle_id, note.id)
    handle_all_changes(simulation, "circles")
    with pytest.raises(errors.RoleNotAllowed):
        issue_passcode(simulation, MEI, circle_id, max_uses=5)
    assert record_views_daily(simulation, circle_id, MEI, notes, 1).effective_role is Role.REGULAR
    newcomer = caller("newcomer")
    joined = circles.join_circle(simulation.circles, newcomer, issue_passcode(simulation, MEI, circle_id, max_uses=5))
    assert joined.invited_by == MEI.user_id
    with pytest.raises(errors.RoleNotAllowed):
        issue_passcode(simulation, MEI, circle_id, max_uses=6)


def test_c12_trust_falls_after_a_sanction_and_after_two_months_of_absence() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, LIN, f"第{number}天") for number in range(12)]
    assert record_views_daily(simulation, circle_id, MEI, notes, 3).effective_role is Role.MEMBER
    assert impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1).effective_role is Role.NEWCOMER
    assert record_views_daily(simulation, circle_id, MEI, notes, 14).effective_role is Role.NEWCOMER, (
        "for two weeks after the end of the mute"
    )
    assert record_views_daily(simulation, circle_id, MEI, notes, 2).effective_role is Role.MEMBER
    simulation.clock.advance(days=61)
    assert record_views_daily(simulation, circle_id, MEI, notes, 1).effective_role is Role.NEWCOMER
    assert record_views_daily(simulation, circle_id, MEI, notes, 1).effective_role is Role.MEMBER


def test_c18_a_second_check_in_on_a_day_changes_nothing() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    first = circles.check_in(simulation.circles, MEI, circle_id)
    simulation.clock.advance(hours=2)
    assert circles.check_in(simulation.circles, MEI, circle_id) == first
    assert (first.total, first.streak(simulation.clock())) == (1, 1)


def test_c18_a_day_ends_at_midnight_in_china_to_the_millisecond() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    simulation.clock.now = EDGE
    assert member_day(EDGE) == date(2026, 3, 2)
    assert circles.check_in(simulation.circles, MEI, circle_id).streak(EDGE) == 1
    simulation.clock.advance(milliseconds=1)
    assert member_day(simulation.clock()) == date(2026, 3, 3)
    assert circles.check_in(simulation.circles, MEI, circle_id).streak(simulation.clock()) == 2
    simulation.clock.now = EDGE + timedelta(days=2, milliseconds=1)  # a day without a check-in
    assert circles.get_check_ins(simulation.circles, MEI, circle_id).streak(simulation.clock()) == 0
    assert circles.check_in(simulation.circles, MEI, circle_id).streak(simulation.clock()) == 1


def test_c18_one_make_up_card_a_month_preserves_a_streak() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    for _ in range(3):
        circles.check_in(simulation.circles, MEI, circle_id)
        simulation.clock.advance(days=1)
    missed = member_day(simulation.clock())
    simulation.clock.advance(days=1)
    circles.check_in(simulation.circles, MEI, circle_id)
    made_up = circles.make_up_day(simulation.circles, MEI, circle_id, missed)
    assert (made_up.streak(simulation.clock()), made_up.best, made_up.total) == (5, 5, 4)
    assert circles.make_up_day(simulation.circles, MEI, circle_id, missed) == made_up, "a retry uses no second card"
    simulation.clock.advance(days=2)
    with pytest.raises(errors.MakeUpCardUsed):
        circles.make_up_day(simulation.circles, MEI, circle_id, member_day(simulation.clock()) - timedelta(days=1))
    assert circles.check_in(simulation.circles, MEI, circle_id).streak(simulation.clock()) == 1


def test_c18_yesterday_can_be_made_up_before_today_is_checked_in() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    circles.check_in(simulation.circles, MEI, circle_id)
    simulation.clock.advance(days=2)
    yesterday = member_day(simulation.clock()) - timedelta(days=1)
    assert circles.make_up_day(simulation.circles, MEI, circle_id, yesterday).streak(simulation.clock()) == 2
    assert circles.check_in(simulation.circles, MEI, circle_id).streak(simulation.clock()) == 3


@pytest.mark.parametrize("away", [-1, 0, 2, 8])
def test_c18_only_a_single_missed_day_can_be_made_up(away: int) -> None:
    day = date(2026, 3, 20)
    noon = datetime(2026, 3, 20, 4, tzinfo=UTC)
    check_ins = CheckIns("c", "u")
    for back in (12, 11, 10, 0):
        check_ins = check_ins.check_in(at=noon - timedelta(days=back))
    if away == 0:
        assert check_ins.make_up_day(day, at=noon) == check_ins
        return
    with pytest.raises(errors.MakeUpDayNotEligible):
        check_ins.make_up_day(day - timedelta(days=away), at=noon)


def test_c18_a_stranger_cannot_check_in() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    with pytest.raises(errors.CircleNotFound):
        circles.check_in(simulation.circles, HAO, circle_id)


def test_c12_reading_own_notes_earns_no_trust() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    own = [post_note(simulation, circle_id, MEI, f"自己的{number}") for number in range(18)]
    assert record_views_daily(simulation, circle_id, MEI, own, 5).effective_role is Role.NEWCOMER


def test_c12_no_member_is_trusted_in_the_first_24_hours() -> None:
    simulation = Simulation()
    simulation.clock.now = EDGE
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, LIN, f"第{number}篇").id for number in range(18)]
    simulation.clock.now = EDGE
    for _ in range(4):
        circles.record_views(simulation.circles, MEI, circle_id, notes)
        simulation.clock.advance(milliseconds=2)
        circles.record_views(simulation.circles, MEI, circle_id, notes)
        simulation.clock.advance(milliseconds=-2)  # the clock of another machine
    assert get_member(simulation, circle_id, MEI.user_id).effective_role is Role.NEWCOMER


LINKS = [
    "example\u200d.com",
    "example.\ufe0fcom",
    "example.сom",  # a Cyrillic letter
    "b23.tv/abc",
    "bit.ly/x",
    "1.2.3.4/x",
    "weixin://dl/chat",
    "example.club/join",
    "谢谢@张三@李四@王五@赵六@钱七",
]


@pytest.mark.parametrize("text", LINKS)
def test_c12_a_disguised_link_is_a_link(text: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    with pytest.raises(errors.NewcomerLimitExceeded):
        post_note(simulation, circle_id, MEI, text)


@pytest.mark.parametrize("text", ["光圈 f/2.8，快门 1/500", "早上 5.40 到 6.30", "第 3.2.1 条", "10.5 公里", "v2.0 版"])
def test_c12_numbers_are_not_links(text: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    post_note(simulation, circle_id, MEI, text)


def test_c18_a_card_is_not_used_for_a_day_that_joins_no_streak() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    circles.check_in(simulation.circles, MEI, circle_id)
    after = member_day(simulation.clock()) + timedelta(days=1)
    simulation.clock.advance(days=5)
    with pytest.raises(errors.MakeUpDayNotEligible):
        circles.make_up_day(simulation.circles, MEI, circle_id, after)
