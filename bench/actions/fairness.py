"""Every action of minors and of suspected trades: how to run it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench.actions.commerce import _action, capture, ship
from bench.dataset import HAO, BenchDataset, place_order
from bench.measure import Action
from services.commerce import usecases as commerce
from services.commerce.domain.traces import Traces
from services.commerce.domain.trade_group import TradeGroup
from services.commerce.repository import trades
from services.commerce.usecases.suspicions import suspect_order
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import AccountVerified, AccountVerifiedData, TradesDecided, TradesDecidedData
from services.shared.table.versioned import save
from simulation.setup.events import envelope
from simulation.streams import deliver, handle_new_changes
from simulation.users import ADULT_ON, caller


def _become_minor(dataset: BenchDataset) -> None:
    data = AccountVerifiedData(user_id=HAO.user_id, identity_id="0" * 32, adult_on=ADULT_ON)
    deliver(dataset.simulation, "commerce", AccountVerified(**envelope(dataset.simulation, HAO.user_id), data=data))


def _order_as_minor(dataset: BenchDataset) -> None:
    _become_minor(dataset)
    dataset.objects["order"] = place_order(dataset)


def _trade_thousand(dataset: BenchDataset) -> None:
    """Store 1,000 paid orders of 500 buyers, two of each, as the search reads them."""
    capture(dataset, dataset.objects["order"])
    handle_new_changes(dataset.simulation, "commerce")
    table, at = dataset.simulation.commerce_table, dataset.simulation.clock.now
    traces = Traces(*("0" * 12,) * 3)
    for number in range(1_000):
        about = {"id": new_id("ord"), "buyer_id": caller(f"buyer-{number % 500}").user_id, "traces": traces}
        trades.put_trade(table, replace(dataset.objects["order"], **about), at)
    dataset.simulation.clock.advance(hours=1)


def _receive(dataset: BenchDataset) -> None:
    ship(dataset)
    commerce.confirm_receipt(dataset.simulation.commerce, HAO, dataset.objects["order"].id)
    handle_new_changes(dataset.simulation, "commerce")


def _group(dataset: BenchDataset) -> TradeGroup:
    order = dataset.objects["order"]
    users = frozenset({order.buyer_id, order.seller_id})
    return TradeGroup(order.id, dataset.circle, 1, user_ids=users, order_ids=frozenset({order.id}))


def _store_group(dataset: BenchDataset) -> None:
    _receive(dataset)
    new = trades.load_group_or(dataset.simulation.commerce_table, _group(dataset))
    save(dataset.simulation.commerce, new, new.entity)


def _suspect(dataset: BenchDataset) -> None:
    order = dataset.objects["order"]
    suspect_order(dataset.simulation.commerce, _group(dataset), order.buyer_id, order.id)


def _suspected(dataset: BenchDataset) -> None:
    _store_group(dataset)
    _suspect(dataset)
    handle_new_changes(dataset.simulation, "commerce")


def _decide(dataset: BenchDataset) -> None:
    about = TradesDecidedData(case_id="cas", circle_id=dataset.circle, group_id=dataset.objects["order"].id, is_fake=True)
    commerce.apply_trades_decided(dataset.simulation.commerce, TradesDecided(**envelope(dataset.simulation, "cas"), data=about))


def _decided(dataset: BenchDataset) -> None:
    dataset.simulation.clock.advance(hours=1)
    commerce.handle_jobs(dataset.simulation.commerce)  # the search for wash trade
    _suspected(dataset)
    dataset.simulation.clock.advance(hours=1)
    commerce.handle_jobs(dataset.simulation.commerce)
    _decide(dataset)


_unauthorized = partial(Action, "commerce", trigger="none", authorizes=False)

FAIRNESS = (
    _unauthorized(
        "search 1,000 paid orders of a circle", lambda d: commerce.handle_jobs(d.simulation.commerce), None, _trade_thousand
    ),
    _unauthorized("suspect an order", _suspect, None, _store_group),
    _unauthorized("store the decision about a group", _decide, None, _suspected),
    _unauthorized("apply the decision to a fake order", lambda d: commerce.handle_jobs(d.simulation.commerce), None, _decided),
    _action("place an order, as a minor", place_order, None, _become_minor),
    _action(
        "cancel a reservation, as a minor",
        lambda d: commerce.cancel_order(d.simulation.commerce, HAO, d.objects["order"].id),
        None,
        _order_as_minor,
    ),
)
