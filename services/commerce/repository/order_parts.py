"""The parts of an order's item that few orders have: open requests for refunds, the coupon, and the shipment."""

from __future__ import annotations

from typing import Any

from services.commerce.domain.order import Order
from services.commerce.domain.refund import RefundReason, RefundRequest, Refunds
from services.commerce.domain.shipment import Parcel, Shipment
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item


def parts_to_item(order: Order) -> Item:
    """Return the attributes of the parts that the order has."""
    item: Item = {}
    if order.refunds.number:
        item["refund_number"] = order.refunds.number
    if order.refunds.requests:
        item["refunds"] = [_request_to_list(request) for request in order.refunds.requests]
    if order.seller_refunds:
        item["seller_refunds"] = order.seller_refunds
    if order.coupon_id:
        item |= {"discount": order.discount, "coupon_id": order.coupon_id}
    if order.cancel_reason:
        item["cancel_reason"] = str(order.cancel_reason)
    if one := order.shipment:
        item["shipment"] = [one.parcel.carrier, one.parcel.tracking_number, millis(one.shipped_at), one.is_corrected]
    return item


def parts_from_item(item: Item) -> dict[str, Any]:
    """Return the fields of an order that its parts are."""
    requests = tuple(_request_from_list(*values) for values in item.get("refunds", ()))
    return {
        "refunds": Refunds(requests, item.get("refund_number", 0)),
        "seller_refunds": item.get("seller_refunds", 0),
        "cancel_reason": RefundReason(item["cancel_reason"]) if "cancel_reason" in item else None,
        "discount": item.get("discount", 0),
        "coupon_id": item.get("coupon_id", ""),
        "shipment": _shipment_from_list(*item["shipment"]) if "shipment" in item else None,
    }


def sum_requested(item: Item) -> int:
    """Return the sum of the open requests of an order's item."""
    return sum(_request_from_list(*values).amount for values in item.get("refunds", ()))


def _request_to_list(request: RefundRequest) -> list[Any]:
    retry_at = millis(request.retry_at) if request.retry_at else None
    about = [request.number, request.amount, str(request.reason), millis(request.requested_at)]
    return [*about, retry_at, request.is_reported]


def _request_from_list(
    number: int, amount: int, reason: str, requested_at: int, retry_at: int | None, is_reported: bool
) -> RefundRequest:
    retry = None if retry_at is None else from_millis(retry_at)
    return RefundRequest(number, amount, RefundReason(reason), from_millis(requested_at), retry, is_reported)


def _shipment_from_list(carrier: str, tracking_number: str, shipped_at: int, is_corrected: bool) -> Shipment:
    return Shipment(Parcel(carrier, tracking_number), from_millis(shipped_at), is_corrected)
