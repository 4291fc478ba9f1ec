"""Races of touches: two at once, a replay from many devices, and a touch against the order."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain.touch import IgnoredReason
from services.commerce.repository.orders import order_key
from services.commerce.repository.touches import find_attribution, find_touches
from services.commerce.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.card_tokens import CardSource, SourceKind
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN
from simulation.streams import handle_changes
from tests.races.conftest import Rounds
from tests.support.races import race, split_results
from tests.usecases.commerce.touching import OF_MESSAGE, OF_NOTE, TouchedShop

pytestmark = pytest.mark.cloud


def cards(shop: TouchedShop, count: int) -> list[str]:
    sources = [CardSource(SourceKind.MESSAGE, OF_MESSAGE.id, number + 1, LIN.user_id) for number in range(count)]
    tokens = [shop.card(source) for source in sources]
    shop.simulation.clock.advance(seconds=2)
    return tokens


def test_m15_8_touches_at_once_are_all_stored_and_a_replay_counts_once(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = TouchedShop(simulation=simulation)
        tokens = cards(shop, 4) * 2
        with overridden(settings, touch_burst=100):
            add = [partial(commerce.add_touches, shop.ports, HAO, shop.circle_id, [token]) for token in tokens]
            opened: list[Any] = race(add)
        results = [each[0].ignored for each in opened]
        assert (results.count(None), results.count(IgnoredReason.REPEATED)) == (4, 4)
        stored = find_touches(simulation.commerce_table, HAO.user_id, [shop.listing.id])[shop.listing.id]
        assert len(stored.touches) == 4


def test_m15_a_touch_against_its_order_is_counted_or_not_but_the_order_is_attributed_once(rounds: Rounds) -> None:
    """Many copies of the stream's record, with touches in between: the first attribution stays, and is reproduced."""
    for simulation in rounds:
        shop = TouchedShop(simulation=simulation)
        shop.touch(OF_NOTE)
        (token,) = cards(shop, 1)
        touch = partial(commerce.add_touches, shop.ports, HAO, shop.circle_id, [token])
        _, errors = split_results(race([partial(shop.order, key=shop.new_key(HAO)), touch]))
        assert not errors
        order = commerce.list_orders(shop.ports, HAO, PageRequest(20)).items[0]
        key = order_key(HAO.user_id, order.id)
        placed = Change("1", key, None, simulation.commerce_table.get(key, consistent_read=True))
        race([partial(handle_changes, "commerce", shop.ports, [placed])] * 4)
        attribution = find_attribution(simulation.commerce_table, HAO.user_id, order.id)
        assert attribution
        assert attribution.is_reproduced
        (winner,) = attribution.winners.values()
        is_before = [each.touch.at <= order.created_at for each in attribution.touches[shop.listing.id]]
        assert winner.kind == ("message" if is_before[1:] == [True] else "note")
