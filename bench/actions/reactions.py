"""Actions of chat on reactions to messages."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, LIN, BenchDataset
from bench.measure import Action
from services.chat import usecases as chat
from services.shared.security.auth import Caller
from simulation.setup.chat import set_chat_members
from simulation.streams import handle_new_changes
from simulation.users import caller

REACTING = [caller(f"reacting-{number}") for number in range(10)]


def _react(dataset: BenchDataset, *users: Caller, seq: int = 1) -> None:
    for user in users:
        chat.add_reaction(dataset.simulation.chat, user, dataset.circle, dataset.ids["room"], seq, "like")


def _react_as_another(dataset: BenchDataset) -> None:
    dataset.counter += 1
    _react(dataset, REACTING[dataset.counter % 10])


def _add_members(dataset: BenchDataset) -> None:
    set_chat_members(dataset.simulation, dataset.circle, *REACTING)
    handle_new_changes(dataset.simulation, "chat")


def _reacted(dataset: BenchDataset) -> None:
    """Hao has reacted to the message with the number n - 1."""
    _react(dataset, HAO, seq=dataset.n - 1)
    handle_new_changes(dataset.simulation, "chat")


def _take_reaction_back(dataset: BenchDataset) -> None:
    at = (dataset.circle, dataset.ids["room"], dataset.n - 1)
    chat.remove_reaction(dataset.simulation.chat, HAO, *at, "like")


def _fetch_newest_reactions(dataset: BenchDataset) -> None:
    chat.list_messages(dataset.simulation.chat, LIN, dataset.circle, dataset.ids["room"], dataset.n - 2, 50)


_action = partial(Action, "chat")


REACTIONS = (
    _action("react (10 at once)", _react_as_another, None, _add_members, 10),
    _action("react (alone)", lambda d: _react(d, HAO)),
    _action("take a reaction back", _take_reaction_back, None, _reacted),
    _action("fetch the newest, with reactions", _fetch_newest_reactions, None, _reacted),
)
