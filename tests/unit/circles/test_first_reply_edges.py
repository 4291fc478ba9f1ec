"""The edges of the first reply: who is a newcomer, which note is the first, whose reply counts and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.circles.domain.health import Health, Post, measure_health
from services.circles.settings import settings
from simulation.clock import NOON
from simulation.settings import overridden

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
OLD, NEW = NOON - 300 * DAY, NOON - 3 * DAY
JOINED = {"ann": OLD, "cat": NEW, "dan": NEW}
FIRST = NOON - 2 * DAY  # when Cat posted her first note


def health(*posts: Post, **joined: object) -> Health:
    return measure_health(posts, {**JOINED, **joined}, NOON, at=NOON)  # type: ignore[dict-item]


def first_reply(*posts: Post, **joined: object) -> int | None:
    return health(*posts, **joined).first_reply


NOTE = Post("cat", FIRST, "n1")


def reply(author: str = "ann", after: timedelta = HOUR, to: str = "cat", note_id: str = "n1") -> Post:
    return Post(author, FIRST + after, note_id, replies_to=to)


@pytest.mark.parametrize(
    ("after", "share"), [(timedelta(0), 1000), (24 * HOUR - MILLISECOND, 1000), (24 * HOUR, 1000), (24 * HOUR + MILLISECOND, 0)]
)
def test_c23_a_first_reply_counts_until_24_hours_after_the_note(after: timedelta, share: int) -> None:
    assert first_reply(NOTE, reply(after=after)) == share


def test_c23_the_time_of_a_first_reply_is_a_setting() -> None:
    with overridden(settings, first_reply_within=2 * HOUR):
        assert [first_reply(NOTE, reply(after=after)) for after in (2 * HOUR, 2 * HOUR + MILLISECOND)] == [1000, 0]


def test_c23_a_comment_of_the_author_is_no_first_reply() -> None:
    assert first_reply(NOTE, reply("cat")) == 0
    assert first_reply(NOTE, reply("cat", to="ann")) == 0
    assert first_reply(NOTE, reply("ann"), reply("cat", to="ann")) == 1000


def test_c23_a_member_who_replies_to_themselves_gives_no_first_reply() -> None:
    assert first_reply(NOTE, reply("ann", to="ann")) == 0


def test_c23_a_reply_to_another_comment_under_the_note_is_a_first_reply() -> None:
    assert first_reply(NOTE, reply("ann", to="dan")) == 1000


def test_c23_a_reply_of_another_newcomer_is_a_first_reply() -> None:
    assert first_reply(NOTE, reply("dan")) == 1000


def test_c23_several_replies_to_one_newcomer_count_once() -> None:
    assert first_reply(NOTE, Post("dan", FIRST, "n2"), reply(), reply("dan"), reply(after=2 * HOUR)) == 500


@pytest.mark.parametrize(("since", "share"), [(28 * DAY - MILLISECOND, 1000), (28 * DAY, None), (28 * DAY + MILLISECOND, None)])
def test_c23_a_newcomer_joined_less_than_28_days_ago(since: timedelta, share: int | None) -> None:
    assert first_reply(NOTE, reply(), cat=NOON - since) == share


def test_c23_a_newcomer_is_measured_over_the_window_of_the_setting() -> None:
    assert first_reply(NOTE, reply(), cat=NOON - 8 * DAY) == 1000
    with overridden(settings, health_window=7 * DAY):
        assert first_reply(NOTE, reply(), cat=NOON - 8 * DAY) is None


def test_c23_an_author_without_a_membership_is_no_newcomer() -> None:
    assert first_reply(Post("eve", FIRST, "n1"), reply()) is None


def test_c23_notes_of_old_members_say_nothing_about_first_replies() -> None:
    assert first_reply(Post("ann", FIRST, "n2"), reply("dan", to="ann", note_id="n2")) is None


def test_c23_only_the_first_note_of_a_newcomer_counts_in_any_order_of_the_posts() -> None:
    second = Post("cat", FIRST + DAY, "n2")
    to_second = Post("ann", FIRST + DAY + HOUR, "n2", replies_to="cat")
    for posts in ((NOTE, second, to_second), (to_second, second, NOTE)):
        assert first_reply(*posts) == 0
    for posts in ((NOTE, second, reply()), (reply(), second, NOTE)):
        assert first_reply(*posts) == 1000


def test_c23_a_comment_of_a_newcomer_is_no_first_note() -> None:
    assert first_reply(Post("ann", FIRST, "n2"), reply(to="ann", author="cat", note_id="n2")) is None


def test_c23_the_share_of_newcomers_is_rounded_down() -> None:
    joined = dict.fromkeys(("cat", "dan", "eve"), NEW)
    notes = [Post(name, FIRST, f"note of {name}") for name in joined]
    assert first_reply(*notes, reply(note_id="note of eve", to="eve"), **joined) == 333


@pytest.mark.parametrize(
    ("author", "to", "share"), [("ann", "ben", 1000), ("cat", "ben", 0), ("ann", "cat", 0), ("dan", "cat", 0)]
)
def test_c23_a_reply_with_a_newcomer_is_not_insular(author: str, to: str, share: int) -> None:
    assert health(reply(author, to=to), ben=OLD).insularity == share


@pytest.mark.parametrize(("silent", "is_dormant"), [(14 * DAY - MILLISECOND, False), (14 * DAY, True)])
def test_c23_a_circle_is_dormant_after_14_whole_days(silent: timedelta, is_dormant: bool) -> None:
    assert measure_health([], {}, NOON - silent, at=NOON).is_dormant is is_dormant


def test_c23_a_post_after_the_time_of_the_measurement_leaves_no_silent_days() -> None:
    assert measure_health([], {}, NOON + HOUR, at=NOON).silent_days == 0
