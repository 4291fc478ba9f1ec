"""The shows of buyers: how to receive an order as circles knows it, to post a show, to list shows, and to lose a badge."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, LIN, MEI, NOTE_TEXT, BenchDataset
from bench.measure import Action
from services.circles import usecases as circles
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import ListingChanged, ListingChangedData, ReceiptChanged, ReceiptChangedData
from simulation.setup.events import envelope
from simulation.streams import deliver

LISTING = new_id("lst")
_action = partial(Action, "circles")
_event = partial(_action, trigger="none", authorizes=False)


def _publish(dataset: BenchDataset, order_id: str, kept_percent: int) -> None:
    """Deliver what Hao keeps of an order from Mei."""
    dataset.simulation.clock.advance(seconds=1)
    ids = {"order_id": order_id, "circle_id": dataset.circle, "buyer_id": HAO.user_id, "seller_id": MEI.user_id}
    line = {"listing_id": LISTING, "option_id": "", "is_returned": False}
    data = ReceiptChangedData.model_validate({**ids, "kept_percent": kept_percent, "lines": [line]})
    deliver(dataset.simulation, "circles", ReceiptChanged(**envelope(dataset.simulation, order_id), data=data))


def _received(dataset: BenchDataset) -> None:
    dataset.ids["received"] = new_id("ord")
    _publish(dataset, dataset.ids["received"], 100)


def _post(dataset: BenchDataset) -> None:
    content = circles.NoteInput(NOTE_TEXT, ("观鸟",), show=circles.ShowInput(dataset.ids["received"], LISTING))
    circles.post_note(dataset.simulation.circles, HAO, dataset.circle, dataset.key(HAO), content)


def _posted(dataset: BenchDataset) -> None:
    _received(dataset)
    _post(dataset)


def _posted_21(dataset: BenchDataset) -> None:
    state = {"listing_id": LISTING, "circle_id": dataset.circle, "seller_id": MEI.user_id, "kind": "c2c", "title": "望远镜"}
    values = {**state, "amount": 12_900, "currency": "CNY", "stock": 5, "option_count": 0, "on_sale": True}
    event = ListingChanged(**envelope(dataset.simulation, LISTING), data=ListingChangedData.model_validate(values))
    deliver(dataset.simulation, "circles", event)
    for _ in range(21):
        _posted(dataset)


def _list(dataset: BenchDataset) -> None:
    page = circles.list_shows(dataset.simulation.circles, LIN, dataset.circle, LISTING, PageRequest(20))
    assert len(page.items) == 20


SHOWS = (
    _action("post a show", _post, None, _received),
    _action("shows of a listing, 20", _list, None, _posted_21),
    _event("apply a receipt", _received),
    _event("take a badge", lambda d: _publish(d, d.ids["received"], 0), None, _posted),
)
