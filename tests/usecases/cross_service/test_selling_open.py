"""Nothing is sold in the first 14 days of a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from services.chat.settings import settings as chat_settings
from services.circles.settings import settings as circles_settings
from services.commerce import usecases as commerce
from services.commerce.domain.money import Money
from services.commerce.settings import settings as commerce_settings
from services.shared.kernel.errors import SellingNotOpen
from simulation.settings import overridden
from simulation.setup.circles import post_note
from simulation.users import new_key
from tests.usecases.cross_service.market import LIN, MEI, YAN, Market


def quick_listing(market: Market) -> Any:
    key = new_key(MEI, now=market.simulation.clock.now)
    return commerce.create_quick_listing(market.simulation.commerce, MEI, market.circle_id, key, "镜头", Money(100, "CNY"))


ACTS: dict[str, Callable[[Market], Any]] = {
    "list": quick_listing,
    "order": lambda market: market.order(),
    "card in a note": lambda market: post_note(market.simulation, market.circle_id, YAN, listing_ids=(market.listing.id,)),
    "product as text": lambda market: post_note(market.simulation, market.circle_id, LIN, f"看 {market.listing.id}"),
    "card in a message": lambda market: market.send("card-0001"),
}


@pytest.fixture
def market() -> Iterator[Market]:
    """A market that opened when circles sold from their first day; now they do not."""
    market = Market()
    with ExitStack() as stack:
        for settings in (chat_settings, circles_settings, commerce_settings):
            stack.enter_context(overridden(settings, selling_starts_after=timedelta(days=14)))
        yield market


@pytest.mark.parametrize("act", ACTS)
def test_m18_nothing_is_sold_in_the_first_14_days(market: Market, act: str) -> None:
    with pytest.raises(SellingNotOpen) as denied:
        ACTS[act](market)
    assert denied.value.facts["rule"] == "new_circle"
    assert not any(market.shown().values())
    market.simulation.clock.advance(days=13, hours=23)
    with pytest.raises(SellingNotOpen):
        ACTS[act](market)
    market.simulation.clock.advance(hours=1)
    ACTS[act](market)


def test_m18_a_circle_without_a_product_posts_on_its_first_day(market: Market) -> None:
    assert post_note(market.simulation, market.circle_id, LIN, "苇莺").disclosure is None
