"""A5: a notification and the end of its subject at once, a request to join and its decision at once, markers at once."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.repository import moderators
from services.chat.subscriptions import SUBSCRIPTIONS
from services.shared.messaging.events import Event
from simulation.setup.chat import LIN, MEI
from tests.support.notified import NOTE, Bell
from tests.support.races import SteppedCall, race
from tests.usecases.chat.test_notified_members import YAN, Moderated


def apply_in_steps(bell: Bell | Moderated, events: Sequence[Event], dice: random.Random) -> None:
    """Apply events at once: one table call at a time, of an event that the dice choose."""
    ports, table = bell.simulation.chat, bell.simulation.chat_table

    def applied(event: Event) -> Callable[[Any], None]:
        return lambda stepped: SUBSCRIPTIONS[type(event)](replace(ports, table=stepped), event)

    running = [SteppedCall(table, applied(event)) for event in events]
    while running := [call for call in running if not call.done]:
        dice.choice(running).step()


@pytest.mark.parametrize("seed", range(60))
def test_a5_a_notification_that_arrives_while_its_subject_ends_is_hidden(seed: int) -> None:
    bell = Bell()
    apply_in_steps(bell, [bell.comment(), bell.comment(visible=False, version=2)], random.Random(seed))
    assert bell.views() == []


@pytest.mark.parametrize("seed", range(60))
def test_a5_a_notification_that_arrives_while_its_note_ends_is_hidden(seed: int) -> None:
    bell = Bell()
    apply_in_steps(bell, [bell.comment(), bell.like(1, MEI), bell.note(visible=False)], random.Random(seed))
    assert bell.views() == []
    bell.apply(bell.note(visible=True, version=3))
    assert sorted(bell.kinds()) == ["comment", "like"]


@pytest.mark.parametrize("seed", range(60))
def test_a5_an_end_and_a_restoration_at_once_leave_what_the_newer_one_says(seed: int) -> None:
    for newest, shown in ((True, ["comment"]), (False, [])):
        bell = Bell()
        bell.apply(bell.comment())
        versions = {newest: 4, not newest: 3}
        events = [bell.note(visible=visible, version=version) for visible, version in versions.items()]
        apply_in_steps(bell, events, random.Random(seed))
        assert bell.kinds() == shown


@pytest.mark.parametrize("seed", range(60))
def test_a5_a_request_to_join_and_its_decision_at_once_leave_no_line(seed: int) -> None:
    circle = Moderated()
    request = circle.request(YAN)
    decision = circle.member(YAN, approved_at=circle.simulation.clock.now)
    apply_in_steps(circle, [request, decision], random.Random(seed))
    assert moderators.list_pending(circle.simulation.chat_table, circle.circle_id) == []
    assert (circle.lines(LIN), circle.lines(MEI)) == ([], [])


def test_a5_of_parallel_read_markers_the_furthest_stays() -> None:
    bell = Bell()
    now = bell.simulation.clock.now
    bell.apply(bell.comment())
    moments = [now - timedelta(seconds=number) for number in range(20)]
    random.Random(1).shuffle(moments)

    def marking(moment: Any) -> Callable[[], Any]:
        return lambda: chat.mark_notifications_read(bell.simulation.chat, LIN, moment)

    results = race(map(marking, moments))
    assert max(results) == now == chat.get_notification_preferences(bell.simulation.chat, LIN).read_until
    assert (bell.unread(), NOTE) == ((0, False), bell.views()[0].notification.about["note_id"])
