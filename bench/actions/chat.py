"""Every action of chat: how to run it, and its floor."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bench.dataset import HAO, LIN, MEI, NEW, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.chat.domain import MessageRequest, Senders
from services.chat.settings import settings
from services.chat.usecases.retention import RETENTION, purge_room
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.jobs import Job
from services.shared.table.reports import ReportInput
from simulation.settings import overridden
from simulation.setup.chat import set_chat_members
from simulation.setup.requests import change
from simulation.streams import handle_new_changes
from simulation.users import new_key

REPORT = ReportInput("spam", "反复发广告。")


def _send(dataset: BenchDataset, client_msg_id: str = "") -> None:
    """Send a message, a while after the one before: in a burst, each costs one write unit more."""
    dataset.counter += 1
    dataset.simulation.clock.advance(seconds=2)
    request = MessageRequest(client_msg_id or f"client-{dataset.counter:03}", dataset.n, "在吗" * 10)
    # The write that counts 16 messages for a network is not measured: which message it is with depends on its time.
    with overridden(settings, network_sample=1000):
        chat.send_message(dataset.simulation.chat, MEI, dataset.circle, dataset.ids["room"], request)


def _send_once(dataset: BenchDataset) -> None:
    _send(dataset, "client-001")


def _send_by_socket(dataset: BenchDataset) -> None:
    chat.authorize_socket(dataset.simulation.chat, "c1", MEI.ip)
    _send(dataset)


def _subscribe(dataset: BenchDataset) -> None:
    socket, _ = chat.authorize_socket(dataset.simulation.chat, "c1")
    chat.subscribe_socket(dataset.simulation.chat, socket, dataset.circle, dataset.ids["room"])


def _create_ticket(dataset: BenchDataset) -> None:
    ticket, _ = chat.create_ticket(dataset.simulation.chat, LIN)
    dataset.objects["ticket"] = ticket


def _connected(dataset: BenchDataset) -> None:
    _create_ticket(dataset)
    dataset.objects["socket"] = chat.connect_socket(dataset.simulation.chat, dataset.objects["ticket"], "c1")


def _subscribed(dataset: BenchDataset) -> None:
    _connected(dataset)
    chat.subscribe_socket(dataset.simulation.chat, dataset.objects["socket"], dataset.circle, dataset.ids["room"])


def _n_subscribed(dataset: BenchDataset) -> None:
    _subscribed(dataset)
    dataset.multiply("chat", lambda i: i["pk"].startswith("SUBSCRIBERS#"), lambda number: ("c1", f"c{number + 2}"))


def _owner(dataset: BenchDataset) -> None:
    set_chat_members(dataset.simulation, dataset.circle, LIN, role="owner")


def _pinned(dataset: BenchDataset) -> None:
    _owner(dataset)
    chat.pin_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n)


def _five_pinned(dataset: BenchDataset) -> None:
    _owner(dataset)
    for seq in range(1, 6):
        chat.pin_message(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], seq)


def _new_member(dataset: BenchDataset) -> None:
    set_chat_members(dataset.simulation, dataset.circle, NEW)


def _list_at(dataset: BenchDataset, reader: Caller, **place: int) -> None:
    chat.list_messages(dataset.simulation.chat, reader, dataset.circle, dataset.ids["room"], None, 50, **place)


def _open_topic(dataset: BenchDataset) -> None:
    topic = chat.open_topic(dataset.simulation.chat, LIN, dataset.circle, "湿地晨观", "每周六早上 7 点集合。", new_key(LIN))
    dataset.ids["topic"] = topic.id


def _with_topic(dataset: BenchDataset) -> None:
    _owner(dataset)
    _open_topic(dataset)


def _slow_room(dataset: BenchDataset) -> None:
    _owner(dataset)
    at = (dataset.circle, dataset.ids["room"])
    chat.update_room(dataset.simulation.chat, LIN, *at, change(0), {"slow_mode_seconds": 1})


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


_action = partial(Action, "chat")


CHAT = (
    _action("send a message (10 at once)", _send, (3, 0.5), times=10),
    _action("send a message (alone)", _send),
    _action("send by socket", _send_by_socket, (3, 0.5), _connected, 10, trigger="socket", authorizes=False),
    _action("send to n connected", _send_by_socket, None, _n_subscribed, trigger="socket", grows=True, authorizes=False),
    _action("send in a slow room (10 at once)", _send, None, _slow_room, times=10),
    _action("retry a send", _send_once, None, _send_once),
    _action("fetch 50", lambda d: chat.list_messages(d.simulation.chat, LIN, d.circle, d.ids["room"], 0, 50)),
    _action("fetch 50 at the end", lambda d: _list_at(d, NEW), None, _new_member),
    _action("fetch 50 before a number", lambda d: _list_at(d, LIN, before_seq=max(2, d.n - 20))),
    _action("fetch 50 around a message", lambda d: _list_at(d, LIN, around=max(2, d.n - 30))),
    _action("fetch the newest", lambda d: chat.list_messages(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n - 1, 50)),
    _action("report a message", lambda d: chat.report_message(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n, REPORT)),
    _action("pin a message", lambda d: chat.pin_message(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n), None, _owner),
    _action(
        "unpin a message", lambda d: chat.unpin_message(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n), None, _pinned
    ),
    _action(
        "list 5 pins", lambda d: chat.list_pinned_messages(d.simulation.chat, LIN, d.circle, d.ids["room"]), None, _five_pinned
    ),
    _action("open a topic", _open_topic, None, _owner),
    _action("change a room", lambda d: _change_topic(d, notice="今晚有雨。", senders=Senders.REGULARS), None, _with_topic),
    _action("archive a topic", lambda d: _change_topic(d, is_archived=True), None, _with_topic),
    _action("set a retention", lambda d: _change_topic(d, retention_days=1), None, _with_topic),
    _action("purge 32 messages", _purge, None, _expired, trigger="none", authorizes=False),
    _action("mark as read", lambda d: chat.mark_read(d.simulation.chat, LIN, d.circle, d.ids["room"], d.n)),
    _action("list rooms", lambda d: chat.list_rooms(d.simulation.chat, LIN, d.circle, PageRequest())),
    _action("chat list of 12 rooms", lambda d: chat.list_own_rooms(d.simulation.chat, HAO, PageRequest(20)), (0, 7)),
    _action("create a ticket", lambda d: chat.create_ticket(d.simulation.chat, LIN)),
    _action(
        "connect",
        lambda d: chat.connect_socket(d.simulation.chat, d.objects["ticket"], "c1"),
        None,
        _create_ticket,
        trigger="socket",
        authorizes=False,
    ),
    _action("subscribe", _subscribe, None, _connected, trigger="socket", authorizes=False),
    _action(
        "disconnect",
        lambda d: chat.disconnect_socket(d.simulation.chat, "c1"),
        None,
        _subscribed,
        trigger="socket",
        authorizes=False,
    ),
)
