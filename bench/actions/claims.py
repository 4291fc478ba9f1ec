"""Every action about returns, disputes and rulings: how to run it."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.actions.commerce import pay
from bench.dataset import HAO, MEI, RUI, SHAN, BenchDataset
from bench.measure import Action
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.dispute import DisputeReason
from services.commerce.domain.product_return import ReturnLine, ReturnReason
from services.commerce.domain.shipment import Parcel
from services.commerce.repository.orders import load_order
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import DisputeChanged, DisputeRuled, DisputeRuledData
from simulation.setup.events import envelope
from simulation.streams import all_changes, published_events


def _ship(dataset: BenchDataset) -> None:
    pay(dataset)
    commerce.ship_order(dataset.simulation.commerce, MEI, dataset.objects["order"].id)


def _receive(dataset: BenchDataset) -> None:
    """Let Hao receive the order, at terms with returns: the listing of the dataset is one of a member."""
    _ship(dataset)
    order_id = dataset.objects["order"].id
    commerce.confirm_receipt(dataset.simulation.commerce, HAO, order_id)
    memory = dataset.memory("commerce")
    item = load_order(dataset.simulation.commerce_table, HAO.user_id, order_id).item or {}
    returnable_until = item["returnable_until"] + 7 * 86_400_000
    memory.set_item({**item, "kind": str(ListingKind.MERCHANT), "return_days": 7, "returnable_until": returnable_until})


def _request_return(dataset: BenchDataset) -> None:
    lines, reason = [ReturnLine(dataset.listing.id, "", 1)], ReturnReason.DAMAGED
    ports, key, order_id = dataset.simulation.commerce, dataset.key(HAO), dataset.objects["order"].id
    dataset.objects["return"] = commerce.request_return(ports, HAO, order_id, key, lines=lines, reason=reason, text="有划痕。")


def _returning(dataset: BenchDataset) -> None:
    _receive(dataset)
    _request_return(dataset)


def _approve(dataset: BenchDataset) -> None:
    commerce.decide_return(dataset.simulation.commerce, MEI, dataset.objects["return"].id, True, "请寄回。")


def _reject(dataset: BenchDataset) -> None:
    commerce.decide_return(dataset.simulation.commerce, MEI, dataset.objects["return"].id, False, "已拆封。")


def _approved(dataset: BenchDataset) -> None:
    _returning(dataset)
    _approve(dataset)


def _send(dataset: BenchDataset) -> None:
    parcel = Parcel("顺丰速运", "SF1234567890")
    commerce.send_return(dataset.simulation.commerce, HAO, dataset.objects["return"].id, parcel)


def _sent(dataset: BenchDataset) -> None:
    _approved(dataset)
    _send(dataset)


def _open(dataset: BenchDataset) -> None:
    ports, key, order_id = dataset.simulation.commerce, dataset.key(HAO), dataset.objects["order"].id
    reason = DisputeReason.NOT_RECEIVED
    dispute = commerce.open_dispute(ports, HAO, order_id, key, reason=reason, statement="没收到。")
    dataset.objects["dispute"] = dispute


def _opened(dataset: BenchDataset) -> None:
    _ship(dataset)
    _open(dataset)


def _event(dataset: BenchDataset) -> DisputeChanged:
    published = published_events("commerce", all_changes(dataset.simulation, "commerce"))
    return next(event for event in published if isinstance(event, DisputeChanged))


def _store(dataset: BenchDataset) -> None:
    review.apply_dispute_changed(dataset.simulation.review, dataset.objects["event"])


def _published(dataset: BenchDataset) -> None:
    _opened(dataset)
    dataset.objects["event"] = _event(dataset)


def _stored(dataset: BenchDataset) -> None:
    _published(dataset)
    _store(dataset)


def _propose(dataset: BenchDataset) -> None:
    dispute_id = dataset.objects["dispute"].id
    found = review.propose_ruling(dataset.simulation.review, RUI, dispute_id, 100, "双方各半。")
    dataset.objects["ruling"] = found.proposal


def _proposed(dataset: BenchDataset) -> None:
    _stored(dataset)
    _propose(dataset)


def _apply_ruling(dataset: BenchDataset) -> None:
    dispute = dataset.objects["dispute"]
    data = DisputeRuledData(
        dispute_id=dispute.id,
        order_id=dispute.order_id,
        buyer_id=dispute.buyer_id,
        amount=100,
        currency="CNY",
        note="双方各半。",
    )
    event = DisputeRuled(**envelope(dataset.simulation, dispute.id), data=data)
    commerce.apply_dispute_ruled(dataset.simulation.commerce, event)


def _of(use_case: Any, by: Any, name: str) -> Any:
    return lambda d: use_case(d.simulation.commerce, by, d.objects[name].id)


_action, _review = partial(Action, "commerce"), partial(Action, "review")
CLAIMS = (
    _action("request a return", _request_return, None, _receive),
    _action("read a return", _of(commerce.get_return, HAO, "return"), None, _returning),
    _action("withdraw a return", _of(commerce.withdraw_return, HAO, "return"), None, _returning),
    _action("approve a return", _approve, None, _returning),
    _action("reject a return", _reject, None, _returning),
    _action("send a return", _send, None, _approved),
    _action("receive a return", _of(commerce.receive_return, MEI, "return"), None, _sent),
    _action("open a dispute", _open, None, _ship),
    _action("read a dispute", _of(commerce.get_dispute, HAO, "dispute"), None, _opened),
    _action(
        "answer a dispute",
        lambda d: commerce.answer_dispute(d.simulation.commerce, MEI, d.objects["dispute"].id, "已妥投。"),
        None,
        _opened,
    ),
    _action("withdraw a dispute", _of(commerce.withdraw_dispute, HAO, "dispute"), None, _opened),
    _action("apply a ruling", _apply_ruling, None, _opened, authorizes=False),
    _review("store a dispute", _store, None, _published, authorizes=False),
    _review("list disputes, 20", lambda d: review.list_dispute_cases(d.simulation.review, RUI, PageRequest(20)), None, _stored),
    _review(
        "read a dispute", lambda d: review.get_dispute_case(d.simulation.review, RUI, d.objects["dispute"].id), None, _stored
    ),
    _review("propose a ruling", _propose, None, _stored),
    _review(
        "ratify a ruling",
        lambda d: review.ratify_ruling(d.simulation.review, SHAN, d.objects["dispute"].id, d.objects["ruling"].id),
        None,
        _proposed,
    ),
)
