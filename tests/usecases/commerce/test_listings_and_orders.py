"""Listings and orders through the use cases."""

from __future__ import annotations

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import TRANSITIONS, ListingKind, OrderState
from services.commerce.domain.money import Money
from services.commerce.schemas import OrderRequest
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.table.reports import ReportInput
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.events import envelope
from simulation.streams import deliver
from simulation.users import caller


@pytest.mark.parametrize(
    ("kind", "en", "zh_cn"),
    [
        (ListingKind.MERCHANT, "owner earns a commission", "圈主会获得佣金"),
        (ListingKind.PICK, "Picked by the circle's buyer", "买手"),
        (ListingKind.OWN, "the circle's owners themselves", "圈主自营"),
        (ListingKind.C2C, "hold your payment until you confirm receipt", "成员个人转让"),
        (ListingKind.VOUCHER, "voucher of a local merchant", "兑换券"),
    ],
)
def test_m2_the_kind_decides_what_is_disclosed_before_paying(kind: ListingKind, en: str, zh_cn: str) -> None:
    shop = Shop(kind)
    listing = shop.shown(commerce.get_listing(shop.ports, HAO, shop.circle_id, shop.listing.id).listing)
    assert en in listing.disclosure.en
    assert zh_cn in listing.disclosure.zh_cn


def test_m2_only_curators_list_merchant_products_and_only_members_list_at_all() -> None:
    shop = Shop()
    for seller, kind, error in (
        (HAO, ListingKind.MERCHANT, errors.ListingKindNotAllowed),
        (caller("x"), ListingKind.C2C, errors.CircleNotFound),
    ):
        with pytest.raises(error):
            commerce.create_listing(
                shop.ports, seller, shop.circle_id, shop.new_key(seller), kind=kind, title="x", price=Money(1, "CNY"), stock=1
            )


def test_m2_a_demoted_curator_only_takes_a_merchant_listing_off_sale() -> None:
    shop, own = Shop(ListingKind.MERCHANT), Shop(ListingKind.C2C)
    for each in (shop, own):
        each.set_member(MEI, role="member")
    with pytest.raises(errors.ListingKindNotAllowed):
        shop.update_listing(amount=99_900)
    assert not shop.update_listing(on_sale=False).on_sale
    with pytest.raises(errors.ListingKindNotAllowed):
        shop.update_listing(on_sale=True)
    assert own.update_listing(amount=99_900).price.amount == 99_900
    shop.set_member(MEI, role="buyer")
    assert shop.update_listing(on_sale=True).on_sale


def test_m3_only_members_see_listings_and_a_former_member_who_orders_gets_the_reason() -> None:
    shop = Shop()
    stranger = caller("stranger")
    for circle_id in (shop.circle_id, new_id("cir")):
        with pytest.raises(errors.CircleNotFound):
            commerce.get_listing(shop.ports, stranger, circle_id, shop.listing.id)
        with pytest.raises(errors.CircleNotFound):
            commerce.list_listings(shop.ports, stranger, circle_id, PageRequest())
    shop.set_member(HAO, state="kicked")
    with pytest.raises(errors.CircleNotFound):
        commerce.get_listing(shop.ports, HAO, shop.circle_id, shop.listing.id)
    with pytest.raises(errors.MembershipEnded):
        shop.order(HAO)
    with pytest.raises(errors.CircleNotFound):
        shop.order(stranger)


def test_m4_a_seller_cannot_buy_their_own_listing() -> None:
    with pytest.raises(errors.BuyerIsSeller):
        Shop().order(MEI)


def test_m5_an_order_at_an_old_price_gets_the_new_quote() -> None:
    shop = Shop(stock=2)
    seen = shop.listing.revision
    shop.update_listing(15_000)
    with pytest.raises(errors.PriceChanged) as raised:
        shop.order(revision=seen)
    (quote,) = raised.value.facts["quotes"]
    assert quote["amount"] == 15_000
    assert shop.order(revision=quote["revision"]).total == Money(15_000, "CNY")


@pytest.mark.parametrize("field", ["price", "amount", "unit_price", "total", "currency", "seller_id", "state"])
def test_m5_a_request_cannot_name_a_price(field: str) -> None:
    body = {"listing_id": new_id("lst"), "revision": 1, "quantity": 1}
    OrderRequest.model_validate(body)
    with pytest.raises(ValueError, match=field):
        OrderRequest.model_validate({**body, field: 1})


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 2**63, 11])
def test_m5_a_quantity_is_an_integer_from_1_to_10(quantity: object) -> None:
    with pytest.raises(ValueError, match="quantity"):
        OrderRequest.model_validate_json(
            f'{{"listing_id": "{new_id("lst")}", "revision": 1, "quantity": {quantity}}}', strict=True
        )


