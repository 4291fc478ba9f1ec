"""Opened cards, and what led to an order: how to run them, and their floors."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, LIN, BenchDataset, place_order
from bench.measure import Action
from services.commerce import usecases as commerce
from services.shared.kernel.ids import new_id
from services.shared.security.card_tokens import CardSource, CardToken, SourceKind, reader_of
from simulation.streams import handle_new_changes
from simulation.users import RING

NOTE = new_id("note")


def _touch(dataset: BenchDataset, count: int = 1) -> None:
    """Open cards of different listings, which one note shows."""
    source, now = CardSource(SourceKind.NOTE, NOTE, 0, LIN.user_id), dataset.simulation.clock()
    listing_ids = [dataset.listing.id, *dataset.objects["three listings"]]
    tokens = [
        CardToken(dataset.circle, listing_id, reader_of(HAO.user_id), source, now).sign(RING).text
        for listing_id in list(dict.fromkeys(listing_ids))[:count]
    ]
    dataset.simulation.clock.advance(seconds=2)
    opened = commerce.add_touches(dataset.simulation.commerce, HAO, dataset.circle, tokens)
    assert not any(card.ignored for card in opened)


def _order(dataset: BenchDataset) -> None:
    _touch(dataset)
    dataset.objects["order"] = place_order(dataset)
    handle_new_changes(dataset.simulation, "commerce")


_action = partial(Action, "commerce")
TOUCHES = (
    _action("open a card", _touch, (1, 0.5)),
    _action("open 3 cards", lambda d: _touch(d, 3), (3, 0.5)),
    _action("place an order after a touch", place_order, (5, 0.5), _touch),
    _action(
        "read what led to an order",
        lambda d: commerce.get_attribution(d.simulation.commerce, HAO, d.objects["order"].id),
        None,
        _order,
    ),
)
