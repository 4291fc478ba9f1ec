"""What one missed, the daily digest, quiet hours, and how a circle does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Circle
from services.circles.domain.digest import DigestChoice, next_digest
from services.circles.domain.health import Word, measure_health
from services.circles.publications import PUBLICATIONS
from services.circles.repository.circles import find_circle
from services.circles.usecases.recaps import tell_of_day
from services.review import usecases as review
from services.shared.messaging.events import (
    CircleDormant,
    DigestReady,
    Event,
    HealthMeasured,
)
from services.shared.messaging.outbox import new_pending_events
from simulation.memory import MemoryTable
from simulation.setup import common as scenes
from simulation.setup.circles import circle_with, follow, post
from simulation.simulation import (
    NOON,
    World,
    person,
    wish,
)

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
RUI = person("rui", "reviewer")


def told(world: World, kind: type[Event]) -> list[Event]:
    """The events of a kind that circles' stream has told of."""
    table = world.circles_table
    assert isinstance(table, MemoryTable)
    pending_events = [(new, pending) for old, new in table.stream if new for pending in new_pending_events(new, old)]
    return [PUBLICATIONS[pending.name](new, pending) for new, pending in pending_events if pending.name == kind.name()]


def missed(world: World, circle_id: str) -> list[str]:
    return [one.note.content.text for one in circles.get_recap(world.circles, MEI, circle_id).highlights]


def test_c21_a_recap_holds_what_was_missed_and_is_still_to_be_seen() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    seen = post(world, circle_id, LIN, "看过的")
    circles.record_views(world.circles, MEI, circle_id, [seen.id])
    world.clock.advance(hours=1)
    plain, liked, gone = (post(world, circle_id, LIN, text) for text in ("平常的", "受欢迎的", "后来撤下的"))
    post(world, circle_id, MEI, "自己的")
    circles.like_note(world.circles, HAO, circle_id, liked.id)
    circles.add_comment(world.circles, HAO, circle_id, liked.id, wish(HAO), text="好", parent_id=None)
    follow(world)
    recap = circles.get_recap(world.circles, MEI, circle_id)
    assert (recap.missed, recap.more, recap.since) == (3, False, world.clock.now - timedelta(hours=1, milliseconds=4))
    assert missed(world, circle_id)[0] == "受欢迎的"
    circles.remove_note(world.circles, LIN, circle_id, gone.id)
    assert missed(world, circle_id) == ["受欢迎的", "平常的"]
    circles.record_views(world.circles, MEI, circle_id, [plain.id])
    assert missed(world, circle_id) == []


def test_c21_who_came_back_is_told_only_of_what_came_since() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    circles.leave_circle(world.circles, MEI, circle_id)
    world.clock.advance(hours=1)
    post(world, circle_id, LIN, "那时的")
    with pytest.raises(errors.CircleNotFound):
        circles.get_recap(world.circles, MEI, circle_id)
    world.clock.advance(hours=1)
    scenes.join(world, MEI, LIN, circle_id)
    assert missed(world, circle_id) == []


def test_c21_a_digest_is_told_once_each_evening_that_had_a_note() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    note, gone = post(world, circle_id, LIN, "今天的"), post(world, circle_id, LIN, "撤下的")
    circles.remove_note(world.circles, LIN, circle_id, gone.id)
    circles.handle_schedule(world.circles)
    assert told(world, DigestReady) == [], "it is noon"
    world.clock.now = next_digest(world.clock.now)
    for _ in range(3):
        circles.handle_schedule(world.circles)
    for _ in range(2):
        world.clock.advance(days=1)
        circles.handle_schedule(world.circles)
    (digest,) = told(world, DigestReady)
    assert isinstance(digest, DigestReady)
    assert (digest.data.circle_id, digest.data.notes, digest.data.note_ids) == (circle_id, 1, [note.id])


@pytest.mark.parametrize(
    ("now", "next_one"),
    [
        (datetime(2026, 3, 5, 11, 59, 59, tzinfo=UTC), datetime(2026, 3, 5, 12, tzinfo=UTC)),
        (datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 6, 12, tzinfo=UTC)),
        (datetime(2026, 3, 5, 16, 30, tzinfo=UTC), datetime(2026, 3, 6, 12, tzinfo=UTC)),
    ],
)
def test_c21_evening_is_eight_in_china(now: datetime, next_one: datetime) -> None:
    assert next_digest(now) == next_one


