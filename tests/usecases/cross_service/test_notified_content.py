"""A5: comments, likes and memberships of circles, from the act to the list of its user."""

from __future__ import annotations

import pytest

from services.chat import usecases as chat
from services.chat.domain import Notification
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.repository.like_events import LIKED
from services.shared.kernel.clock import millis
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CommentChanged, Event, NoteChanged, NoteLiked
from services.shared.security.auth import Caller
from simulation.driver import Driver
from simulation.setup.circles import (
    create_circle,
    get_member,
    impose_sanction,
    issue_passcode,
    post_note,
    set_role,
    set_screening,
)
from simulation.streams import changes_from_images, published_events
from simulation.users import caller, new_key, user_id

LIN, MEI, HAO, YAN, AN = (caller(name) for name in ("lin", "mei", "hao", "yan", "an"))
FANS = [caller(f"fan-{number}") for number in range(10)]


class Together:
    """Circles and chat with their streams and queues: a note of Mei in a circle of Lin."""

    def __init__(self, *members: Caller) -> None:
        self.driver = Driver()
        self.simulation = self.driver.simulation
        self.circle_id = create_circle(self.simulation, LIN, MEI, HAO, *members)
        self.note_id = post_note(self.simulation, self.circle_id, MEI).id
        self.run()

    def run(self) -> None:
        self.driver.run()

    def comment(self, by: Caller, parent_id: str | None = None, text: str = "好") -> str:
        self.driver.clock.advance(seconds=1)
        key = new_key(by, now=self.driver.clock.now)
        ports, at = self.simulation.circles, (self.circle_id, self.note_id)
        comment = circles.add_comment(ports, by, *at, key, text=text, parent_id=parent_id)
        self.run()
        return comment.id

    def like(self, by: Caller) -> None:
        circles.like_note(self.simulation.circles, by, self.circle_id, self.note_id)

    def lines(self, reader: Caller) -> list[Notification]:
        page = chat.list_notifications(self.simulation.chat, reader, PageRequest(50))
        return [view.notification for view in page.items]

    def shown(self, reader: Caller) -> list[tuple[str, str, int]]:
        return [(str(each.kind), each.state, each.count) for each in self.lines(reader)]

    def events(self) -> list[Event]:
        """Return all that circles has published."""
        return published_events("circles", changes_from_images(self.driver.tables["circles"].stream))

    def like_events(self) -> list[NoteLiked]:
        return [event for event in self.events() if isinstance(event, NoteLiked)]


def test_a5_a_comment_and_a_reply_reach_the_authors_and_an_edit_reaches_no_user() -> None:
    together = Together(YAN)
    first = together.comment(HAO)
    together.comment(YAN, first)
    assert together.shown(MEI) == [("comment", "", 1), ("comment", "", 1)]
    assert together.shown(HAO) == [("reply", "", 1)]
    assert sum(isinstance(event, CommentChanged) for event in together.events()) == 2


@pytest.mark.parametrize("by", [HAO, LIN], ids=["deleted", "removed"])
def test_a5_a_comment_that_ends_takes_its_notifications_with_it(by: Caller) -> None:
    together = Together(YAN)
    first = together.comment(HAO)
    together.comment(YAN, first)
    at = (together.simulation.circles, by, together.circle_id, together.note_id, first)
    if by is HAO:
        circles.delete_comment(*at)
    else:
        circles.remove_comment(*at, "人身攻击。")
    together.run()
    assert (len(together.lines(MEI)), len(together.lines(HAO))) == (1, 1)


@pytest.mark.parametrize("by", [MEI, LIN], ids=["deleted", "removed"])
def test_a5_a_note_that_ends_takes_all_notifications_about_it_with_it(by: Caller) -> None:
    together = Together(YAN)
    together.comment(YAN, together.comment(HAO))
    together.like(HAO)
    together.run()
    if by is MEI:
        circles.delete_note(together.simulation.circles, MEI, together.circle_id, together.note_id)
    else:
        circles.remove_note(together.simulation.circles, LIN, together.circle_id, together.note_id, "公布了巢址。")
    together.run()
    assert (together.lines(MEI), together.lines(HAO)) == ([], [])
    assert [event.data.is_visible for event in together.events() if isinstance(event, NoteChanged)] == [False]


