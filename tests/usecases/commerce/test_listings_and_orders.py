"""Commerce: listings, orders, payments, escrow, ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import TERMS, TRANSITIONS, Journal, Kind, Line, OrderState, Reason, Shares
from services.commerce.domain.money import Money
from services.commerce.schemas import OrderRequest
from services.shared.kernel.ids import new_id
from simulation.setup.commerce import (
    HAO,
    LIN,
    MEI,
    Shop,
)
from simulation.simulation import person


@given(st.integers(1, 10**12), st.sampled_from(Kind), st.booleans())
def test_m1_shares_always_sum_to_the_total(total: int, kind: Kind, owner_earns: bool) -> None:
    terms = TERMS[kind]
    shares = Shares.of(Money(total, "CNY"), terms.platform, terms.owner if owner_earns else 0)
    assert shares.seller + shares.platform + shares.owner == Money(total, "CNY")
    assert min(shares.seller.amount, shares.platform.amount, shares.owner.amount) >= 0


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_m1_money_is_whole_and_of_one_currency(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "CNY")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="CNY"):
        Money(1, "CNY") + Money(1, "USD")


def test_m2_the_kind_decides_commission_escrow_and_disclosure() -> None:
    assert {kind: (terms.platform, terms.owner, terms.return_window.days) for kind, terms in TERMS.items()} == {
        Kind.MERCHANT: (500, 300, 7),
        Kind.C2C: (100, 0, 0),
    }
    assert all(all(terms.disclosure) and terms.auto_confirm == timedelta(days=10) for terms in TERMS.values())


def test_m2_merchants_goods_are_listed_by_curators_and_anything_by_members_only() -> None:
    shop = Shop()
    for caller, kind, error in ((HAO, Kind.MERCHANT, errors.SellersOnly), (person("x"), Kind.C2C, errors.CircleNotFound)):
        with pytest.raises(error):
            commerce.create_listing(
                shop.ports, caller, shop.circle_id, shop.key(caller), kind=kind, title="x", price=Money(1, "CNY"), stock=1
            )


def test_m3_listings_are_for_members_and_an_ex_member_is_told_so_at_checkout() -> None:
    shop = Shop()
    stranger = person("stranger")
    for circle_id in (shop.circle_id, new_id("cir")):
        with pytest.raises(errors.CircleNotFound):
            commerce.get_listing(shop.ports, stranger, circle_id, shop.listing.id)
        with pytest.raises(errors.CircleNotFound):
            commerce.list_listings(shop.ports, stranger, circle_id, 10, None)
    shop.hear(HAO, state="kicked")
    with pytest.raises(errors.CircleNotFound):
        commerce.get_listing(shop.ports, HAO, shop.circle_id, shop.listing.id)
    with pytest.raises(errors.NoLongerMember):
        shop.order(HAO)
    with pytest.raises(errors.CircleNotFound):
        shop.order(stranger)


def test_m4_nobody_buys_from_themselves() -> None:
    with pytest.raises(errors.OwnListing):
        Shop().order(MEI)


def test_m5_a_changed_price_is_refused_with_the_new_quote() -> None:
    shop = Shop(stock=2)
    seen = shop.listing.revision
    shop.world.clock.advance(seconds=1)
    commerce.update_listing(
        shop.ports, MEI, shop.circle_id, shop.listing.id, title="望远镜", price=Money(15_000, "CNY"), on_sale=True
    )
    with pytest.raises(errors.PriceChanged) as refused:
        shop.order(revision=seen)
    quote = refused.value.extra["quote"]
    assert quote["amount"] == 15_000
    assert shop.order(revision=quote["revision"]).total == Money(15_000, "CNY")


@pytest.mark.parametrize("field", ["price", "amount", "unit_price", "total", "currency", "seller", "state"])
def test_m5_no_client_names_a_price(field: str) -> None:
    body = {"listing_id": new_id("lst"), "revision": 1, "quantity": 1}
    OrderRequest.model_validate(body)
    with pytest.raises(ValueError, match=field):
        OrderRequest.model_validate({**body, field: 1})


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 2**63, 11])
def test_m5_quantities_are_small_whole_and_positive(quantity: object) -> None:
    with pytest.raises(ValueError, match="quantity"):
        OrderRequest.model_validate_json(
            f'{{"listing_id": "{new_id("lst")}", "revision": 1, "quantity": {quantity}}}', strict=True
        )


def test_m6_only_the_table_of_transitions_is_walked() -> None:
    shop = Shop(stock=5)
    order = shop.order()
    for step in (
        lambda: commerce.ship_order(shop.ports, MEI, order.id),
        lambda: commerce.confirm_receipt(shop.ports, HAO, order.id),
    ):
        with pytest.raises(errors.WrongState):
            step()
    shop.paid(order)
    with pytest.raises(errors.WrongState):
        commerce.start_payment(shop.ports, HAO, order.id)
    assert set(TRANSITIONS) == set(OrderState)
    ends = {state for state, following in TRANSITIONS.items() if not following}
    assert ends == {OrderState.REFUNDED, OrderState.COMPLETED}


def test_m6_every_transition_tells_of_itself_once() -> None:
    shop = Shop(Kind.MERCHANT)
    order = shop.order()
    shop.paid(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    shop.world.clock.advance(days=7)
    assert commerce.handle_schedule(shop.ports) == 1
    stream = shop.world.commerce_table.stream  # type: ignore[attr-defined]
    told = [new["state"] for _, new in stream if new and new["sk"].startswith("ORDER#") and "OrderChanged" in new["outbox"]]
    assert told == ["reserved", "paid", "shipped", "received", "completed"]


def test_m13_only_the_buyer_confirms_and_then_the_seller_is_paid() -> None:
    shop = Shop(Kind.C2C)
    order = shop.order()
    shop.paid(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    for caller in (MEI, LIN, person("x")):
        with pytest.raises(errors.OrderNotFound):
            commerce.confirm_receipt(shop.ports, caller, order.id)
    assert shop.balances()[f"escrow:{order.id}"] == -12_900
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    assert shop.balances() == {"cash": 12_900, f"escrow:{order.id}": 0, f"seller:{MEI.user_id}": -12_771, "platform": -129}


def test_m13_only_the_seller_ships() -> None:
    shop = Shop()
    order = shop.order()
    shop.paid(order)
    for caller in (HAO, LIN):
        with pytest.raises(errors.OrderNotFound):
            commerce.ship_order(shop.ports, caller, order.id)


def test_m13_the_clock_confirms_after_ten_days_and_not_before() -> None:
    shop = Shop()
    order = shop.order()
    shop.paid(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    shop.world.clock.advance(days=9, hours=23)
    assert commerce.handle_schedule(shop.ports) == 0
    shop.world.clock.advance(hours=1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.RECEIVED


def test_m16_the_owners_commission_waits_for_the_return_window() -> None:
    shop = Shop(Kind.MERCHANT, amount=10_000)
    order = shop.order()
    shop.paid(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    pending, releasable = f"commission-pending:{LIN.user_id}", f"owner:{LIN.user_id}"
    assert (shop.balances()[pending], shop.balances().get(releasable)) == (-300, None)
    shop.world.clock.advance(days=7)
    commerce.handle_schedule(shop.ports)
    assert (shop.balances()[pending], shop.balances()[releasable]) == (0, -300)


@pytest.mark.parametrize("buyer", [LIN, HAO])
def test_m16_nobody_earns_on_their_own_purchase(buyer: object) -> None:
    shop = Shop(Kind.MERCHANT, amount=10_000)
    order = shop.order(buyer)  # type: ignore[arg-type]
    assert order.shares.owner.amount == (0 if buyer is LIN else 300)


def test_m17_an_entry_that_does_not_sum_to_zero_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="zero"):
        Journal("ord", Reason.CAPTURE, "CNY", (Line("cash", 1), Line("escrow", -2)))


def test_m17_the_books_sum_to_zero_and_only_operators_see_them() -> None:
    shop = Shop(Kind.MERCHANT, stock=3)
    for buyer in (HAO, LIN):
        order = shop.order(buyer)
        shop.paid(order)
        commerce.ship_order(shop.ports, MEI, order.id)
        commerce.confirm_receipt(shop.ports, buyer, order.id)
    assert sum(shop.balances().values()) == 0
    accounts, rest = commerce.list_accounts(shop.ports, person("ops", "operator"), 100, None)
    assert sum(balance for _, _, balance in accounts) == 0
    assert rest is None
    with pytest.raises(errors.OperatorsOnly):
        commerce.list_accounts(shop.ports, HAO, 100, None)


def test_m3_whoever_is_out_of_the_circle_sells_and_pays_no_more() -> None:
    shop = Shop(stock=2)
    order = shop.order()
    shop.hear(HAO, state="banned")
    with pytest.raises(errors.NoLongerMember):
        commerce.start_payment(shop.ports, HAO, order.id)
    shop.hear(HAO)
    shop.hear(MEI, state="banned")
    with pytest.raises(errors.ListingNotFound):
        shop.order(LIN)
    assert shop.now().stock == 1


def test_m5_a_retry_is_answered_alike_although_the_price_has_changed_meanwhile() -> None:
    shop = Shop(stock=2)
    key, seen = shop.key(HAO), shop.listing.revision
    first = shop.order(key=key)
    shop.world.clock.advance(seconds=1)
    about = {"title": "望远镜", "price": Money(15_000, "CNY"), "on_sale": False}
    commerce.update_listing(shop.ports, MEI, shop.circle_id, shop.listing.id, **about)  # type: ignore[arg-type]
    assert shop.order(key=key, revision=seen) == first
    assert shop.now().stock == 1


def test_m16_the_shares_agreed_to_are_kept_with_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(Kind.MERCHANT, amount=10_000)
    order = shop.order()
    monkeypatch.setitem(TERMS, Kind.MERCHANT, replace(TERMS[Kind.MERCHANT], platform=9_000, owner=1_000))
    assert commerce.get_order(shop.ports, HAO, order.id).shares.seller.amount == 9_200