@pytest.mark.parametrize(
    ("hours", "china", "quiet"),
    [
        ((time(22), time(8)), time(21, 59, 59), False),
        ((time(22), time(8)), time(22), True),
        ((time(22), time(8)), time(3), True),
        ((time(22), time(8)), time(8), False),
        ((time(12), time(14)), time(13), True),
        ((time(12), time(14)), time(14), False),
        ((time(9), time(9)), time(9), False),
    ],
)
def test_c21_quiet_hours_may_go_over_midnight(hours: tuple[time, time], china: time, quiet: bool) -> None:
    at = datetime.combine(NOON.date(), china, UTC) - timedelta(hours=8)
    assert DigestChoice("c", "u", True, *hours).is_quiet(at) is quiet


def test_c21_what_a_member_chose_is_told_and_shown() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    assert circles.get_digest_choice(world.circles, MEI, circle_id).on
    chosen = circles.set_digest_choice(world.circles, MEI, circle_id, False, time(11), time(14))
    assert circles.set_digest_choice(world.circles, MEI, circle_id, False, time(11), time(14)) == chosen
    assert circles.get_recap(world.circles, MEI, circle_id).quiet is True, "it is noon in China"


OLD, NEW = NOON - timedelta(days=300), NOON - timedelta(days=3)
JOINED = {"ann": OLD, "ben": OLD, "cat": NEW, "dan": NEW}


def test_c23_the_formulae_give_these_numbers() -> None:
    """The example of docs/health.md."""
    day = timedelta(days=1)
    words = [
        Word("ann", NOON - 10 * day, "n1"),
        Word("ben", NOON - 9 * day, "n1", to="ann"),
        Word("ann", NOON - 9 * day, "n1", to="ben"),
        Word("ann", NOON - 9 * day, "n1", to="ann"),
        Word("cat", NOON - 2 * day, "n2"),
        Word("ben", NOON - 1.5 * day, "n2", to="cat"),
        Word("dan", NOON - 2 * day, "n3"),
        Word("ben", NOON - 0.5 * day, "n3", to="dan"),
        Word("dan", NOON - 2 * day, "n3", to="dan"),
        Word("ann", NOON - 1 * day, "n4", sells=True),
    ]
    health = measure_health(words, JOINED, NOON - 0.5 * day, at=NOON)
    assert (health.words, health.speakers, health.silent_days) == (10, 4, 0)
    assert health.first_reply == 500  # cat was answered within a day, dan was not
    assert health.concentration == 300  # ann 4, ben 3, cat 1, dan 2 of 10: (16 + 9 + 1 + 4) / 100
    assert health.insularity == 500  # ben to ann and ann to ben, of four that answer somebody else
    assert health.commercial == 250  # one note of four shows goods
    assert health.score == (500 + 700 + 500 + 750) // 4


def test_c23_what_was_not_there_to_measure_is_none() -> None:
    health = measure_health([], {}, NOON - timedelta(days=13), at=NOON)
    assert (health.first_reply, health.concentration, health.insularity, health.commercial) == (None, None, None, None)
    assert (health.silent_days, health.is_dormant, health.score) == (13, False, 0)


def test_c23_a_circle_is_measured_once_a_week_from_what_was_said() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    world.clock.now = datetime(2026, 3, 9, 12, tzinfo=UTC)  # a Monday evening
    note = post(world, circle_id, MEI)
    circles.add_comment(world.circles, LIN, circle_id, note.id, wish(LIN, now=world.clock.now), text="好", parent_id=None)
    follow(world)
    for _ in range(8):  # the evenings since the circle was opened come first
        circles.handle_schedule(world.circles)
    world.clock.advance(days=1)
    circles.handle_schedule(world.circles)
    (measured,) = told(world, HealthMeasured)
    assert isinstance(measured, HealthMeasured)
    assert (measured.data.words, measured.data.speakers, measured.data.first_reply) == (2, 2, 1000)
    assert circles.get_health(world.circles, LIN, circle_id).words == 2
    with pytest.raises(errors.NotAllowed):
        circles.get_health(world.circles, MEI, circle_id)
    assert told(world, CircleDormant) == []


