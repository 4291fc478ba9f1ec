"""The actions by which money of an order goes back, and its shipment: how to run each."""

from __future__ import annotations

from functools import partial

from bench.actions.commerce import pay, receive, ship
from bench.dataset import HAO, MEI, BenchDataset
from bench.measure import Action
from services.commerce import usecases as commerce
from services.commerce.domain import Order, Parcel


def _order(dataset: BenchDataset) -> Order:
    order: Order = dataset.objects["order"]
    return order


def _cancel(dataset: BenchDataset) -> None:
    commerce.cancel_order(dataset.simulation.commerce, HAO, _order(dataset).id)


def _refund(dataset: BenchDataset) -> None:
    commerce.refund_order(dataset.simulation.commerce, MEI, _order(dataset).id, dataset.key(MEI), amount=1_000)


def _cancel_paid(dataset: BenchDataset) -> None:
    pay(dataset)
    _cancel(dataset)


def _confirm(dataset: BenchDataset) -> None:
    order = _order(dataset)
    payment = dataset.simulation.payments.start_one(f"{order.buyer_id}/{order.id}", order.total)
    receive(dataset, "refund.succeeded", payment.id, refund_id="ref_1", refund_reference=f"{order.id}.r1")


def _one_promise_ended(dataset: BenchDataset) -> None:
    """Let the seller of one paid order be late; other orders are due later."""
    pay(dataset)
    _let_be_due(dataset, days=4)


def _one_request_due(dataset: BenchDataset) -> None:
    _cancel_paid(dataset)
    _let_be_due(dataset, minutes=6)


def _let_be_due(dataset: BenchDataset, **later: int) -> None:
    memory = dataset.memory("commerce")
    due = _order(dataset).id
    for item in list(memory._items.values()):
        if "gsi2pk" in item and item["id"] != due:
            memory.set_item({**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"})
    dataset.simulation.clock.advance(**later)


def _correct(dataset: BenchDataset) -> None:
    parcel = Parcel("顺丰速运", "SF1234567890")
    commerce.correct_shipment(dataset.simulation.commerce, MEI, _order(dataset).id, parcel)


def _run_schedule(dataset: BenchDataset) -> None:
    commerce.handle_schedule(dataset.simulation.commerce)


_action = partial(Action, "commerce")
_scheduled = partial(Action, "commerce", trigger="none", authorizes=False)

REFUNDS = (
    _action("cancel a reservation", _cancel),
    _action("cancel a paid order", _cancel, None, pay),
    _action("refund an order, by its seller", _refund, None, ship),
    _action("refund that we requested", _confirm, None, _cancel_paid, authorizes=False),
    _scheduled("request a refund of an order again", _run_schedule, None, _one_request_due),
    _scheduled("end the promise of shipping", _run_schedule, None, _one_promise_ended),
    _action("correct a shipment", _correct, None, ship),
)
