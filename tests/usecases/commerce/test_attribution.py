"""What led to an order: ten orders with their reasons, and what no user gains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order
from services.commerce.errors import OrderNotFound
from services.commerce.repository.touches import touches_key
from services.commerce.schemas import AttributionResponse
from services.commerce.settings import settings
from services.shared.kernel.errors import RateLimitReached
from services.shared.messaging.events import NoteChanged, NoteChangedData, OrderAttributed
from services.shared.security.card_tokens import CardSource, SourceKind
from simulation.meter import size_of
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI
from simulation.setup.events import envelope
from simulation.streams import all_changes, deliver, handle_changes, published_events
from simulation.users import caller
from tests.usecases.commerce.touching import NOTE, OF_MESSAGE, TouchedShop

YAN = caller("yan")  # a second user of Hao


@pytest.fixture
def shop() -> TouchedShop:
    return TouchedShop(stock=50)


def by_note(shop: TouchedShop) -> Order:
    shop.touch()
    return shop.order()


def by_message_after_note(shop: TouchedShop) -> Order:
    shop.touch()
    shop.touch(OF_MESSAGE)
    return shop.order()


def by_note_after_message(shop: TouchedShop) -> Order:
    shop.touch(OF_MESSAGE)
    shop.touch()
    return shop.order()


def by_old_message(shop: TouchedShop) -> Order:
    shop.touch(OF_MESSAGE)
    shop.simulation.clock.advance(days=7)
    return shop.order()


def by_note_and_old_message(shop: TouchedShop) -> Order:
    shop.touch()
    shop.touch(OF_MESSAGE)
    shop.simulation.clock.advance(days=8)
    return shop.order()


def by_old_note(shop: TouchedShop) -> Order:
    shop.touch()
    shop.simulation.clock.advance(days=30)
    return shop.order()


def by_coupon(shop: TouchedShop) -> Order:
    coupon = shop.claimed()
    shop.touch()
    return shop.order_with(coupon)


def stuffed_after_the_order(shop: TouchedShop) -> Order:
    shop.touch()
    order = shop.order()
    shop.touch(replace(OF_MESSAGE, author_id=MEI.user_id))
    return order


def by_second_user(shop: TouchedShop) -> Order:
    """The identity of the author is known only after the card was opened."""
    shop.touch()
    shop.touch(replace(OF_MESSAGE, author_id=YAN.user_id))
    for user in (HAO, YAN):
        shop.set_identity(user, "one person")
    return shop.order()


def without_touch(shop: TouchedShop) -> Order:
    return shop.order()


@dataclass(frozen=True)
class Planted:
    """An order, and what must have led to it: the kind of the winner, and the outcome of each touch."""

    place: Callable[[TouchedShop], Order]
    winner: str
    outcomes: tuple[str, ...]


ORDERS = (
    Planted(by_note, "note", ("won",)),
    Planted(by_message_after_note, "message", ("earlier", "won")),
    Planted(by_note_after_message, "note", ("earlier", "won")),
    Planted(by_old_message, "none", ("outside_window",)),
    Planted(by_note_and_old_message, "note", ("won", "outside_window")),
    Planted(by_old_note, "none", ("outside_window",)),
    Planted(by_coupon, "coupon", ("coupon_won",)),
    Planted(stuffed_after_the_order, "note", ("won", "after_order")),
    Planted(by_second_user, "note", ("won", "own_content")),
    Planted(without_touch, "none", ()),
)


@pytest.mark.parametrize("planted", ORDERS, ids=[planted.place.__name__ for planted in ORDERS])
def test_m15_ten_planted_orders_say_why(shop: TouchedShop, planted: Planted) -> None:
    """`pytest -s` shows the reasons."""
    order = planted.place(shop)
    response = AttributionResponse.of(shop.attributed(order))
    print(f"\n{planted.place.__name__}: {response.model_dump_json(indent=1)}")
    if not planted.outcomes:
        assert (response.attributed_at, response.listings) == (None, [])
        return
    (listing,) = response.listings
    assert (listing.winner.source_kind, tuple(touch.outcome for touch in listing.touches)) == (planted.winner, planted.outcomes)
    assert response.is_reproduced
    assert response.owner_id == order.owner_id == LIN.user_id


def test_m15_the_winner_is_named_with_its_author_or_issuer(shop: TouchedShop) -> None:
    winners = {}
    for place in (by_note, by_message_after_note, by_coupon):
        attribution = shop.attributed(place(shop)).attribution
        assert attribution
        (winner,) = attribution.winners.values()
        winners[place.__name__] = (winner.id, winner.seq, winner.user_id)
    assert winners["by_note"] == (NOTE, 0, LIN.user_id)
    assert winners["by_message_after_note"] == (OF_MESSAGE.id, 7, LIN.user_id)
    assert winners["by_coupon"][1:] == (0, MEI.user_id)


def test_m15_every_touch_is_listed_with_its_token_and_its_times(shop: TouchedShop) -> None:
    token, shown_at = shop.card(), shop.simulation.clock()
    shop.open(token)
    response = AttributionResponse.of(shop.attributed(shop.order()))
    (touch,) = response.listings[0].touches
    assert (touch.token, touch.shown_at, touch.touched_at) == (token, shown_at, shown_at + timedelta(seconds=2))
    assert response.windows
    assert (response.windows.note_hours, response.windows.message_hours) == (720, 168)


def test_m15_settings_that_change_later_change_no_attribution(shop: TouchedShop) -> None:
    order = by_note(shop)
    shop.attributed(order)
    with overridden(settings, note_attribution_window=timedelta(days=1)):
        shop.simulation.clock.advance(days=60)
        view = shop.attributed(order)
    assert view.attribution
    assert view.attribution.is_reproduced


def test_m15_an_order_is_attributed_once_and_later_touches_and_identities_change_nothing(shop: TouchedShop) -> None:
    order = by_note(shop)
    first = shop.attributed(order)
    shop.touch(OF_MESSAGE)
    for user in (HAO, LIN):
        shop.set_identity(user, "one person")
    handle_changes("commerce", shop.ports, all_changes(shop.simulation, "commerce"))
    assert commerce.get_attribution(shop.ports, HAO, order.id) == first


def test_m15_a_deleted_note_leaves_a_tombstone(shop: TouchedShop) -> None:
    order = by_note(shop)
    assert not shop.attributed(order).ended_notes
    for is_visible, ended in ((False, {NOTE}), (True, set()), (False, {NOTE})):
        shop.simulation.clock.advance(seconds=1)
        data = NoteChangedData(
            circle_id=shop.circle_id, note_id=NOTE, author_id=LIN.user_id, is_visible=is_visible, has_cards=True
        )
        deliver(shop.simulation, "commerce", NoteChanged(**envelope(shop.simulation, NOTE), data=data))
        view = shop.attributed(order)
        assert view.ended_notes == ended
        response = AttributionResponse.of(view)
        assert response.listings[0].winner.source_id == NOTE  # the touch stays
        assert response.listings[0].touches[0].source_ended is bool(ended)


def test_m15_a_note_without_cards_is_not_stored(shop: TouchedShop) -> None:
    before = len(shop.simulation.memory("commerce").stored_items())
    data = NoteChangedData(circle_id=shop.circle_id, note_id=NOTE, author_id=LIN.user_id, is_visible=False, has_cards=False)
    deliver(shop.simulation, "commerce", NoteChanged(**envelope(shop.simulation, NOTE), data=data))
    assert len(shop.simulation.memory("commerce").stored_items()) == before


def test_m15_each_listing_of_a_checkout_has_a_winner_of_its_own(shop: TouchedShop) -> None:
    other = shop.own[1]
    shop.open(shop.card(), shop.card(OF_MESSAGE, listing_id=other.id))
    (order,) = shop.check_out_with([], (shop.listing, 1), (other, 1))
    attribution = shop.attributed(order).attribution
    assert attribution
    assert [attribution.winners[listing.id].kind for listing in (shop.listing, other)] == ["note", "message"]


def test_m15_touches_of_a_buyer_and_a_listing_are_below_1_kb_and_8(shop: TouchedShop) -> None:
    for number in range(20):
        source = CardSource(SourceKind.MESSAGE, OF_MESSAGE.id, 2**31 - number, LIN.user_id)
        shop.open(shop.card(source))
        shop.simulation.clock.advance(hours=25)
    item = shop.simulation.commerce_table.get(touches_key(HAO.user_id, shop.listing.id), consistent_read=True)
    assert item
    assert len(item["touches"]) == 8
    assert size_of(item) < 1024


def test_m15_the_event_has_the_winners_and_no_other_touch(shop: TouchedShop) -> None:
    order = by_message_after_note(shop)
    shop.attributed(order)
    events = published_events("commerce", all_changes(shop.simulation, "commerce"))
    (event,) = [event for event in events if isinstance(event, OrderAttributed)]
    (attribution,) = event.data.attributions
    assert (attribution.source_kind, attribution.source_id, event.data.order_id) == ("message", OF_MESSAGE.id, order.id)
    assert NOTE not in event.detail()["data"]["attributions"][0].values()


def test_m15_only_the_buyer_reads_what_led_to_an_order(shop: TouchedShop) -> None:
    order = by_note(shop)
    shop.attributed(order)
    for user in (LIN, MEI, YAN):
        with pytest.raises(OrderNotFound):
            commerce.get_attribution(shop.ports, user, order.id)


def test_m15_touching_has_a_rate(shop: TouchedShop) -> None:
    with overridden(settings, touch_burst=2, touch_interval=timedelta(hours=1)):
        shop.open("A" * 132)
        shop.open("A" * 132)
        with pytest.raises(RateLimitReached):
            shop.open(shop.card())
