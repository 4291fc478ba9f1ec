"""Every action of commerce: how to run it, and its floor."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from bench.dataset import HAO, LIN, MEI, BenchDataset, place_order, place_three
from bench.measure import Action
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order
from services.commerce.domain.cart import CartLine
from services.commerce.domain.coupon import Coupon, CouponTerms
from services.commerce.domain.money import Money
from services.commerce.repository.orders import order_from_item, order_to_item
from services.commerce.usecases import WebhookEvent
from services.shared.kernel.pages import PageRequest
from services.shared.table.reports import ReportInput
from simulation.setup.applications import OPERATOR
from simulation.setup.commerce import ADDRESS
from simulation.setup.requests import change

REPORT = ReportInput("spam", "反复发广告。")


def pay(dataset: BenchDataset) -> None:
    capture(dataset, dataset.objects["order"])


def _pay_next(dataset: BenchDataset) -> None:
    """Pay the next of the n reserved orders."""
    items = dataset.memory("commerce")._items.values()
    capture(dataset, order_from_item(next(item for item in items if item.get("state") == "reserved")))


def capture(dataset: BenchDataset, order: Order) -> None:
    reference = f"{order.buyer_id}/{order.id}"
    payment = dataset.simulation.payments.start_one(reference, order.total)
    captured_at = dataset.simulation.clock()
    event = WebhookEvent("payment.captured", payment.id, reference, order.total, captured_at)
    commerce.handle_webhook_event(dataset.simulation.commerce, event)


def receive(dataset: BenchDataset, kind: str, payment_id: str, **more: Any) -> None:
    """Receive an event about the order, which is paid."""
    order: Order = dataset.objects["order"]
    event = WebhookEvent(kind, payment_id, f"{order.buyer_id}/{order.id}", order.total, **more)
    commerce.handle_webhook_event(dataset.simulation.commerce, event)


def _capture_again(dataset: BenchDataset) -> None:
    dataset.simulation.payments.capture("pay_other", dataset.objects["order"].total)
    receive(dataset, "payment.captured", "pay_other", captured_at=dataset.simulation.clock())


def _charge_back(dataset: BenchDataset, state: str = "opened") -> None:
    order: Order = dataset.objects["order"]
    payment = dataset.simulation.payments.start_one(f"{order.buyer_id}/{order.id}", order.total)
    receive(dataset, f"chargeback.{state}", payment.id, chargeback_id="cb_1")


def _charged_back(dataset: BenchDataset) -> None:
    pay(dataset)
    _charge_back(dataset)


def _fail_payment(dataset: BenchDataset) -> None:
    receive(dataset, "payment.failed", "pay_failed")


def _refund(dataset: BenchDataset) -> None:
    order: Order = dataset.objects["order"]
    payment = dataset.simulation.payments.start_one(f"{order.buyer_id}/{order.id}", order.total)
    receive(dataset, "refund.succeeded", payment.id, refund_id="ref_1")


def pay_all(dataset: BenchDataset) -> None:
    """Let all orders be paid: the seller sees no others."""
    memory, at = dataset.memory("commerce"), dataset.simulation.clock()
    for item in [item for item in memory._items.values() if item["sk"].startswith("ORDER#")]:
        memory.set_item(order_to_item(order_from_item(item).pay("pay_1", at=at)))


def _one_refund_due(dataset: BenchDataset) -> None:
    pay(dataset)
    _capture_again(dataset)


def ship(dataset: BenchDataset) -> None:
    pay(dataset)
    commerce.ship_order(dataset.simulation.commerce, MEI, dataset.objects["order"].id)


def _one_reservation_due(dataset: BenchDataset) -> None:
    """Let one reservation expire; the others are due later."""
    memory = dataset.memory("commerce")
    due = dataset.objects["order"].id
    for item in list(memory._items.values()):
        if "gsi2pk" in item and item["id"] != due:
            memory.set_item({**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"})
    dataset.simulation.clock.advance(minutes=16)


def _put_cart(dataset: BenchDataset) -> None:
    lines = [CartLine(listing_id, "", 1) for listing_id in dataset.objects["three listings"]]
    commerce.put_cart(dataset.simulation.commerce, HAO, dataset.circle, lines, change(0))


def _add_address(dataset: BenchDataset) -> None:
    added = commerce.create_address(dataset.simulation.commerce, HAO, dataset.key(HAO), ADDRESS)
    dataset.ids["address"], dataset.objects["version of the address"] = added[:2]


def _choose_address(dataset: BenchDataset) -> None:
    """Give the order an address, as an order needs one before it is paid."""
    _add_address(dataset)
    commerce.put_order_address(dataset.simulation.commerce, HAO, dataset.objects["order"].id, dataset.ids["address"])


def _pay_with_address(dataset: BenchDataset) -> None:
    _choose_address(dataset)
    pay(dataset)


def _expire_with_address(dataset: BenchDataset) -> None:
    _choose_address(dataset)
    _one_reservation_due(dataset)


def _update_address(dataset: BenchDataset) -> None:
    request = change(dataset.objects["version of the address"])
    commerce.update_address(dataset.simulation.commerce, HAO, dataset.ids["address"], request, ADDRESS)


_action = partial(Action, "commerce")


KINDS = frozenset({ListingKind.C2C})


def _issue(dataset: BenchDataset, *, has_code: bool) -> tuple[Coupon, str]:
    now = dataset.simulation.clock()
    terms = CouponTerms(Money(100, "CNY"), 0, 101, KINDS, 100, 10, now, now + timedelta(days=30))
    issued = commerce.issue_coupon(dataset.simulation.commerce, MEI, dataset.circle, dataset.key(MEI), terms, has_code=has_code)
    dataset.objects["coupon"], dataset.objects["code"] = issued
    return issued


def _claim(dataset: BenchDataset) -> None:
    commerce.claim_coupon(dataset.simulation.commerce, HAO, dataset.circle, dataset.objects["coupon"].id)


def _enter_code(dataset: BenchDataset) -> None:
    commerce.claim_coupon_by_code(dataset.simulation.commerce, HAO, dataset.circle, dataset.objects["code"])


def _claimed(dataset: BenchDataset) -> None:
    _issue(dataset, has_code=False)
    _claim(dataset)


def _ordered(dataset: BenchDataset) -> None:
    _claimed(dataset)
    dataset.objects["order"] = _order_with_coupon(dataset)


def _order_with_coupon(dataset: BenchDataset) -> Order:
    coupon_id, listing = dataset.objects["coupon"].id, dataset.listing
    wanted: dict[str, Any] = {"listing_id": listing.id, "revision": listing.revision, "quantity": 1}
    at = dataset.simulation.commerce, HAO, dataset.circle, dataset.key(HAO)
    return commerce.place_order(*at, **wanted, coupon_id=coupon_id)


def _issue_20(dataset: BenchDataset) -> None:
    for _ in range(20):
        dataset.simulation.clock.advance(minutes=2)
        _claimed(dataset)


UPDATE: dict[str, Any] = {"title": "望远镜", "price": Money(9_900, "CNY"), "on_sale": True}
LISTING: dict[str, Any] = {"kind": ListingKind.C2C, "title": "望远镜", "price": Money(12_900, "CNY"), "stock": 1}
COMMERCE = (
    _action("create a listing", lambda d: commerce.create_listing(d.simulation.commerce, MEI, d.circle, d.key(MEI), **LISTING)),
    _action(
        "update a listing",
        lambda d: commerce.update_listing(
            d.simulation.commerce, MEI, d.circle, d.listing.id, change(d.listing.revision), **UPDATE
        ),
    ),
    _action("read a listing", lambda d: commerce.get_listing(d.simulation.commerce, HAO, d.circle, d.listing.id)),
    _action("withdraw a listing", lambda d: commerce.withdraw_listing(d.simulation.commerce, MEI, d.circle, d.listing.id)),
    _action("remove a listing", lambda d: commerce.remove_listing(d.simulation.commerce, LIN, d.circle, d.listing.id, "假货")),
    _action("report a listing", lambda d: commerce.report_listing(d.simulation.commerce, HAO, d.circle, d.listing.id, REPORT)),
    _action("listings, 20", lambda d: commerce.list_listings(d.simulation.commerce, HAO, d.circle, PageRequest(20))),
    _action("place an order", place_order, (4, 0.5)),
    _action("place an order of 3 lines", place_three, (8, 1.5)),
    _action("read a cart of 3 lines", lambda d: commerce.get_cart(d.simulation.commerce, HAO, d.circle), None, _put_cart),
    _action("change a cart of 3 lines", _put_cart),
    _action("add an address", _add_address),
    _action("change an address", _update_address, None, _add_address),
    _action("list addresses", lambda d: commerce.list_addresses(d.simulation.commerce, HAO), None, _add_address),
    _action("place an order with an address", lambda d: place_order(d, address_id=d.ids["address"]), (6, 0.5), _add_address),
    _action(
        "choose the address of an order",
        lambda d: commerce.put_order_address(d.simulation.commerce, HAO, d.objects["order"].id, d.ids["address"]),
        None,
        _add_address,
    ),
    _action(
        "read the address of an order",
        lambda d: commerce.get_order_address(d.simulation.commerce, HAO, d.objects["order"].id),
        None,
        _choose_address,
    ),
    _action(
        "read the address of a sale",
        lambda d: commerce.get_sale_address(d.simulation.commerce, MEI, d.objects["order"].id),
        None,
        _pay_with_address,
    ),
    _action(
        "expire an order with an address",
        lambda d: commerce.handle_schedule(d.simulation.commerce),
        None,
        _expire_with_address,
        trigger="none",
        authorizes=False,
    ),
    _action("issue a coupon", lambda d: _issue(d, has_code=False)),
    _action("issue a coupon with a code", lambda d: _issue(d, has_code=True)),
    _action("claim a coupon", _claim, None, lambda d: _issue(d, has_code=False)),
    _action("claim a coupon by its code", _enter_code, None, lambda d: _issue(d, has_code=True)),
    _action(
        "end a coupon",
        lambda d: commerce.end_coupon(d.simulation.commerce, MEI, d.circle, d.objects["coupon"].id),
        None,
        lambda d: _issue(d, has_code=False),
    ),
    _action(
        "coupons, 20", lambda d: commerce.list_coupons(d.simulation.commerce, HAO, d.circle, PageRequest(20)), None, _issue_20
    ),
    _action(
        "claimed coupons, 20",
        lambda d: commerce.list_claimed_coupons(d.simulation.commerce, HAO, d.circle, PageRequest(20)),
        None,
        _issue_20,
    ),
    _action(
        "issued coupons, 20",
        lambda d: commerce.list_issued_coupons(d.simulation.commerce, MEI, PageRequest(20)),
        None,
        _issue_20,
    ),
    _action("place an order with a coupon", _order_with_coupon, None, _claimed),
    _action(
        "cancel an order with a coupon",
        lambda d: commerce.cancel_order(d.simulation.commerce, HAO, d.objects["order"].id),
        None,
        _ordered,
    ),
    _action(
        "start a payment",
        lambda d: commerce.start_payment(d.simulation.commerce, HAO, d.objects["order"].id),
        None,
        _choose_address,
    ),
    _action("payment captured (10 at once)", _pay_next, (4, 0.5), authorizes=False, times=10),
    _action("payment captured (alone)", pay, authorizes=False),
    _action("a second payment, captured", _capture_again, None, pay, authorizes=False),
    _action("refund, made at the provider", _refund, None, pay, authorizes=False),
    _action("payment failed", _fail_payment, None, authorizes=False),
    _action("chargeback, opened", _charge_back, None, pay, authorizes=False),
    _action("chargeback, won", lambda d: _charge_back(d, "won"), None, _charged_back, authorizes=False),
    _action("chargeback, lost", lambda d: _charge_back(d, "lost"), None, _charged_back, authorizes=False),
    _action(
        "request a refund",
        lambda d: commerce.handle_schedule(d.simulation.commerce),
        None,
        _one_refund_due,
        trigger="none",
        authorizes=False,
    ),
    _action("ship", lambda d: commerce.ship_order(d.simulation.commerce, MEI, d.objects["order"].id), None, pay),
    _action(
        "confirm receipt", lambda d: commerce.confirm_receipt(d.simulation.commerce, HAO, d.objects["order"].id), None, ship
    ),
    _action("read an order", lambda d: commerce.get_order(d.simulation.commerce, HAO, d.objects["order"].id)),
    _action("list orders, 20", lambda d: commerce.list_orders(d.simulation.commerce, HAO, PageRequest(20))),
    _action("list sales, 20", lambda d: commerce.list_sales(d.simulation.commerce, MEI, PageRequest(20)), None, pay_all),
    _action(
        "expire an order",
        lambda d: commerce.handle_schedule(d.simulation.commerce),
        None,
        _one_reservation_due,
        trigger="none",
        authorizes=False,
    ),
    _action("list ledger accounts", lambda d: commerce.list_ledger_accounts(d.simulation.commerce, OPERATOR, PageRequest(20))),
)
