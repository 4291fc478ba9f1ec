"""A4: a listing that the platform took down is on sale nowhere, and is back as it was when the take-down ends."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.commerce.domain import OrderState
from services.commerce.domain.money import Money
from services.commerce.errors import ListingNotFound
from services.commerce.repository.export_lines import get_export_page
from services.commerce.repository.listings import listing_key
from services.shared.exports.jobs import ExportJob
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.commerce import Shop, end_of, shown_listing
from simulation.setup.events import CASE, take_down_changed
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver
from tests.usecases.cross_service.market import HAO, LIN, MEI, YAN, Market, is_found, remove, withdraw

SPAM = ReportInput("spam")


def apply(simulation: Simulation, circle_id: str, listing_id: str, **how: Any) -> None:
    simulation.clock.advance(seconds=1)
    deliver(simulation, "commerce", take_down_changed(simulation, "commerce", "listing", listing_id, circle_id, **how))


def take_down(market: Market, **how: Any) -> None:
    apply(market.simulation, market.circle_id, market.listing.id, **how)
    market.publish()


def end(market: Market, **how: Any) -> None:
    take_down(market, is_active=False, **how)


def titles(market: Market) -> set[str]:
    """Return the titles that a reader finds in the shop and on cards."""
    ports, here = market.simulation, market.circle_id
    listed = commerce.list_listings(ports.commerce, HAO, here, PageRequest(20)).items
    messages, _ = chat.list_messages(ports.chat, HAO, here, market.room_id, 0, 20)
    note = circles.get_note(ports.circles, HAO, here, market.note_id)
    cards = [*note.cards, *(entry.card for entry in messages if entry.card)]
    return {*(listing.title for listing in listed), *(card.title for card in cards)} - {""}


@pytest.mark.parametrize("reader", [LIN, HAO, YAN])
def test_a4_a_listing_that_is_down_is_shown_and_sold_nowhere_and_is_back_as_it_was(reader: Any) -> None:
    market = Market()
    before = market.stored()
    assert set(market.shown(reader).values()) == {True}
    take_down(market)
    assert set(market.shown(reader).values()) == {False}
    assert titles(market) == set()
    with pytest.raises(ListingNotFound):
        market.order()
    end(market)
    assert set(market.shown(reader).values()) == {True}
    after = market.stored()
    assert (after.title, after.price, after.stock, after.revision) == (
        before.title,
        before.price,
        before.stock,
        before.revision,
    )
    assert market.order().lines[0].listing_id == after.id


def test_a4_its_seller_alone_reads_a_listing_that_is_down_with_the_rule_that_it_breaks() -> None:
    market = Market()
    take_down(market, violation="banned_product")
    ports, at = market.simulation.commerce, (market.circle_id, market.listing.id)
    own = shown_listing(market.simulation, commerce.get_listing(ports, MEI, *at).listing)
    assert own.violation and own.violation.code is Violation.BANNED_PRODUCT
    assert (own.title, own.on_sale, own.removal) == ("望远镜", True, None)
    request = change(market.stored().revision)
    new: dict[str, Any] = {"title": "望远镜", "price": Money(1, "CNY"), "on_sale": True}
    for denied in (
        lambda: commerce.update_listing(ports, MEI, *at, request, **new),
        lambda: commerce.update_listing(ports, MEI, *at, change(1), **new),
        lambda: commerce.report_listing(ports, HAO, *at, SPAM),
        lambda: commerce.remove_listing(ports, LIN, *at, "假货"),
    ):
        assert not is_found(denied)
    end(market)
    assert shown_listing(market.simulation, commerce.get_listing(ports, MEI, *at).listing).violation is None


def test_a4_what_was_withdrawn_or_removed_stays_off_sale_after_the_take_down() -> None:
    for ends, is_before in ((withdraw, True), (withdraw, False), (remove, True)):
        market = Market()
        if is_before:
            ends(market)
        take_down(market)
        if not is_before:
            ends(market)
        end(market)
        assert set(market.shown().values()) == {False}
        assert not market.stored().offer.on_sale


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (2, 1, 1, 3, 2)])
def test_a4_events_of_a_case_give_one_state_repeated_late_and_in_any_order(order: tuple[int, ...]) -> None:
    market = Market()
    for version in order:
        take_down(market, is_active=version != 2, version=version, violation="spam" if version < 3 else "fraud")
    item = market.simulation.commerce_table.get(listing_key(market.circle_id, market.listing.id), consistent_read=True)
    assert item and (item["take_downs"], item["on_sale"], item["resumes"]) == ({CASE: [3, True, "fraud"]}, False, True)
    assert set(market.shown().values()) == {False}


def test_a4_a_listing_is_down_while_one_of_its_cases_takes_it_down() -> None:
    market, cases = Market(), [new_id("cas") for _ in range(3)]
    for case_id in cases:
        take_down(market, case_id=case_id)
    for case_id in cases:
        assert set(market.shown().values()) == {False}
        end(market, case_id=case_id)
    assert set(market.shown().values()) == {True}


@pytest.mark.parametrize(
    ("is_down", "is_late", "state"),
    [(True, False, OrderState.PAID), (True, True, OrderState.REFUNDING), (False, True, OrderState.PAID)],
)
@pytest.mark.parametrize("has_expired", [True, False])
def test_a4_a_reservation_of_what_is_down_can_be_paid_in_time_and_not_late(
    is_down: bool, is_late: bool, state: OrderState, has_expired: bool
) -> None:
    shop = Shop()
    order = shop.order()
    apply(shop.simulation, shop.circle_id, shop.listing.id)
    if not is_down:
        apply(shop.simulation, shop.circle_id, shop.listing.id, is_active=False)
    shop.simulation.clock.now = end_of(order)
    if has_expired:
        commerce.handle_schedule(shop.ports)
    captured_at = end_of(order) if is_late else order.created_at
    assert shop.pay(order, captured_at).state is state
    assert shop.current_listing().stock == (0 if state is OrderState.PAID else 1), "stock and orders agree"


def test_a4_stock_moves_while_a_listing_is_down() -> None:
    shop = Shop(stock=5)
    order = shop.order(quantity=2)
    apply(shop.simulation, shop.circle_id, shop.listing.id)
    shop.simulation.clock.now = end_of(order)
    commerce.handle_schedule(shop.ports)
    assert shop.current_listing().stock == 5
    apply(shop.simulation, shop.circle_id, shop.listing.id, is_active=False)
    assert (shop.current_listing().stock, shop.current_listing().on_sale) == (5, True)
    assert shop.order(quantity=5).lines[0].quantity == 5


def test_a4_an_own_export_has_a_listing_that_is_down() -> None:
    shop = Shop()
    at = shop.simulation.clock.now
    for is_active in (True, False):
        apply(shop.simulation, shop.circle_id, shop.listing.id, is_active=is_active)
        for user, count in ((MEI, 1), (HAO, 0)):
            page = get_export_page(
                shop.ports.vault.decrypt, shop.ports.table, ExportJob(new_id("exp"), shop.circle_id, user.user_id, at, at, 1)
            )
            assert [(line["title"], line.get("state")) for line in page.lines] == [
                ("望远镜", "taken_down" if is_active else None)
            ] * count


@pytest.mark.parametrize(("service", "kind"), [("circles", "listing"), ("chat", "listing"), ("commerce", "payment")])
def test_a4_cases_of_other_services_and_of_payments_change_nothing(service: str, kind: str) -> None:
    shop = Shop()
    before = shop.simulation.memory("commerce").all_items()
    event = take_down_changed(shop.simulation, service, kind, shop.listing.id, shop.circle_id)
    deliver(shop.simulation, "commerce", event)
    assert shop.simulation.memory("commerce").all_items() == before


def test_a4_an_event_of_a_listing_that_is_deleted_with_its_circle_creates_nothing() -> None:
    simulation = Simulation()
    apply(simulation, new_id("cir"), new_id("lst"))
    assert simulation.memory("commerce").all_items() == []
