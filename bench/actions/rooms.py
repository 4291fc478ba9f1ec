"""Actions of chat on rooms: topics, settings, retention and highlights."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bench.actions.chat import promote_owner
from bench.dataset import LIN, MEI, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.chat.domain import MessageRequest, Senders
from services.chat.repository.retention_jobs import RETENTION
from services.chat.usecases.retention import purge_room
from services.shared.kernel.pages import PageRequest
from services.shared.table.jobs import Job
from simulation.setup.requests import change
from simulation.streams import handle_new_changes
from simulation.users import new_key


def _open_topic(dataset: BenchDataset) -> None:
    topic = chat.open_topic(dataset.simulation.chat, LIN, dataset.circle, "湿地晨观", "每周六早上 7 点集合。", new_key(LIN))
    dataset.ids["topic"] = topic.id


def _with_topic(dataset: BenchDataset) -> None:
    promote_owner(dataset)
    _open_topic(dataset)


def _expired(dataset: BenchDataset) -> None:
    """32 messages of a topic that have expired."""
    _with_topic(dataset)
    at = (dataset.circle, dataset.ids["topic"])
    for number in range(32):
        dataset.simulation.clock.advance(seconds=2)
        request = MessageRequest(f"topic-{number:04}", number, "在吗" * 10)
        chat.send_message(dataset.simulation.chat, replace(MEI, ip=""), *at, request)
    handle_new_changes(dataset.simulation, "chat")
    _change_topic(dataset, retention_days=1)
    dataset.simulation.clock.advance(days=2)


def _purge(dataset: BenchDataset) -> None:
    job = Job(RETENTION, f"{dataset.circle}/{dataset.ids['topic']}", dataset.simulation.clock.now)
    for _ in purge_room(dataset.simulation.chat, job):
        pass


def _change_topic(dataset: BenchDataset, **changes: Any) -> None:
    chat.update_room(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["topic"], change(0), changes)


def _highlight(dataset: BenchDataset, seq: int = 0) -> None:
    at = (dataset.circle, dataset.ids["room"], seq or dataset.n)
    chat.highlight_message(dataset.simulation.chat, LIN, *at)


def _highlighted(dataset: BenchDataset) -> None:
    promote_owner(dataset)
    _highlight(dataset)
    handle_new_changes(dataset.simulation, "chat")


def _twenty_highlighted(dataset: BenchDataset) -> None:
    """The messages n + 1 to n + 20 are highlights."""
    promote_owner(dataset)
    for number in range(20):
        dataset.simulation.clock.advance(minutes=1)
        request = MessageRequest(f"highlight-{number:04}", dataset.n, "在吗" * 10)
        chat.send_message(dataset.simulation.chat, replace(MEI, ip=""), dataset.circle, dataset.ids["room"], request)
        _highlight(dataset, dataset.n + 1 + number)


def _unhighlight(dataset: BenchDataset) -> None:
    chat.unhighlight_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n)


def _list_highlights(dataset: BenchDataset) -> None:
    at = (dataset.circle, dataset.ids["room"])
    page = chat.list_highlighted_messages(dataset.simulation.chat, LIN, *at, PageRequest(20))
    assert len(page.items) == 20


_action = partial(Action, "chat")

ROOMS = (
    _action("open a topic", _open_topic, None, promote_owner),
    _action("change a room", lambda d: _change_topic(d, notice="今晚有雨。", senders=Senders.REGULARS), None, _with_topic),
    _action("archive a topic", lambda d: _change_topic(d, is_archived=True), None, _with_topic),
    _action("set a retention", lambda d: _change_topic(d, retention_days=1), None, _with_topic),
    _action("highlight a message", _highlight, None, promote_owner),
    _action("take a highlight out", _unhighlight, None, _highlighted),
    _action("list 20 highlights", _list_highlights, None, _twenty_highlighted),
    _action("purge 32 messages", _purge, None, _expired, trigger="none", authorizes=False),
)
