"""A3: a listing that is removed again, and the events of its cases repeated, late and in any order."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services.commerce.errors import ListingRestoredOnAppeal
from services.commerce.repository.listings import listing_key
from services.review import usecases as review
from services.review.domain import AppealState
from services.review.settings import settings
from services.shared.messaging.events import ListingRemoved
from services.shared.security.audit import verify_chain
from services.shared.table.purging import plan_purge
from simulation.streams import all_changes, deliver, published_events
from tests.usecases.cross_service.market import LIN, remove
from tests.usecases.cross_service.removed_listing import Removed, edit, event_of

# A second removal.


def test_a3_moderators_cannot_remove_the_revision_that_the_platform_restored_and_can_remove_another() -> None:
    market = Removed()
    first = market.case_id
    market.restore()
    with pytest.raises(ListingRestoredOnAppeal):
        remove(market, LIN)
    edit(market, title="高仿望远镜")
    market.remove(LIN)
    assert market.case_id != first
    assert [read.is_active for read in market.take_downs()] == [True, False]
    market.restore()
    assert set(market.shown().values()) == {True}
    item = market.simulation.commerce_table.get(listing_key(market.circle_id, market.listing.id), consistent_read=True)
    assert item
    verified = verify_chain(market.simulation.commerce_table, item)
    assert (verified.state, verified.length) == ("intact", 4)


# Events repeated, late and in any order.


def test_a3_the_event_of_a_removal_opens_its_case_once_also_after_the_appeal() -> None:
    market = Removed()
    published = published_events("commerce", all_changes(market.simulation, "commerce"))
    (removed,) = (event for event in published if isinstance(event, ListingRemoved))
    market.appeal()
    deliver(market.simulation, "review", removed)
    assert market.case().appeal is AppealState.OPEN


@pytest.mark.parametrize("order", [*permutations((0, 1)), (1, 1, 0, 1)])
def test_a3_the_events_of_the_case_give_one_state_in_any_order(order: tuple[int, ...]) -> None:
    market = Removed()
    events = [event_of(market, is_active=is_active) for is_active in (True, False)]
    for number in order:
        deliver(market.simulation, "commerce", events[number])
    assert market.stored().offer.on_sale is True


def test_a3_the_end_of_an_earlier_removal_does_not_end_a_later_one() -> None:
    market = Removed()
    ended = event_of(market, is_active=False)
    market.restore()
    edit(market, title="高仿望远镜")
    market.remove(LIN)
    deliver(market.simulation, "commerce", ended)
    assert market.stored().active_removal


def test_a3_an_appeal_of_a_listing_that_was_deleted_with_its_circle_changes_nothing() -> None:
    market = Removed()
    ended = event_of(market, is_active=False)
    market.simulation.commerce_table.delete(listing_key(market.circle_id, market.listing.id), when=None)
    deliver(market.simulation, "commerce", ended)


def test_a3_the_texts_of_a_closed_circle_stay_while_the_removal_can_be_appealed() -> None:
    market = Removed()
    plan_purge(market.simulation.review_table, market.circle_id, market.simulation.clock.now)
    run_jobs(market)
    assert market.case().evidence
    market.simulation.clock.now += settings().appeal_period + timedelta(days=1)
    run_jobs(market)
    assert (market.case().evidence, market.case().note) == ({}, "")


def run_jobs(market: Removed) -> None:
    for _ in range(2):
        review.handle_jobs(market.simulation.review)
