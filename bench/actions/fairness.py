"""Every action of minors: how to run it."""

from __future__ import annotations

from bench.actions.commerce import _action
from bench.dataset import HAO, BenchDataset, place_order
from services.commerce import usecases as commerce
from services.shared.messaging.events import AccountVerified, AccountVerifiedData
from simulation.setup.events import envelope
from simulation.streams import deliver
from simulation.users import ADULT_ON


def _become_minor(dataset: BenchDataset) -> None:
    data = AccountVerifiedData(user_id=HAO.user_id, identity_id="0" * 32, adult_on=ADULT_ON)
    deliver(dataset.simulation, "commerce", AccountVerified(**envelope(dataset.simulation, HAO.user_id), data=data))


def _order_as_minor(dataset: BenchDataset) -> None:
    _become_minor(dataset)
    dataset.objects["order"] = place_order(dataset)


FAIRNESS = (
    _action("place an order, as a minor", place_order, None, _become_minor),
    _action(
        "cancel a reservation, as a minor",
        lambda d: commerce.cancel_order(d.simulation.commerce, HAO, d.objects["order"].id),
        None,
        _order_as_minor,
    ),
)
