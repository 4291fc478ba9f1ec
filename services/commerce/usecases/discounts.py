"""The coupons of orders: used when orders are placed, and kept or used again when they are paid."""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.domain import Order, OrderState
from services.commerce.errors import CouponNotApplicable, CouponNotFound, CouponUsedUp
from services.commerce.repository import coupons
from services.commerce.repository.coupons import ClaimedCoupon
from services.commerce.usecases.ports import Ports
from services.shared.table.port import Write


def use_coupons(ports: Ports, placed: Sequence[Order], coupon_ids: Sequence[str]) -> tuple[list[Order], list[Write]]:
    """Return the new orders with the discounts of these coupons, and the writes that use them.

    Each coupon is for the first order that it fits and that has none. An order has one coupon.

    Cost: 1 read unit per coupon, in one request; 2 write units for a coupon and 2 for its claim.
    Raises: CouponNotFound (also if the buyer has not claimed it, or it is of another circle), CouponInactive,
    CouponNotApplicable, CouponUsedUp.
    """
    if not coupon_ids:
        return list(placed), []
    orders, writes = list(placed), list[Write]()
    found = coupons.find_claimed(ports.table, orders[0].circle_id, orders[0].buyer_id, coupon_ids)
    for claimed in found:
        if claimed is None:
            raise CouponNotFound
        number, order = _apply_to_first(orders, claimed)
        if claimed.is_used_up:
            raise CouponUsedUp
        orders[number] = order
        writes += coupons.take_use(claimed, is_unchanged=True)
    return orders, writes


def _apply_to_first(orders: Sequence[Order], claimed: ClaimedCoupon) -> tuple[int, Order]:
    """Return the first order that the coupon fits, with its discount. Raises: CouponInactive, CouponNotApplicable."""
    for number, order in enumerate(orders):
        try:
            return number, order.apply_coupon(claimed.coupon)
        except CouponNotApplicable:
            continue
    raise CouponNotApplicable


def keep_use(ports: Ports, order: Order, *, is_late: bool) -> list[Write] | None:
    """Return the writes with which an order that is paid keeps its coupon or uses it again; None if it cannot.

    As with its units: a payment in time needs only that a use is left, if the order gave its own back. A late one also
    needs that the coupon is active now.

    Cost: 2 read units, of an order with a coupon that is late or has expired.
    """
    is_reserved = order.state is OrderState.RESERVED
    if not order.coupon_id or (is_reserved and not is_late):
        return []
    ids = [order.coupon_id]
    (claimed,) = coupons.find_claimed(ports.table, order.circle_id, order.buyer_id, ids, consistent_read=True)
    if claimed is None or (is_late and not claimed.coupon.is_active(ports.clock())):
        return None
    if is_reserved:
        return [coupons.require_unchanged(claimed.coupon)]
    return None if claimed.is_used_up else [*coupons.take_use(claimed, is_unchanged=is_late)]