def test_c23_a_dormant_circle_opens_one_review_case() -> None:
    world = World()
    scenes.enrolled(world, "rui")
    circle_id = circle_with(world, LIN, MEI)
    post(world, circle_id, MEI, "最后一篇")
    for _ in range(40):
        world.clock.advance(days=1)
        circles.handle_schedule(world.circles)
    dormant = told(world, CircleDormant)
    assert len(dormant) >= 2
    for event in dormant * 2:
        assert isinstance(event, CircleDormant)
        review.file_report(world.review, event)
    (case,), _ = review.list_cases(world.review, RUI, 20, None)
    assert (case.subject["kind"], case.subject["id"], case.author) == ("circle", circle_id, LIN.user_id)
    assert case.evidence["silent_days"] >= 14
    assert find_circle(world.circles_table, circle_id).entity.state == "active", "people decide what becomes of it"


def test_c21_a_recap_counts_what_is_news_to_this_reader_and_nothing_else() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    many = [post(world, circle_id, LIN, f"第{number}篇").id for number in range(150)]
    assert (circles.get_recap(world.circles, MEI, circle_id).missed, missed(world, circle_id)[:1]) == (100, ["第149篇"])
    assert circles.get_recap(world.circles, MEI, circle_id).more
    circles.record_views(world.circles, MEI, circle_id, many[-18:])
    recap = circles.get_recap(world.circles, MEI, circle_id)
    assert (recap.missed, recap.more) == (0, False), "all of it was before the last reading"
    world.clock.advance(minutes=1)
    for number in range(3):
        post(world, circle_id, LIN, f"新的{number}")
    for number in range(120):
        post(world, circle_id, MEI, f"自己的{number}")
    assert sorted(missed(world, circle_id)) == ["新的0", "新的1", "新的2"]
    circles.record_views(world.circles, MEI, circle_id, many[:1])  # nothing that counts, but they were here
    circles.record_views(world.circles, MEI, circle_id, many[:1])
    assert missed(world, circle_id) == []


def test_c21_an_evening_is_told_of_as_it_was_however_late_the_schedule_comes() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    first = post(world, circle_id, LIN, "五号的")
    evening = next_digest(world.clock.now)
    world.clock.now = evening + timedelta(minutes=1)
    second = post(world, circle_id, LIN, "过了八点的")
    world.clock.now = evening + timedelta(days=2, hours=5)
    for _ in range(4):
        circles.handle_schedule(world.circles)
    digests = told(world, DigestReady)
    assert [(one.data.day.day, one.data.note_ids) for one in digests if isinstance(one, DigestReady)] == [
        (5, [first.id]),
        (6, [second.id]),
    ]


def test_c21_circles_that_fail_do_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    bad, good = [circle_with(world, LIN) for _ in range(25)], circle_with(world, LIN)
    for circle_id in (*bad, good):
        post(world, circle_id, LIN)
    world.clock.now = next_digest(world.clock.now)
    whole = tell_of_day

    def broken(ports: object, circle: Circle, evening: datetime) -> None:
        if circle.id != good:
            raise RuntimeError
        whole(ports, circle, evening)  # type: ignore[arg-type]

    monkeypatch.setattr("services.circles.usecases.schedule.tell_of_day", broken)
    for _ in range(2):
        circles.handle_schedule(world.circles)
        world.clock.advance(minutes=1)
    assert [one.entity_id for one in told(world, DigestReady)] == [f"{good}/2026-03-05"]
    monkeypatch.undo()
    world.clock.advance(minutes=10)
    circles.handle_schedule(world.circles)
    circles.handle_schedule(world.circles)
    assert {one.entity_id for one in told(world, DigestReady)} == {f"{one}/2026-03-05" for one in (*bad, good)}


def test_c23_a_circle_that_talks_under_an_old_note_is_not_dormant() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    note = post(world, circle_id, LIN)
    world.clock.advance(days=40)
    circles.add_comment(world.circles, MEI, circle_id, note.id, wish(MEI, now=world.clock.now), text="还在吗", parent_id=None)
    follow(world)
    health = circles.take_health(world.circles, find_circle(world.circles_table, circle_id).entity, world.clock())
    assert (health.words, health.silent_days, health.is_dormant) == (0, 0, False)
