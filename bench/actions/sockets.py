"""Every action of the sockets of chat: tickets, connections and subscriptions."""

from __future__ import annotations

from functools import partial

from bench.dataset import LIN, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.chat.settings import settings

CONNECTION = "Kk8xYeIEoAMCJ2A="  # an id as API Gateway makes them


def _subscribe(dataset: BenchDataset) -> None:
    socket, _ = chat.authorize_socket(dataset.simulation.chat, CONNECTION)
    chat.subscribe_socket(dataset.simulation.chat, socket, dataset.circle, dataset.ids["room"])


def _create_ticket(dataset: BenchDataset) -> None:
    ticket, _ = chat.create_ticket(dataset.simulation.chat, LIN)
    dataset.objects["ticket"] = ticket


def _frequent(dataset: BenchDataset) -> None:
    """Ask for so many tickets that the next ones count for the network."""
    for _ in range(settings().frequent_tickets):
        _create_ticket(dataset)


def _ticket_of_frequent_user(dataset: BenchDataset) -> None:
    _frequent(dataset)
    _create_ticket(dataset)


def connected(dataset: BenchDataset) -> None:
    _create_ticket(dataset)
    dataset.objects["socket"] = chat.connect_socket(dataset.simulation.chat, dataset.objects["ticket"], CONNECTION)


def subscribed(dataset: BenchDataset) -> None:
    connected(dataset)
    chat.subscribe_socket(dataset.simulation.chat, dataset.objects["socket"], dataset.circle, dataset.ids["room"])


_action = partial(Action, "chat")

SOCKETS = (
    _action("create a ticket", lambda d: chat.create_ticket(d.simulation.chat, LIN)),
    _action("create a ticket as a frequent user", lambda d: chat.create_ticket(d.simulation.chat, LIN), None, _frequent),
    _action(
        "connect as a frequent user",
        lambda d: chat.connect_socket(d.simulation.chat, d.objects["ticket"], CONNECTION, LIN.ip),
        None,
        _ticket_of_frequent_user,
        trigger="socket",
        authorizes=False,
    ),
    _action(
        "connect",
        lambda d: chat.connect_socket(d.simulation.chat, d.objects["ticket"], CONNECTION),
        None,
        _create_ticket,
        trigger="socket",
        authorizes=False,
    ),
    _action("subscribe", _subscribe, None, connected, trigger="socket", authorizes=False),
    _action(
        "disconnect",
        lambda d: chat.disconnect_socket(d.simulation.chat, CONNECTION),
        None,
        subscribed,
        trigger="socket",
        authorizes=False,
    ),
)
