"""What takes the badge of a verified buyer (M14), and that the newest event of a receipt decides."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.domain.deletion import ContentChoice
from services.circles.errors import ShowRefunded
from services.circles.repository.notes import NOTES, note_key
from services.circles.repository.receipts import receipt_key
from services.circles.settings import settings
from services.circles.usecases.account_erasure import erase_user
from services.commerce import usecases as commerce
from services.commerce.domain.dispute import DisputeReason
from services.shared.messaging.events import DisputeRuled, DisputeRuledData
from simulation.settings import overridden
from simulation.setup.events import envelope
from simulation.streams import deliver
from tests.support.shown_purchases import HAO, LIN, MEI, ShowMarket


@pytest.fixture
def market() -> ShowMarket:
    return ShowMarket()


def refund_whole(market: ShowMarket, order: Any) -> None:
    market.refund(order, order.total.amount)


def refund_in_parts(market: ShowMarket, order: Any) -> None:
    market.refund(order, 3_000, 1)
    market.refund(order, order.total.amount - 3_000, 2)


def return_unit(market: ShowMarket, order: Any) -> None:
    market.return_units(order, market.listing)


def lose_chargeback(market: ShowMarket, order: Any) -> None:
    market.charge_back(order)
    market.charge_back(order, "lost")


def win_dispute(market: ShowMarket, order: Any) -> None:
    """Open a dispute that two reviewers rule for the buyer; the provider refunds what the ruling requests."""
    ports, statement = market.simulation.commerce, {"reason": DisputeReason.NOT_AS_DESCRIBED, "statement": "镜片是花的。"}
    one = commerce.open_dispute(ports, HAO, order.id, market.key(HAO), **statement)  # type: ignore[arg-type]
    about = {"dispute_id": one.id, "order_id": order.id, "buyer_id": HAO.user_id, "currency": "CNY", "note": "支持买家。"}
    data = DisputeRuledData.model_validate({**about, "amount": order.total.amount})
    deliver(market.simulation, "commerce", DisputeRuled(**envelope(market.simulation, one.id), data=data))
    (request,) = market.current(order).refunds.requests
    reference = f"{order.id}.r{request.number}"
    market.webhook(order, "refund.succeeded", request.amount, refund_id="ref_1", refund_reference=reference)


def refund_by_seller(market: ShowMarket, order: Any) -> None:
    """Give nearly all of it back, as a seller of fake orders would."""
    commerce.refund_order(market.simulation.commerce, MEI, order.id, market.key(MEI), amount=order.total.amount - 1)
    (request,) = market.current(order).refunds.requests
    reference = f"{order.id}.r{request.number}"
    market.webhook(order, "refund.succeeded", request.amount, refund_id="ref_1", refund_reference=reference)


LOSSES: dict[str, Callable[[ShowMarket, Any], None]] = {
    "refunded in whole": refund_whole,
    "refunded in parts": refund_in_parts,
    "returned": return_unit,
    "charged back": lambda market, order: market.charge_back(order),
    "a chargeback was lost": lose_chargeback,
    "ruled for the buyer": win_dispute,
    "nearly all of it refunded by the seller": refund_by_seller,
}


@pytest.mark.parametrize("cause", LOSSES)
def test_m14_the_badge_is_lost_and_the_note_stays(market: ShowMarket, cause: str) -> None:
    order = market.received(market.listing)
    note = market.show(order)
    LOSSES[cause](market, order)
    market.publish()
    after = market.note(note)
    assert (after.show, after.content.text, after.is_visible) == (None, note.content.text, True)
    assert market.shown_ids() == []
    with pytest.raises(ShowRefunded):
        market.show(order)


@pytest.mark.parametrize("cause", LOSSES)
def test_m14_after_a_loss_no_show_can_be_posted(market: ShowMarket, cause: str) -> None:
    order = market.received(market.listing)
    LOSSES[cause](market, order)
    market.publish()
    with pytest.raises(ShowRefunded):
        market.show(order)


def test_m14_a_partial_refund_keeps_the_badge_up_to_the_setting(market: ShowMarket) -> None:
    order = market.received(market.listing)  # 12,900
    note = market.show(order)
    market.refund(order, 6_300, 1)
    market.publish()
    assert market.has_badge(note), "51.1% is kept"
    market.refund(order, 150, 2)
    market.publish()
    assert not market.has_badge(note), "half of it went back"


def test_m14_a_returned_line_takes_its_own_badge_alone_with_its_refund(market: ShowMarket) -> None:
    order = market.received()  # 12,900 and 6,000
    notes = market.show(order), market.show(order, market.second)
    market.return_units(order, market.listing)
    market.publish()
    assert [market.has_badge(note) for note in notes] == [False, True]
    market.refund(order, 12_900)  # 68% of the order, but nothing of what was kept
    market.publish()
    assert [market.has_badge(note) for note in notes] == [False, True]
    market.refund(order, 6_000, 2)
    market.publish()
    assert [market.has_badge(note) for note in notes] == [False, False]


def test_m14_a_chargeback_that_is_won_gives_the_badge_back(market: ShowMarket) -> None:
    order = market.received(market.listing)
    note = market.show(order)
    market.charge_back(order)
    market.publish()
    assert not market.has_badge(note)
    market.charge_back(order, "won")
    market.publish()
    assert market.has_badge(note)
    assert market.shown_ids() == [note.id]


def test_m14_a_deleted_show_gets_no_badge_back(market: ShowMarket) -> None:
    order = market.received(market.listing)
    note = market.show(order)
    market.charge_back(order)
    market.publish()
    circles.delete_note(market.simulation.circles, HAO, market.circle_id, note.id)
    market.charge_back(order, "won")
    market.publish()
    stored = NOTES.get(market.simulation.circles_table, note_key(market.circle_id, note.id), consistent_read=True)
    assert (stored.show, market.shown_ids()) == (None, [])


def test_m14_events_in_any_order_and_repeated_leave_one_state(market: ShowMarket) -> None:
    order = market.received()
    note = market.show(order)
    market.return_units(order, market.second)
    market.charge_back(order)
    market.charge_back(order, "won")
    market.refund(order, 2_000)
    events = market.receipt_events()
    assert len(events) == 4  # received, returned, charged back, won; the last refund is less than the returned unit's
    for event in events:
        market.deliver(event)
    expected = market.receipt(order)
    assert expected and [(line.is_kept, line.note_id) for line in expected.lines] == [(True, note.id), (False, "")]
    for seed in range(20):
        shuffled = events * 2
        random.Random(seed).shuffle(shuffled)
        market.simulation.circles_table.delete(receipt_key(market.circle_id, HAO.user_id, order.id), when=None)
        for event in shuffled:
            market.deliver(event)
        stored = market.receipt(order)
        assert stored and [line.is_kept for line in stored.lines] == [True, False]
        assert stored.source_version == expected.source_version


def test_m14_an_order_that_goes_back_before_its_receipt_publishes_no_receipt(market: ShowMarket) -> None:
    order = market.buy(market.listing)
    market.refund(order, order.total.amount)
    assert market.receipt_events() == []
    shipped = market.buy(market.second)
    market.ship(shipped)
    market.refund(shipped, shipped.total.amount)
    assert market.receipt_events() == []


@pytest.mark.parametrize("choice", ContentChoice)
def test_m14_the_deletion_of_an_account_takes_the_badge_and_later_events_store_nothing(
    market: ShowMarket, choice: ContentChoice
) -> None:
    order = market.received(market.listing)
    note = market.show(order)
    list(erase_user(market.simulation.circles, HAO.user_id, choice))
    stored = NOTES.get(market.simulation.circles_table, note_key(market.circle_id, note.id), consistent_read=True)
    assert stored.show is None
    assert bool(stored.content.text) is (choice is ContentChoice.KEEP)
    market.charge_back(order)
    market.charge_back(order, "won")
    market.publish()
    assert (market.receipt(order), market.shown_ids()) == (None, [])


def test_m14_a_purged_circle_stores_no_receipt_of_a_late_event(market: ShowMarket) -> None:
    order = market.received(market.listing)
    market.show(order)
    ports = market.simulation.circles
    circles.close_circle(ports, LIN, market.circle_id, timedelta(days=30))
    market.simulation.clock.advance(days=31)
    circles.purge_circle(ports, market.circle_id)
    assert market.receipt(order) is None
    market.charge_back(order)
    market.publish()
    assert market.receipt(order) is None


def test_m14_a_setting_decides_what_a_buyer_must_keep(market: ShowMarket) -> None:
    order = market.received(market.listing)
    note = market.show(order)
    with overridden(settings, min_kept_percent=100):
        market.refund(order, 200)
        market.publish()
    assert not market.has_badge(note)


def test_m14_the_newest_event_decides_about_the_badge_in_any_order() -> None:
    """What was received, charged back and won, with and without a refund at the end: all orders of the events that follow."""
    for is_refunded in (False, True):
        market = ShowMarket()
        order = market.received(market.listing)
        note = market.show(order)
        market.charge_back(order)
        market.charge_back(order, "won")
        if is_refunded:
            market.refund(order, order.total.amount)
        first, *later = market.receipt_events()
        loaded_note = NOTES.load(market.simulation.circles_table, note_key(market.circle_id, note.id))
        before = [loaded_note.item, market.loaded_receipt(order).item]
        for events in itertools.permutations([first, *later, *later]):
            for item in before:
                assert item
                market.simulation.circles_table.put(item, when=None)
            for event in events:
                market.deliver(event)
            assert market.has_badge(note) is not is_refunded
