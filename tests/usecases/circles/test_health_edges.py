"""What a measurement of a circle reads: its window, removed notes, members who left, and a schedule that runs late."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles import usecases as circles
from services.circles.domain import Note
from services.circles.domain.health import Health
from services.circles.repository.circles import get_circle
from services.circles.usecases.health import measure_circle_health
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, join_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


class Measured:
    """A circle of Lin, an old member, and of Mei, who joined 60 days later."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.circle_id = create_circle(self.simulation, LIN)
        self.simulation.clock.advance(days=60)
        join_circle(self.simulation, MEI, LIN, self.circle_id)

    def comment(self, author: Caller, note: Note, parent_id: str | None = None) -> str:
        self.simulation.clock.advance(seconds=1)
        key = new_key(author, now=self.simulation.clock.now)
        comment = circles.add_comment(
            self.simulation.circles, author, self.circle_id, note.id, key, text="好", parent_id=parent_id
        )
        handle_new_changes(self.simulation, "circles")
        return comment.id

    def health(self, at: datetime | None = None) -> Health:
        circle = get_circle(self.simulation.circles_table, self.circle_id)
        return measure_circle_health(self.simulation.circles, circle, at or self.simulation.clock.now)


def test_c23_the_first_note_of_a_newcomer_with_a_reply_counts() -> None:
    circle = Measured()
    note = post_note(circle.simulation, circle.circle_id, MEI)
    assert circle.health().first_reply == 0
    own = circle.comment(MEI, note)
    circle.comment(MEI, note, own)
    assert circle.health().first_reply == 0
    circle.comment(LIN, note, own)
    assert circle.health().first_reply == 1000


def test_c23_after_the_first_note_is_removed_the_next_one_is_the_first() -> None:
    circle = Measured()
    first = post_note(circle.simulation, circle.circle_id, MEI)
    circle.comment(LIN, first)
    post_note(circle.simulation, circle.circle_id, MEI)
    assert circle.health().first_reply == 1000
    circles.delete_note(circle.simulation.circles, MEI, circle.circle_id, first.id)
    assert (circle.health().first_reply, circle.health().posts) == (0, 1)


def test_c23_a_newcomer_who_left_and_a_former_member_who_replied_count() -> None:
    circle = Measured()
    join_circle(circle.simulation, HAO, LIN, circle.circle_id)
    note = post_note(circle.simulation, circle.circle_id, MEI)
    circle.comment(HAO, note)
    for user in (MEI, HAO):
        circles.leave_circle(circle.simulation.circles, user, circle.circle_id)
    assert circle.health().first_reply == 1000


def test_c23_a_member_who_joined_28_days_ago_is_no_newcomer() -> None:
    circle = Measured()
    joined_at = circle.simulation.clock.now
    circle.simulation.clock.advance(days=27)
    post_note(circle.simulation, circle.circle_id, MEI)
    day = timedelta(days=1)
    shares = [circle.health(joined_at + 28 * day - timedelta(milliseconds=ms)).first_reply for ms in (1, 0)]
    assert shares == [0, None]


def test_c23_a_note_of_exactly_28_days_ago_is_outside_the_window() -> None:
    circle = Measured()
    written_at = post_note(circle.simulation, circle.circle_id, MEI).created_at
    circle.simulation.clock.advance(days=40)
    window = timedelta(days=28)
    assert [circle.health(written_at + window - timedelta(milliseconds=ms)).posts for ms in (1, 0)] == [1, 0]


def test_c23_what_was_written_after_the_evening_of_a_late_measurement_does_not_count() -> None:
    circle = Measured()
    note = post_note(circle.simulation, circle.circle_id, MEI)
    evening = circle.simulation.clock.now
    circle.comment(LIN, note)
    post_note(circle.simulation, circle.circle_id, LIN)
    late, now = circle.health(evening), circle.health()
    assert (late.posts, late.first_reply, late.silent_days) == (1, 0, 0)
    assert (now.posts, now.first_reply) == (3, 1000)


def test_c23_a_comment_on_an_old_note_counts_from_the_14th_silent_day_on() -> None:
    circle, day = Measured(), timedelta(days=1)
    old = post_note(circle.simulation, circle.circle_id, LIN)
    circle.simulation.clock.advance(days=40)
    written_at = post_note(circle.simulation, circle.circle_id, LIN).created_at
    circle.simulation.clock.advance(days=1)
    circle.comment(MEI, old)
    assert [circle.health(written_at + days * day).silent_days for days in (13, 14, 15)] == [13, 12, 13]


def test_c23_a_reply_to_a_comment_is_to_the_author_of_the_comment() -> None:
    circle = Measured()
    circle.simulation.clock.advance(days=30)  # Mei is an old member now
    join_circle(circle.simulation, HAO, LIN, circle.circle_id)
    note = post_note(circle.simulation, circle.circle_id, HAO)
    comment = circle.comment(MEI, note)
    assert circle.health().insularity == 0
    circle.comment(LIN, note, comment)
    assert circle.health().insularity == 500
