"""The scenarios of coupons: issued, claimed, used by an order, given back, and used again by a payment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.coupon import CouponTerms
from services.commerce.domain.coupon_code import derive_code
from services.commerce.domain.money import Money
from services.commerce.errors import CouponCodeLocked
from services.commerce.repository.listings import get_listing
from services.commerce.usecases import WebhookEvent
from services.shared.table.items import Item
from simulation.clock import NOON
from simulation.faults import Lost
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LISTING, MEI, ORDER, ORDER_KEY, PRICE, run_commerce_schedule
from tests.kill.payments import REFERENCE
from tests.kill.scenario import Scenario

COUPON_KEY, SECRET_KEY = new_key(MEI), new_key(MEI)
COUPON, SECRET = COUPON_KEY.id("cpn"), SECRET_KEY.id("cpn")
RESERVING = {"reserved", "paid", "shipped", "received", "completed"}  # states whose units and coupons are not given back
DISCOUNT = Money(2_000, "CNY")
TERMS = CouponTerms(DISCOUNT, 0, 10_000, frozenset({ListingKind.MERCHANT}), 1, 1, NOON, NOON + timedelta(days=300))


def issue_coupon(simulation: Simulation) -> Any:
    return commerce.issue_coupon(simulation.commerce, MEI, CIRCLE, COUPON_KEY, TERMS, has_code=False)


def issue_secret_coupon(simulation: Simulation) -> Any:
    return commerce.issue_coupon(simulation.commerce, MEI, CIRCLE, SECRET_KEY, TERMS, has_code=True)


def claim_coupon(simulation: Simulation) -> Any:
    return commerce.claim_coupon(simulation.commerce, HAO, CIRCLE, COUPON)


def claim_by_code(simulation: Simulation) -> Any:
    """Enter the code. Attempts whose response was lost stay counted, so a client can be locked, and waits."""
    code = derive_code(simulation.commerce.coupon_keys.newest, SECRET)
    try:
        return commerce.claim_coupon_by_code(simulation.commerce, HAO, CIRCLE, code)
    except CouponCodeLocked:
        simulation.clock.advance(minutes=31)
        raise Lost("locked for a while") from None


def end_coupon(simulation: Simulation) -> Any:
    return commerce.end_coupon(simulation.commerce, MEI, CIRCLE, COUPON)


def order_with_coupon(simulation: Simulation) -> Any:
    revision = get_listing(simulation.commerce_table, CIRCLE, LISTING).revision
    wanted: dict[str, Any] = {"listing_id": LISTING, "revision": revision, "quantity": 1, "coupon_id": COUPON}
    return commerce.place_order(simulation.commerce, HAO, CIRCLE, ORDER_KEY, **wanted)


def pay_with_coupon(simulation: Simulation) -> Any:
    total = PRICE - DISCOUNT
    payment = simulation.payments.start_one(REFERENCE, total)
    event = WebhookEvent("payment.captured", payment.id, REFERENCE, total, simulation.clock())
    return commerce.handle_webhook_event(simulation.commerce, event)


def cancel_with_coupon(simulation: Simulation) -> Any:
    return commerce.cancel_order(simulation.commerce, HAO, ORDER)


def broken_uses(items: Iterable[Item], orders: Iterable[Item]) -> Iterator[str]:
    """Yield the coupons and claims whose uses are not the number of orders that use the coupon."""
    using = sum("coupon_id" in order and order["state"] in RESERVING for order in orders)
    for item in items:
        if item["sk"].startswith(("COUPON#", "CLAIM#")) and item["uses"] != (using if COUPON in item["sk"] else 0):
            yield f"{item['sk']} has {item['uses']} uses, and {using} orders use it"


COUPONS = (
    Scenario("issue-coupon", issue_coupon, "create-listing"),
    Scenario("issue-secret-coupon", issue_secret_coupon, "create-listing"),
    Scenario("claim-by-code", claim_by_code, "issue-secret-coupon"),
    Scenario("claim-coupon", claim_coupon, "issue-coupon"),
    Scenario("end-coupon", end_coupon, "claim-coupon"),
    Scenario("order-with-coupon", order_with_coupon, "claim-coupon"),
    Scenario("pay-with-coupon", pay_with_coupon, "order-with-coupon"),
    Scenario("cancel-with-coupon", cancel_with_coupon, "order-with-coupon"),
    Scenario("cancel-paid-with-coupon", cancel_with_coupon, "pay-with-coupon"),
    Scenario("expire-with-coupon", run_commerce_schedule, "order-with-coupon", timedelta(minutes=16)),
    Scenario("pay-late-with-coupon", pay_with_coupon, "expire-with-coupon"),
    Scenario("end-coupon-of-order", end_coupon, "expire-with-coupon"),
    Scenario("pay-late-without-coupon", pay_with_coupon, "end-coupon-of-order"),
)
