"""Reading, the trust it earns, and the days people check in on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Member, Note, Role, SanctionKind
from services.circles.domain.presence import CheckIns, member_day
from services.shared.security.auth import Caller
from simulation.setup.circles import circle_with, follow, post
from simulation.setup.common import issue, sanction, the_member
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
EDGE = datetime(2026, 3, 2, 15, 59, 59, 999000, UTC)  # a millisecond before midnight in China


def read_for(world: World, circle_id: str, who: Caller, notes: list[Note], days: int) -> Member:
    """Read all of these notes, on so many days."""
    for _ in range(days):
        world.clock.advance(days=1)
        for start in range(0, len(notes), 18):
            circles.record_views(world.circles, who, circle_id, [note.id for note in notes[start : start + 18]])
    return the_member(world, circle_id, who.user_id)


def test_c12_newcomers_send_no_links_one_picture_and_two_mentions() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    assert the_member(world, circle_id, MEI.user_id).acts_as is Role.NEWCOMER
    for text in (
        "看 https://example.org",
        "去 www.example",
        "example.com 有货",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "example 点 com",
        "@林 @梅 @豪 快来",
    ):
        with pytest.raises(errors.NewcomerLimit):
            post(world, circle_id, MEI, text)
        note = post(world, circle_id, LIN, text)  # the owner may
        with pytest.raises(errors.NewcomerLimit):
            circles.add_comment(world.circles, MEI, circle_id, note.id, wish(MEI), text=text, parent_id=None)
    for text in ("@林 @梅 来看。", "3.5 公里，f/2.8，v2.0", "邮箱里的鸟 a@b 不是提到谁"):
        post(world, circle_id, MEI, text)


def test_c12_reading_earns_trust_and_posting_does_not() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    notes = [post(world, circle_id, LIN, f"第{number}天") for number in range(12)]
    for number in range(30):
        post(world, circle_id, HAO, f"刷存在 {number}")
    assert read_for(world, circle_id, MEI, notes, 1).acts_as is Role.NEWCOMER
    assert read_for(world, circle_id, MEI, notes, 1).acts_as is Role.MEMBER
    assert the_member(world, circle_id, HAO.user_id).acts_as is Role.NEWCOMER
    post(world, circle_id, MEI, "看 https://example.org")


def test_c12_reading_the_same_notes_again_or_notes_that_are_not_there_counts_for_nothing() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    note = post(world, circle_id, LIN)
    elsewhere = circle_with(world, HAO)
    foreign = [post(world, elsewhere, HAO, f"别处 {number}") for number in range(18)]
    for _ in range(5):
        world.clock.advance(days=1)
        for _ in range(10):
            circles.record_views(world.circles, MEI, circle_id, [note.id, *(one.id for one in foreign[:17])])
    assert the_member(world, circle_id, MEI.user_id).acts_as is Role.NEWCOMER


def test_c12_regulars_are_liked_and_invite_a_few() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    notes = [post(world, circle_id, LIN, f"第{number}天") for number in range(12)]
    assert read_for(world, circle_id, MEI, notes, 20).acts_as is Role.MEMBER, "nobody has liked anything of theirs"
    mine = [post(world, circle_id, MEI, f"我的{number}") for number in range(10)]
    for note in mine:
        circles.like_note(world.circles, MEI, circle_id, note.id)
    follow(world)
    assert read_for(world, circle_id, MEI, notes, 1).acts_as is Role.MEMBER, "likes of one's own count for nothing"
    for note in mine:
        circles.like_note(world.circles, HAO, circle_id, note.id)
    follow(world)
    with pytest.raises(errors.NotAllowed):
        issue(world, MEI, circle_id, max_uses=5)
    assert read_for(world, circle_id, MEI, notes, 1).acts_as is Role.REGULAR
    newcomer = person("newcomer")
    joined = circles.join_circle(world.circles, newcomer, issue(world, MEI, circle_id, max_uses=5))
    assert joined.invited_by == MEI.user_id
    with pytest.raises(errors.NotAllowed):
        issue(world, MEI, circle_id, max_uses=6)


def test_c12_trust_falls_with_a_sanction_and_with_two_months_away() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, LIN, f"第{number}天") for number in range(12)]
    assert read_for(world, circle_id, MEI, notes, 3).acts_as is Role.MEMBER
    assert sanction(world, LIN, circle_id, MEI, SanctionKind.MUTE, days=1).acts_as is Role.NEWCOMER
    assert read_for(world, circle_id, MEI, notes, 14).acts_as is Role.NEWCOMER, "two weeks from the mute's end"
    assert read_for(world, circle_id, MEI, notes, 2).acts_as is Role.MEMBER
    world.clock.advance(days=61)
    assert read_for(world, circle_id, MEI, notes, 1).acts_as is Role.NEWCOMER
    assert read_for(world, circle_id, MEI, notes, 1).acts_as is Role.MEMBER


def test_c18_two_check_ins_a_day_are_one() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    first = circles.check_in(world.circles, MEI, circle_id)
    world.clock.advance(hours=2)
    assert circles.check_in(world.circles, MEI, circle_id) == first
    assert (first.total, first.streak(world.clock())) == (1, 1)


def test_c18_the_day_ends_at_midnight_in_china_to_the_millisecond() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    world.clock.now = EDGE
    assert member_day(EDGE) == date(2026, 3, 2)
    assert circles.check_in(world.circles, MEI, circle_id).streak(EDGE) == 1
    world.clock.advance(milliseconds=1)
    assert member_day(world.clock()) == date(2026, 3, 3)
    assert circles.check_in(world.circles, MEI, circle_id).streak(world.clock()) == 2
    world.clock.now = EDGE + timedelta(days=2, milliseconds=1)  # a whole day was missed
    assert circles.get_check_ins(world.circles, MEI, circle_id).streak(world.clock()) == 0
    assert circles.check_in(world.circles, MEI, circle_id).streak(world.clock()) == 1


def test_c18_a_streak_survives_one_make_up_card() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    for _ in range(3):
        circles.check_in(world.circles, MEI, circle_id)
        world.clock.advance(days=1)
    missed = member_day(world.clock())
    world.clock.advance(days=1)
    circles.check_in(world.circles, MEI, circle_id)
    made_up = circles.make_up(world.circles, MEI, circle_id, missed)
    assert (made_up.streak(world.clock()), made_up.best, made_up.total) == (5, 5, 4)
    assert circles.make_up(world.circles, MEI, circle_id, missed) == made_up, "a retry uses no second card"
    world.clock.advance(days=2)
    with pytest.raises(errors.CardUsed):
        circles.make_up(world.circles, MEI, circle_id, member_day(world.clock()) - timedelta(days=1))
    assert circles.check_in(world.circles, MEI, circle_id).streak(world.clock()) == 1


def test_c18_yesterday_can_be_made_up_before_today_is_checked_in() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    circles.check_in(world.circles, MEI, circle_id)
    world.clock.advance(days=2)
    yesterday = member_day(world.clock()) - timedelta(days=1)
    assert circles.make_up(world.circles, MEI, circle_id, yesterday).streak(world.clock()) == 2
    assert circles.check_in(world.circles, MEI, circle_id).streak(world.clock()) == 3


@pytest.mark.parametrize("away", [-1, 0, 2, 8])
def test_c18_only_the_one_missed_day_can_be_made_up(away: int) -> None:
    day = date(2026, 3, 20)
    noon = datetime(2026, 3, 20, 4, tzinfo=UTC)
    check_ins = CheckIns("c", "u")
    for back in (12, 11, 10, 0):
        check_ins = check_ins.check_in(at=noon - timedelta(days=back))
    if away == 0:
        assert check_ins.make_up(day, at=noon) == check_ins
        return
    with pytest.raises(errors.NothingToMakeUp):
        check_ins.make_up(day - timedelta(days=away), at=noon)


def test_c18_nobody_outside_checks_in() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    with pytest.raises(errors.CircleNotFound):
        circles.check_in(world.circles, HAO, circle_id)


def test_c12_reading_ones_own_notes_earns_nothing() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    own = [post(world, circle_id, MEI, f"自己的{number}") for number in range(18)]
    assert read_for(world, circle_id, MEI, own, 5).acts_as is Role.NEWCOMER


def test_c12_nobody_is_trusted_on_their_first_day_although_midnight_falls_into_it() -> None:
    world = World()
    world.clock.now = EDGE
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, LIN, f"第{number}篇").id for number in range(18)]
    world.clock.now = EDGE
    for _ in range(4):
        circles.record_views(world.circles, MEI, circle_id, notes)
        world.clock.advance(milliseconds=2)
        circles.record_views(world.circles, MEI, circle_id, notes)
        world.clock.advance(milliseconds=-2)  # another machine's clock
    assert the_member(world, circle_id, MEI.user_id).acts_as is Role.NEWCOMER


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
def test_c12_an_address_in_disguise_is_an_address(text: str) -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    with pytest.raises(errors.NewcomerLimit):
        post(world, circle_id, MEI, text)


@pytest.mark.parametrize("text", ["光圈 f/2.8，快门 1/500", "早上 5.40 到 6.30", "第 3.2.1 条", "10.5 公里", "v2.0 版"])
def test_c12_figures_are_no_addresses(text: str) -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    post(world, circle_id, MEI, text)


def test_c18_a_card_is_not_spent_on_a_day_that_mends_nothing() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    circles.check_in(world.circles, MEI, circle_id)
    after = member_day(world.clock()) + timedelta(days=1)
    world.clock.advance(days=5)
    with pytest.raises(errors.NothingToMakeUp):
        circles.make_up(world.circles, MEI, circle_id, after)