def test_m6_an_order_moves_only_along_the_transition_table() -> None:
    shop = Shop(stock=5)
    order = shop.order()
    with pytest.raises(errors.OrderNotFound):  # a seller sees paid orders only
        commerce.ship_order(shop.ports, MEI, order.id)
    with pytest.raises(errors.OrderStateConflict):
        commerce.confirm_receipt(shop.ports, HAO, order.id)
    shop.pay(order)
    with pytest.raises(errors.OrderStateConflict):
        commerce.start_payment(shop.ports, HAO, order.id)
    assert set(TRANSITIONS) == set(OrderState)
    final = {state for state, following in TRANSITIONS.items() if not following}
    assert final == {OrderState.CANCELLED, OrderState.REFUNDED}


def test_m6_every_transition_publishes_one_event() -> None:
    shop = Shop(ListingKind.MERCHANT)
    order = shop.order()
    shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.ship_order(shop.ports, MEI, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    shop.simulation.clock.advance(days=8)
    assert commerce.handle_schedule(shop.ports) == 1
    stream = shop.simulation.commerce_table.stream  # type: ignore[attr-defined]
    published = [
        new["state"] for _, new in stream if new and new["sk"].startswith("ORDER#") and "OrderChanged" in new["outbox"]
    ]
    assert published == ["reserved", "paid", "shipped", "received", "completed"]


def test_m3_a_former_member_can_neither_sell_nor_pay() -> None:
    shop = Shop(stock=2)
    order = shop.order()
    shop.set_member(HAO, state="banned")
    with pytest.raises(errors.MembershipEnded):
        commerce.start_payment(shop.ports, HAO, order.id)
    shop.set_member(HAO)
    shop.set_member(MEI, state="banned")
    with pytest.raises(errors.ListingNotFound):
        shop.order(LIN)
    assert shop.current_listing().stock == 1


def test_m5_a_retry_returns_its_order_although_the_price_has_changed() -> None:
    shop = Shop(stock=2)
    key, seen = shop.new_key(HAO), shop.listing.revision
    first = shop.order(key=key)
    shop.update_listing(15_000, on_sale=False)
    assert shop.order(key=key, revision=seen) == first
    assert shop.current_listing().stock == 1


def test_m3_a_listing_that_is_not_on_sale_is_visible_to_its_seller_alone() -> None:
    shop = Shop()
    shop.update_listing(on_sale=False)
    for other in (HAO, LIN):
        with pytest.raises(errors.ListingNotFound):
            commerce.get_listing(shop.ports, other, shop.circle_id, shop.listing.id)
    assert commerce.get_listing(shop.ports, MEI, shop.circle_id, shop.listing.id).listing == shop.current_listing()
    assert commerce.list_listings(shop.ports, HAO, shop.circle_id, PageRequest()).items == []
    shop.update_listing()
    assert commerce.list_listings(shop.ports, HAO, shop.circle_id, PageRequest()).items == [shop.current_listing()]


@pytest.mark.parametrize("state", ["pending", "left", "kicked", "banned"])
def test_m3_only_a_member_reports_a_listing(state: str) -> None:
    shop = Shop()
    shop.set_member(HAO, state=state)
    for user in (HAO, caller("stranger")):
        with pytest.raises(errors.CircleNotFound):
            commerce.report_listing(shop.ports, user, shop.circle_id, shop.listing.id, ReportInput("spam", "反复发广告。"))


def test_m3_a_pending_user_who_orders_learns_nothing_about_the_shop() -> None:
    shop = Shop()
    order = shop.order()
    shop.set_member(HAO, state="pending")
    with pytest.raises(errors.CircleNotFound):
        shop.order()
    with pytest.raises(errors.CircleNotFound):
        commerce.start_payment(shop.ports, HAO, order.id)


@pytest.mark.parametrize("state", ["read_only", "closed"])
def test_m3_nothing_is_sold_in_a_circle_that_is_not_active(state: str) -> None:
    shop = Shop()
    data = CircleData.model_validate({"circle_id": shop.circle_id, "name": "观鸟", "owner_id": LIN.user_id, "state": state})
    deliver(shop.simulation, "commerce", CircleChanged(**envelope(shop.simulation, shop.circle_id, 10**13), data=data))
    with pytest.raises(errors.ListingNotOnSale):
        shop.order()
