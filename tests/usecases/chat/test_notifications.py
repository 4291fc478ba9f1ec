"""A5: what reaches a user because of an act of another: once, in the latest state, and hidden with its subject."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.chat import usecases as chat
from services.chat.domain import MAX_ACTORS
from services.chat.settings import settings
from services.chat.usecases.notification_frames import notification_frame
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import Event
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI, set_chat_members
from simulation.streams import handle_new_changes
from simulation.users import caller, user_id
from tests.support.notified import COMMENT, NOTE, PARENT, Bell

YAN = caller("yan")


@pytest.fixture
def bell() -> Bell:
    return Bell()


def test_a5_a_comment_reaches_the_author_of_the_note_and_a_reply_the_author_of_its_parent(bell: Bell) -> None:
    bell.apply(bell.comment(MEI, parent=HAO.user_id))
    assert (bell.kinds(LIN), bell.kinds(HAO), bell.kinds(MEI)) == (["comment"], ["reply"], [])
    view = bell.views()[0]
    assert view.notification.about == {"circle_id": bell.circle_id, "note_id": NOTE, "comment_id": COMMENT}
    assert (view.notification.actors, view.read) == ((MEI.user_id,), False)


def test_a5_a_reply_to_the_author_of_the_note_is_one_notification(bell: Bell) -> None:
    bell.apply(bell.comment(MEI, parent=LIN.user_id))
    assert bell.kinds() == ["reply"]


@pytest.mark.parametrize("parent", ["", LIN.user_id])
def test_a5_own_acts_notify_no_user(bell: Bell, parent: str) -> None:
    bell.apply(bell.comment(LIN, parent=parent))
    assert bell.kinds() == []


def test_a5_ten_likes_are_one_line_that_moves_to_the_top_and_is_unread_again(bell: Bell) -> None:
    bell.apply(bell.like(1, MEI, version=1))
    bell.simulation.clock.advance(minutes=1)
    bell.apply(bell.comment())
    bell.read_all()
    assert [(view.notification.kind, view.read) for view in bell.views()] == [("comment", True), ("like", True)]
    bell.simulation.clock.advance(minutes=1)
    bell.apply(bell.like(10, MEI, HAO, version=2))
    assert [(view.notification.kind, view.notification.count, view.read) for view in bell.views()] == [
        ("like", 10, False),
        ("comment", 1, True),
    ]


def test_a5_a_notification_names_at_most_three_actors(bell: Bell) -> None:
    bell.apply(bell.like(9, MEI, HAO, YAN, caller("an")))
    assert bell.views()[0].notification.actors == (HAO.user_id, YAN.user_id, user_id("an"))
    assert len(bell.views()[0].notification.actors) == MAX_ACTORS


def test_a5_a_repeated_or_late_event_changes_nothing(bell: Bell) -> None:
    events = [bell.like(1, MEI, version=1), bell.like(2, MEI, HAO, version=2), bell.comment()]
    bell.apply(*events)
    bell.read_all()
    before = bell.items()
    bell.simulation.clock.advance(minutes=5)
    bell.apply(*events, *reversed(events))
    assert bell.items() == before
    assert bell.unread() == (0, False)


def test_a5_the_end_of_a_comment_hides_its_notifications(bell: Bell) -> None:
    bell.apply(bell.comment(MEI, parent=HAO.user_id), bell.comment(MEI, comment_id=PARENT))
    bell.apply(bell.comment(MEI, parent=HAO.user_id, visible=False, version=2))
    assert (bell.kinds(LIN), bell.kinds(HAO), bell.unread()) == (["comment"], [], (1, False))
    assert bell.views()[0].notification.subject.id == PARENT


def test_a5_the_end_of_a_note_hides_what_is_about_it_and_its_comments(bell: Bell) -> None:
    other = new_id("note")
    bell.apply(bell.comment(), bell.like(1, MEI), bell.comment(comment_id=PARENT, note_id=other), bell.note(visible=False))
    assert [view.notification.about["note_id"] for view in bell.views()] == [other]


def test_a5_a_subject_that_is_visible_again_brings_its_notifications_back_as_they_were(bell: Bell) -> None:
    bell.apply(bell.comment())
    bell.read_all()
    shown = bell.views()
    restored = bell.comment(version=3)
    bell.simulation.clock.advance(minutes=5)
    bell.apply(bell.comment(visible=False, version=2))
    assert bell.views() == []
    bell.apply(restored)
    assert bell.views() == shown
    bell.apply(bell.note(visible=False))
    assert bell.views() == []
    bell.apply(bell.note(visible=True, version=3))
    assert bell.views() == shown


def all_orders(events: Sequence[Event]) -> list[tuple[Event, ...]]:
    """Return orders of the events, each of them twice: all of the first deliveries, the second ones in between."""
    dice = random.Random(5)
    orders = []
    for order in itertools.permutations(events):
        twice = list(order)
        for event in order:
            twice.insert(dice.randint(twice.index(event) + 1, len(twice)), event)
        orders.append(tuple(twice))
    return orders


@pytest.mark.parametrize("number", range(24))
def test_a5_events_in_any_order_leave_the_same_list(number: int) -> None:
    """A comment that was removed and restored, and then its note ended. Only the times of arrival can differ."""
    bell = Bell()
    events = [bell.comment(), bell.comment(visible=False, version=2), bell.comment(version=3), bell.note(visible=False)]
    bell.apply(*all_orders(events)[number])
    assert bell.views() == []
    bell.apply(bell.note(visible=True, version=9))
    assert bell.kinds() == ["comment"]


@pytest.mark.parametrize("number", range(6))
def test_a5_a_comment_that_ended_is_never_shown_in_whatever_order_its_events_come(number: int) -> None:
    bell = Bell()
    events = [bell.comment(), bell.comment(visible=False, version=2), bell.like(1, MEI)]
    bell.apply(*all_orders(events)[number])
    assert bell.kinds() == ["like"]


def test_a5_only_members_see_what_happens_in_a_circle(bell: Bell) -> None:
    bell.apply(bell.comment(), bell.like(1, MEI))
    bell.kick(LIN)
    assert (bell.kinds(), bell.unread()) == ([], (0, False))


def test_a5_what_only_a_blocked_user_did_is_left_out(bell: Bell) -> None:
    bell.apply(bell.comment(MEI), bell.like(2, MEI, HAO))
    bell.block(LIN, MEI)
    assert (bell.kinds(), bell.unread()) == (["like"], (1, False))
    bell.simulation.clock.advance(seconds=1)
    bell.block(LIN, MEI, HAO)
    assert (bell.kinds(), bell.unread()) == ([], (0, False))


def test_a5_the_read_marker_only_moves_forwards_and_never_ahead_of_now(bell: Bell) -> None:
    now = bell.simulation.clock.now
    bell.apply(bell.comment())
    mark = chat.mark_notifications_read
    assert mark(bell.simulation.chat, LIN, now - timedelta(seconds=1)) == now - timedelta(seconds=1)
    assert bell.unread() == (1, False)
    assert mark(bell.simulation.chat, LIN, now + timedelta(days=9)) == now
    assert mark(bell.simulation.chat, LIN, now - timedelta(days=1)) == now
    assert bell.unread() == (0, False)
    bell.simulation.clock.advance(milliseconds=1)
    bell.apply(bell.comment(comment_id=PARENT))
    assert bell.unread() == (1, False)


def test_a5_a_notification_is_listed_for_90_days(bell: Bell) -> None:
    bell.apply(bell.comment())
    bell.simulation.clock.advance(days=90)
    assert bell.kinds() == ["comment"]
    bell.simulation.clock.advance(milliseconds=1)
    assert (bell.kinds(), bell.unread()) == ([], (0, False))
    expires_at = next(item["expires_at"] for item in bell.items() if "expires_at" in item)
    assert expires_at <= bell.simulation.clock.now.timestamp()


def test_a5_the_unread_count_ends_at_99_and_says_that_there_are_more(bell: Bell) -> None:
    with overridden(settings, max_unread_notifications=3):
        for number in range(1, 6):
            bell.apply(bell.comment(comment_id=new_id("com")))
            assert bell.unread() == (min(number, 3), number > 3)


def test_a5_a_new_notification_is_pushed_to_the_open_connections_of_its_user(bell: Bell) -> None:
    bell.subscribe(LIN, "lin-1")
    bell.subscribe(MEI, "mei-1")
    bell.apply(bell.comment())
    handle_new_changes(bell.simulation, "chat")
    (frame,) = bell.simulation.sockets.pushes["lin-1"]
    assert frame == {"type": "notification", "notification": notification_frame(bell.views()[0].notification)}
    assert frame["notification"]["comment_id"] == COMMENT
    assert "mei-1" not in bell.simulation.sockets.pushes


def test_a5_neither_a_hidden_one_nor_a_repeat_nor_that_of_a_blocked_user_is_pushed(bell: Bell) -> None:
    bell.subscribe(LIN, "lin-1")
    event = bell.comment()
    bell.apply(event, bell.comment(visible=False, version=2))
    handle_new_changes(bell.simulation, "chat")
    assert bell.simulation.sockets.pushes == {}
    bell.apply(bell.comment(version=3), event)  # what is shown again was pushed before, or never was to be
    handle_new_changes(bell.simulation, "chat")
    pushed = len(bell.simulation.sockets.pushes.get("lin-1", ()))
    bell.apply(event)
    handle_new_changes(bell.simulation, "chat")
    assert len(bell.simulation.sockets.pushes.get("lin-1", ())) == pushed <= 1


def test_a5_a_connection_that_is_disconnected_or_expired_gets_nothing(bell: Bell) -> None:
    bell.subscribe(LIN, "lin-1")
    bell.subscribe(LIN, "lin-2")
    bell.simulation.sockets.disconnected.add("lin-1")
    bell.apply(bell.comment())
    handle_new_changes(bell.simulation, "chat")
    assert list(bell.simulation.sockets.pushes) == ["lin-2"]
    bell.simulation.clock.advance(hours=2)
    bell.apply(bell.comment(comment_id=PARENT))
    handle_new_changes(bell.simulation, "chat")
    assert len(bell.simulation.sockets.pushes["lin-2"]) == 1


def test_a5_a_notification_holds_kinds_ids_and_numbers_alone(bell: Bell) -> None:
    bell.apply(bell.comment(MEI, parent=HAO.user_id), bell.like(2, MEI), bell.comment(visible=False, version=2))
    allowed = {"pk", "sk", "gsi1pk", "gsi1sk", "version", "at", "about", "actors", "count", "state", "expires_at"}
    for item in bell.items():
        assert item.keys() <= allowed | {"is_visible"}


def test_a5_the_reader_of_another_circle_sees_nothing_of_this_one(bell: Bell) -> None:
    set_chat_members(bell.simulation, new_id("cir"), YAN)
    bell.apply(bell.comment(MEI, parent=YAN.user_id))
    assert bell.kinds(YAN) == []
