"""The actions of accounts: their export and their deletion."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.circles.domain.deletion import ContentChoice

_action = partial(Action, "circles")


def _request_account_export(dataset: BenchDataset) -> None:
    circles.create_account_export(dataset.simulation.circles, dataset.key(HAO))


def _request_deletion(dataset: BenchDataset) -> None:
    circles.request_deletion(dataset.simulation.circles, HAO, ContentChoice.KEEP)


ACCOUNTS = (
    _action("request an export of the account", _request_account_export),
    _action("request the deletion of the account", _request_deletion),
    _action(
        "withdraw the deletion of the account",
        lambda d: circles.withdraw_deletion(d.simulation.circles, HAO),
        None,
        _request_deletion,
    ),
    _action(
        "read the deletion of the account", lambda d: circles.get_deletion(d.simulation.circles, HAO), None, _request_deletion
    ),
)