def test_a5_ten_likes_of_a_minute_are_one_line_and_at_most_two_events() -> None:
    together = Together(*FANS)
    together.driver.clock.now = together.driver.clock.now.replace(second=1)
    for fan in FANS:
        together.driver.clock.advance(seconds=1)
        together.like(fan)
        together.run()
    assert [line[2] for line in together.shown(MEI)] == [1], "the first like of the minute is published at once"
    assert len(together.like_events()) == 1
    together.driver.clock.advance(minutes=1)
    circles.handle_schedule(together.simulation.circles)
    together.run()
    assert together.shown(MEI) == [("like", "", 10)]
    assert len(together.like_events()) == 2
    assert together.lines(MEI)[0].actors == (FANS[-1].user_id,)
    assert not [item for item in together.driver.tables["circles"].all_items() if item["pk"] == LIKED]


def test_a5_likes_that_the_stream_brings_together_name_the_last_three_users() -> None:
    together = Together(*FANS)
    for fan in FANS:
        together.like(fan)
    together.run()
    assert together.shown(MEI) == [("like", "", 10)]
    assert set(together.lines(MEI)[0].actors) <= {fan.user_id for fan in FANS}
    assert (len(together.lines(MEI)[0].actors), len(together.like_events())) == (3, 1)


def test_a5_a_like_of_the_next_minute_is_published_at_once() -> None:
    together = Together(YAN)
    together.like(HAO)
    together.run()
    together.driver.clock.advance(minutes=1)
    together.like(YAN)
    together.run()
    assert together.shown(MEI) == [("like", "", 2)]
    versions = [event.entity_version for event in together.like_events()]
    assert versions == sorted(set(versions)) and versions[-1] == millis(together.driver.clock.now)


def test_a5_an_author_who_likes_the_own_note_is_not_notified_and_an_unlike_notifies_no_user() -> None:
    together = Together()
    together.like(MEI)
    together.run()
    assert (together.shown(MEI), together.like_events()) == ([], [])
    together.like(HAO)
    together.run()
    chat.mark_notifications_read(together.simulation.chat, MEI, together.driver.clock.now)
    together.driver.clock.advance(days=2)
    circles.unlike_note(together.simulation.circles, HAO, together.circle_id, together.note_id)
    together.run()
    assert chat.count_unread_notifications(together.simulation.chat, MEI).count == 0


def test_a5_likes_of_a_deleted_note_are_published_by_no_later_run() -> None:
    together = Together(YAN)
    for fan in (HAO, YAN):
        together.driver.clock.advance(milliseconds=1)
        together.like(fan)
        together.run()
    circles.delete_note(together.simulation.circles, MEI, together.circle_id, together.note_id)
    together.driver.clock.advance(minutes=1)
    circles.handle_schedule(together.simulation.circles)
    together.run()
    assert together.lines(MEI) == []


def test_a5_a_request_to_join_reaches_the_moderators_and_its_approval_the_user() -> None:
    together = Together()
    set_role(together.simulation, LIN, together.circle_id, HAO.user_id, Role.MODERATOR)
    set_screening(together.simulation, LIN, together.circle_id, "不公布巢址。", ("常去哪里看鸟？",), approval=True)
    passcode = issue_passcode(together.simulation, LIN, together.circle_id)
    circles.join_circle(together.simulation.circles, AN, passcode)
    together.run()
    assert together.shown(LIN) == [], "a user who has not answered waits for no moderator"
    revision = circles.get_screening(together.simulation.circles, AN, together.circle_id).screening_revision
    circles.answer_screening(together.simulation.circles, AN, together.circle_id, revision, ("湿地公园",))
    together.run()
    for moderator in (LIN, HAO):
        assert ("join_request", "", 1) in together.shown(moderator)
    assert together.shown(MEI) == []
    circles.approve_member(together.simulation.circles, HAO, together.circle_id, AN.user_id)
    together.run()
    assert together.shown(AN) == [("membership", "approved", 1)]
    assert all(("join_request", "", 1) not in together.shown(moderator) for moderator in (LIN, HAO))


def test_a5_a_kick_reaches_its_user_once_and_hides_what_happened_in_the_circle() -> None:
    together = Together()
    first = together.comment(HAO)
    together.comment(MEI, first)
    assert together.shown(HAO) == [("reply", "", 1)]
    impose_sanction(together.simulation, LIN, together.circle_id, HAO, SanctionKind.KICK)
    together.run()
    assert together.shown(HAO) == [("membership", "kicked", 1)]
    assert get_member(together.simulation, together.circle_id, user_id("hao")).state == "kicked"


def test_a5_a_like_that_is_taken_back_before_it_is_counted_is_not_published_with_a_comment() -> None:
    together = Together()
    together.like(HAO)
    circles.unlike_note(together.simulation.circles, HAO, together.circle_id, together.note_id)
    together.comment(HAO)  # one batch of the stream has the like, its end and the comment
    assert together.shown(MEI) == [("comment", "", 1)]
    assert together.like_events() == []
    assert not any(together.driver.set_aside.values())
