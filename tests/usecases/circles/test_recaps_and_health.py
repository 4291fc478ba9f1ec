"""Recaps, the daily digest, quiet hours, and the health of a circle."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Circle
from services.circles.domain.digest import DigestPreference, next_digest_at
from services.circles.domain.health import Post, measure_health
from services.circles.repository.circles import load_circle
from services.circles.usecases.digests import publish_digest
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleDormant, DigestReady, Event, HealthMeasured
from simulation.clock import NOON
from simulation.setup.applications import enrol_reviewer
from simulation.setup.circles import create_circle, join_circle, post_note
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, published_events
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
RUI = caller("rui", "reviewer")


def events_of_class(simulation: Simulation, event_class: type[Event]) -> list[Event]:
    """Return the events of a class that circles has published."""
    return [event for event in published_events("circles", all_changes(simulation, "circles")) if type(event) is event_class]


def missed(simulation: Simulation, circle_id: str) -> list[str]:
    return [view.note.content.text for view in circles.get_recap(simulation.circles, MEI, circle_id).top_notes]


def test_c21_a_recap_contains_missed_and_visible_notes() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    seen = post_note(simulation, circle_id, LIN, "看过的")
    circles.record_views(simulation.circles, MEI, circle_id, [seen.id])
    simulation.clock.advance(hours=1)
    plain, liked, removed = (post_note(simulation, circle_id, LIN, text) for text in ("平常的", "受欢迎的", "后来撤下的"))
    post_note(simulation, circle_id, MEI, "自己的")
    circles.like_note(simulation.circles, HAO, circle_id, liked.id)
    circles.add_comment(simulation.circles, HAO, circle_id, liked.id, new_key(HAO), text="好", parent_id=None)
    handle_all_changes(simulation, "circles")
    recap = circles.get_recap(simulation.circles, MEI, circle_id)
    assert (recap.missed, recap.has_more, recap.since) == (3, False, simulation.clock.now - timedelta(hours=1, milliseconds=4))
    assert missed(simulation, circle_id)[0] == "受欢迎的"
    circles.delete_note(simulation.circles, LIN, circle_id, removed.id)
    assert missed(simulation, circle_id) == ["受欢迎的", "平常的"]
    circles.record_views(simulation.circles, MEI, circle_id, [plain.id])
    assert missed(simulation, circle_id) == []


def test_c21_after_rejoining_a_recap_starts_at_the_new_membership() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    circles.leave_circle(simulation.circles, MEI, circle_id)
    simulation.clock.advance(hours=1)
    post_note(simulation, circle_id, LIN, "那时的")
    with pytest.raises(errors.CircleNotFound):
        circles.get_recap(simulation.circles, MEI, circle_id)
    simulation.clock.advance(hours=1)
    join_circle(simulation, MEI, LIN, circle_id)
    assert missed(simulation, circle_id) == []


def test_c21_a_digest_is_published_once_per_evening_with_a_note() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note, removed = post_note(simulation, circle_id, LIN, "今天的"), post_note(simulation, circle_id, LIN, "撤下的")
    circles.delete_note(simulation.circles, LIN, circle_id, removed.id)
    circles.handle_schedule(simulation.circles)
    assert events_of_class(simulation, DigestReady) == [], "it is noon"
    simulation.clock.now = next_digest_at(simulation.clock.now)
    for _ in range(3):
        circles.handle_schedule(simulation.circles)
    for _ in range(2):
        simulation.clock.advance(days=1)
        circles.handle_schedule(simulation.circles)
    (digest,) = events_of_class(simulation, DigestReady)
    assert isinstance(digest, DigestReady)
    assert (digest.data.circle_id, digest.data.notes, digest.data.note_ids) == (circle_id, 1, [note.id])


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 5, 11, 59, 59, tzinfo=UTC), datetime(2026, 3, 5, 12, tzinfo=UTC)),
        (datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 6, 12, tzinfo=UTC)),
        (datetime(2026, 3, 5, 16, 30, tzinfo=UTC), datetime(2026, 3, 6, 12, tzinfo=UTC)),
    ],
)
def test_c21_digests_are_due_at_eight_in_china(now: datetime, expected: datetime) -> None:
    assert next_digest_at(now) == expected


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
def test_c21_quiet_hours_can_include_midnight(hours: tuple[time, time], china: time, quiet: bool) -> None:
    at = datetime.combine(NOON.date(), china, UTC) - timedelta(hours=8)
    assert DigestPreference("c", "u", True, *hours).is_quiet(at) is quiet


def test_c21_a_digest_preference_is_stored_and_applied() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    assert circles.get_digest_preference(simulation.circles, MEI, circle_id).on
    chosen = circles.set_digest_preference(simulation.circles, MEI, circle_id, change(0), False, time(11), time(14))
    assert circles.set_digest_preference(simulation.circles, MEI, circle_id, change(0), False, time(11), time(14)) == chosen
    assert circles.get_recap(simulation.circles, MEI, circle_id).is_quiet is True, "it is noon in China"


OLD, NEW = NOON - timedelta(days=300), NOON - timedelta(days=3)
JOINED = {"ann": OLD, "ben": OLD, "cat": NEW, "dan": NEW}


def test_c23_the_formulas_give_the_documented_example() -> None:
    """The example of docs/health.md."""
    day = timedelta(days=1)
    posts = [
        Post("ann", NOON - 10 * day, "n1"),
        Post("ben", NOON - 9 * day, "n1", replies_to="ann"),
        Post("ann", NOON - 9 * day, "n1", replies_to="ben"),
        Post("ann", NOON - 9 * day, "n1", replies_to="ann"),
        Post("cat", NOON - 2 * day, "n2"),
        Post("ben", NOON - 1.5 * day, "n2", replies_to="cat"),
        Post("dan", NOON - 2 * day, "n3"),
        Post("ben", NOON - 0.5 * day, "n3", replies_to="dan"),
        Post("dan", NOON - 2 * day, "n3", replies_to="dan"),
        Post("ann", NOON - 1 * day, "n4", has_listings=True),
    ]
    health = measure_health(posts, JOINED, NOON - 0.5 * day, at=NOON)
    assert (health.posts, health.authors, health.silent_days) == (10, 4, 0)
    assert health.first_reply == 500  # cat got a reply within a day, dan did not
    assert health.concentration == 300  # ann 4, ben 3, cat 1, dan 2 of 10: (16 + 9 + 1 + 4) / 100
    assert health.insularity == 500  # ben to ann and ann to ben, of four replies to others
    assert health.commercial == 250  # one note of four has listings
    assert health.score == (500 + 700 + 500 + 750) // 4


def test_c23_a_metric_without_data_is_none() -> None:
    health = measure_health([], {}, NOON - timedelta(days=13), at=NOON)
    assert (health.first_reply, health.concentration, health.insularity, health.commercial) == (None, None, None, None)
    assert (health.silent_days, health.is_dormant, health.score) == (13, False, 0)


def test_c23_a_circle_is_measured_once_a_week() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    simulation.clock.now = datetime(2026, 3, 9, 11, tzinfo=UTC)  # an hour before a Monday evening
    note = post_note(simulation, circle_id, MEI)
    circles.add_comment(
        simulation.circles, LIN, circle_id, note.id, new_key(LIN, now=simulation.clock.now), text="好", parent_id=None
    )
    handle_all_changes(simulation, "circles")
    for _ in range(8):  # the evenings since the circle was activated are processed first
        circles.handle_schedule(simulation.circles)
    simulation.clock.advance(days=1)
    circles.handle_schedule(simulation.circles)
    (measured,) = events_of_class(simulation, HealthMeasured)
    assert isinstance(measured, HealthMeasured)
    assert (measured.data.posts, measured.data.authors, measured.data.first_reply) == (2, 2, 1000)
    assert circles.get_health(simulation.circles, LIN, circle_id).posts == 2
    with pytest.raises(errors.RoleNotAllowed):
        circles.get_health(simulation.circles, MEI, circle_id)
    assert events_of_class(simulation, CircleDormant) == []


def test_c23_a_late_measurement_is_as_of_its_evening_and_published_when_it_is_written() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    simulation.clock.now = datetime(2026, 3, 9, 15, tzinfo=UTC)  # 3 hours after a Monday evening
    for _ in range(8):
        circles.handle_schedule(simulation.circles)
    (measured,) = events_of_class(simulation, HealthMeasured)
    assert circles.get_health(simulation.circles, LIN, circle_id).measured_at.hour == 12
    assert measured.occurred_at == simulation.clock()


def test_c23_a_dormant_circle_opens_one_review_case() -> None:
    simulation = Simulation()
    enrol_reviewer(simulation, "rui")
    circle_id = create_circle(simulation, LIN, MEI)
    post_note(simulation, circle_id, MEI, "最后一篇")
    for _ in range(40):
        simulation.clock.advance(days=1)
        circles.handle_schedule(simulation.circles)
    dormant = events_of_class(simulation, CircleDormant)
    assert len(dormant) >= 2
    for event in dormant * 2:
        assert isinstance(event, CircleDormant)
        review.apply_content_reported(simulation.review, event)
    (case,), _ = review.list_cases(simulation.review, RUI, PageRequest(20))
    assert (case.subject["kind"], case.subject["id"], case.author) == ("dormant_circle", circle_id, LIN.user_id)
    assert case.evidence["silent_days"] >= 14
    assert load_circle(simulation.circles_table, circle_id).entity.state == "active", (
        "a dormant circle stays as it is: reviewers decide"
    )


def test_c21_a_recap_counts_only_notes_new_to_this_reader() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    many = [post_note(simulation, circle_id, LIN, f"第{number}篇").id for number in range(150)]
    assert (circles.get_recap(simulation.circles, MEI, circle_id).missed, missed(simulation, circle_id)[:1]) == (
        100,
        ["第149篇"],
    )
    assert circles.get_recap(simulation.circles, MEI, circle_id).has_more
    circles.record_views(simulation.circles, MEI, circle_id, many[-18:])
    recap = circles.get_recap(simulation.circles, MEI, circle_id)
    assert (recap.missed, recap.has_more) == (0, False), "all of the notes are older than the last reading"
    simulation.clock.advance(minutes=1)
    for number in range(3):
        post_note(simulation, circle_id, LIN, f"新的{number}")
    for number in range(120):
        post_note(simulation, circle_id, MEI, f"自己的{number}")
    assert sorted(missed(simulation, circle_id)) == ["新的0", "新的1", "新的2"]
    circles.record_views(simulation.circles, MEI, circle_id, many[:1])  # no view counts, but the time of the last reading moves
    circles.record_views(simulation.circles, MEI, circle_id, many[:1])
    assert missed(simulation, circle_id) == []


def test_c21_a_late_schedule_publishes_the_same_digest() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    first = post_note(simulation, circle_id, LIN, "五号的")
    evening = next_digest_at(simulation.clock.now)
    simulation.clock.now = evening + timedelta(minutes=1)
    second = post_note(simulation, circle_id, LIN, "过了八点的")
    simulation.clock.now = evening + timedelta(days=2, hours=5)
    for _ in range(4):
        circles.handle_schedule(simulation.circles)
    digests = events_of_class(simulation, DigestReady)
    assert [(digest.data.day.day, digest.data.note_ids) for digest in digests if isinstance(digest, DigestReady)] == [
        (5, [first.id]),
        (6, [second.id]),
    ]


def test_c21_failing_circles_do_not_delay_others(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    bad, good = [create_circle(simulation, LIN) for _ in range(25)], create_circle(simulation, LIN)
    for circle_id in (*bad, good):
        post_note(simulation, circle_id, LIN)
    simulation.clock.now = next_digest_at(simulation.clock.now)
    publish = publish_digest

    def broken(ports: object, circle: Circle, evening: datetime) -> None:
        if circle.id != good:
            raise RuntimeError
        publish(ports, circle, evening)  # type: ignore[arg-type]

    monkeypatch.setattr("services.circles.usecases.schedule.publish_digest", broken)
    for _ in range(2):
        circles.handle_schedule(simulation.circles)
        simulation.clock.advance(minutes=1)
    assert [event.entity_id for event in events_of_class(simulation, DigestReady)] == [f"{good}/2026-03-05"]
    monkeypatch.undo()
    simulation.clock.advance(minutes=10)
    circles.handle_schedule(simulation.circles)
    circles.handle_schedule(simulation.circles)
    assert {event.entity_id for event in events_of_class(simulation, DigestReady)} == {
        f"{circle_id}/2026-03-05" for circle_id in (*bad, good)
    }


def test_c23_a_circle_with_comments_on_an_old_note_is_not_dormant() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note = post_note(simulation, circle_id, LIN)
    simulation.clock.advance(days=40)
    circles.add_comment(
        simulation.circles, MEI, circle_id, note.id, new_key(MEI, now=simulation.clock.now), text="还在吗", parent_id=None
    )
    handle_all_changes(simulation, "circles")
    health = circles.measure_circle_health(
        simulation.circles, load_circle(simulation.circles_table, circle_id).entity, simulation.clock()
    )
    assert (health.posts, health.silent_days, health.is_dormant) == (0, 0, False)
