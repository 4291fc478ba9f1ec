"""Races of shows: two posts of one line, a post against the refund, and a deletion against the refund."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.errors import ShowAlreadyPosted, ShowRefunded
from services.circles.repository.notes import NOTES, note_key
from services.circles.repository.receipts import RECEIPTS, receipt_key
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import ListingChanged, ListingChangedData, ReceiptChanged, ReceiptChangedData
from simulation.setup.circles import join_circle, open_circle
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import deliver
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results

pytestmark = pytest.mark.cloud
LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


class ReceivedOrder:
    """An order of Hao from Mei, as circles knows it from events."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.circle_id = simulation, open_circle(simulation, LIN)
        for member in (MEI, HAO):
            join_circle(simulation, member, LIN, self.circle_id)
        self.order_id, self.listing_id = new_id("ord"), new_id("lst")
        self.publish(100, 1)
        state = {"listing_id": self.listing_id, "circle_id": self.circle_id, "seller_id": MEI.user_id, "kind": "c2c"}
        values = {**state, "title": "望远镜", "amount": 100, "currency": "CNY", "stock": 5, "option_count": 0, "on_sale": True}
        event = ListingChanged(**envelope(simulation, self.listing_id), data=ListingChangedData.model_validate(values))
        deliver(simulation, "circles", event)

    def publish(self, kept_percent: int, version: int) -> None:
        """Deliver what the buyer keeps of the order, as of a version of it."""
        ids = {"order_id": self.order_id, "circle_id": self.circle_id, "buyer_id": HAO.user_id, "seller_id": MEI.user_id}
        line = {"listing_id": self.listing_id, "option_id": "", "is_returned": False}
        data = ReceiptChangedData.model_validate({**ids, "kept_percent": kept_percent, "lines": [line]})
        event = ReceiptChanged(**envelope(self.simulation, self.order_id, version), data=data)
        deliver(self.simulation, "circles", event)

    def post(self, key: Any = None) -> str:
        content = circles.NoteInput("到手了", show=circles.ShowInput(self.order_id, self.listing_id))
        return circles.post_note(self.simulation.circles, HAO, self.circle_id, key or new_key(HAO), content).note.id

    def delete(self, note_id: str) -> None:
        circles.delete_note(self.simulation.circles, HAO, self.circle_id, note_id)

    def stored(self, note_id: str) -> Any:
        return NOTES.get(self.simulation.circles_table, note_key(self.circle_id, note_id), consistent_read=True)

    @property
    def line(self) -> Any:
        key = receipt_key(self.circle_id, HAO.user_id, self.order_id)
        return RECEIPTS.get(self.simulation.circles_table, key, consistent_read=True).lines[0]

    @property
    def posted(self) -> list[str]:
        notes = circles.list_notes(self.simulation.circles, LIN, self.circle_id, PageRequest(100)).items
        return [view.note.id for view in notes]


def test_m14_of_8_shows_of_one_line_at_once_one_is_posted_and_a_retry_is_the_same(rounds: Rounds) -> None:
    for simulation in rounds:
        order = ReceivedOrder(simulation)
        keys = [new_key(HAO) for _ in range(4)] * 2
        ids, errors = split_results(race([partial(order.post, key) for key in keys]))
        assert len(set(ids)) == 1
        assert {type(error) for error in errors} <= {ShowAlreadyPosted}
        assert order.posted == [order.line.note_id] == list(set(ids))


def test_m14_a_show_against_the_refund_is_posted_without_the_badge_or_not_at_all(rounds: Rounds) -> None:
    for simulation in rounds:
        order = ReceivedOrder(simulation)
        ids, errors = split_results(race([order.post, partial(order.publish, 0, 2), partial(order.publish, 0, 2)]))
        assert {type(error) for error in errors} <= {ShowRefunded}
        assert not order.line.is_kept
        for note_id in order.posted:
            assert order.stored(note_id).show is None
        assert order.posted == [note_id for note_id in ids if note_id]


def test_m14_a_deletion_against_refund_and_won_chargeback_leaves_no_badge(rounds: Rounds) -> None:
    for simulation in rounds:
        order = ReceivedOrder(simulation)
        note_id = order.post()
        later = [partial(order.publish, percent, version) for version, percent in ((2, 0), (3, 100), (4, 0), (5, 100))]
        _, errors = split_results(race([*later, partial(order.delete, note_id)]))
        assert not errors
        stored = order.stored(note_id)
        assert (str(stored.state), stored.show, order.line.is_kept) == ("deleted", None, True)


def test_m14_events_at_once_leave_the_badge_of_the_newest(rounds: Rounds) -> None:
    for simulation in rounds:
        for last in (0, 100):
            order = ReceivedOrder(simulation)
            note_id = order.post()
            versions = [(2, 100 - last), (3, last), (4, 100 - last), (5, last)]
            race([partial(order.publish, percent, version) for version, percent in versions * 2])
            assert order.line.is_kept is bool(last)
            assert (order.stored(note_id).show is not None) is bool(last)
