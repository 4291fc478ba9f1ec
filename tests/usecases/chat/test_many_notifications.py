"""Bad input of A5: one user with 10,000 unread notifications. Each call does a bounded part of the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.repository.erasing import erase_user_items
from services.chat.repository.notifications import MAX_CHANGES, notification_to_item
from services.shared.erasure.jobs import Erasure
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.table.items import Item
from services.shared.table.jobs import JOBS
from simulation.meter import Cost, MeteredTable
from simulation.registry import projections_of
from simulation.setup.chat import LIN
from simulation.simulation import Simulation
from tests.support.notified import Bell

MANY = 10_000


class Crowded(Bell):
    """A note of Lin with 10,000 comments of Mei."""

    def __init__(self) -> None:
        self.meter = MeteredTable(projections=projections_of("chat"))
        super().__init__(Simulation(chat_table=self.meter))
        self.apply(self.comment())
        (view,) = self.views()
        memory = self.simulation.memory("chat")
        for _ in range(MANY - 1):
            comment_id = new_id("com")
            subject = replace(view.notification.subject, id=comment_id)
            about = {**view.notification.about, "comment_id": comment_id}
            memory.set_item(notification_to_item(replace(view.notification, subject=subject, about=about)))

    def cost_of(self, call: Callable[[], Any]) -> Cost:
        with self.meter.measure() as cost:
            call()
        return cost

    def listed(self) -> int:
        """Return how many notifications are in Lin's index."""
        return sum(item.get("gsi1pk") == f"NOTIFICATIONS#{LIN.user_id}" for item in self.items())

    def jobs(self) -> list[Item]:
        return [item for item in self.simulation.memory("chat").all_items() if item["pk"] == JOBS]


@pytest.fixture
def crowded() -> Iterator[Crowded]:
    yield Crowded()


def test_a5_ten_thousand_unread_notifications_are_counted_as_ninety_nine_and_more(crowded: Crowded) -> None:
    assert crowded.unread() == (99, True)
    cost = crowded.cost_of(crowded.unread)
    assert (cost.writes, cost.reads <= 9, cost.requests) == (0, True, 4)


def test_a5_ten_thousand_unread_notifications_are_listed_in_pages_and_each_is_in_one(crowded: Crowded) -> None:
    page, seen = PageRequest(100), set()
    for _ in range(MANY // 100):
        found = chat.list_notifications(crowded.simulation.chat, LIN, page)
        seen |= {view.notification.subject.id for view in found.items}
        page = PageRequest(100, found.next)
    assert (len(seen), found.next) == (MANY, None)
    cost = crowded.cost_of(lambda: chat.list_notifications(crowded.simulation.chat, LIN, PageRequest(20)))
    assert (cost.reads <= 5, cost.requests) == (True, 4)


def test_a5_one_write_marks_ten_thousand_notifications_as_read(crowded: Crowded) -> None:
    cost = crowded.cost_of(crowded.read_all)
    assert (cost.writes, cost.requests, crowded.unread()) == (1, 1, (0, False))


def test_a5_the_end_of_a_note_hides_ten_thousand_notifications_two_hundred_per_step(crowded: Crowded) -> None:
    cost = crowded.cost_of(lambda: crowded.apply(crowded.note(visible=False)))
    assert (crowded.listed(), len(crowded.jobs())) == (MANY - MAX_CHANGES, 1)
    assert cost.requests <= MAX_CHANGES + 5
    left = iter([True] * 10 + [False])
    chat.handle_jobs(crowded.simulation.chat, lambda: next(left))  # a run without more time
    assert crowded.listed() == MANY - 11 * MAX_CHANGES
    chat.handle_jobs(crowded.simulation.chat)
    assert (crowded.listed(), crowded.views(), crowded.unread(), crowded.jobs()) == (0, [], (0, False), [])


def test_a5_a_note_that_is_restored_while_its_notifications_are_hidden_shows_them_all(crowded: Crowded) -> None:
    crowded.apply(crowded.note(visible=False))
    left = iter([True] * 10 + [False])
    chat.handle_jobs(crowded.simulation.chat, lambda: next(left))
    crowded.apply(crowded.note(visible=True, version=3), crowded.note(visible=False))
    chat.handle_jobs(crowded.simulation.chat)
    assert (crowded.listed(), crowded.unread(), crowded.jobs()) == (MANY, (99, True), [])


def test_a5_the_end_of_one_comment_of_ten_thousand_costs_what_it_costs_alone(crowded: Crowded) -> None:
    cost = crowded.cost_of(lambda: crowded.apply(crowded.comment(visible=False, version=2)))
    assert (crowded.listed(), crowded.jobs(), cost.requests) == (MANY - 1, [], 6)
    assert (cost.writes, cost.reads) == (3, 4)


def test_a5_the_erasure_of_a_user_with_ten_thousand_notifications_stops_and_continues(crowded: Crowded) -> None:
    erasure = Erasure(LIN.user_id, deletes_content=False, version=1)
    for _ in islice(erase_user_items(crowded.simulation.chat_table, erasure), 1000):
        pass
    assert MANY - 1000 <= crowded.listed() < MANY
    for _ in erase_user_items(crowded.simulation.chat_table, erasure):
        pass
    assert crowded.listed() == 0
