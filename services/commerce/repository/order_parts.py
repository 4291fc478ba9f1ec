"""The parts of an order that few orders have: open requests for refunds, the coupon, the shipment, returns and disputes."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from services.commerce.domain.order import Order
from services.commerce.domain.refund import RefundReason, RefundRequest, Refunds
from services.commerce.domain.shipment import Parcel, Shipment
from services.commerce.domain.suspicion import Suspicion, SuspicionState
from services.commerce.domain.traces import NO_TRACES, Traces
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item

COUNTS = ("refunded", "charged_back", "seller_refunds")
FLAGS = ("has_unapplied_payments", "has_address")
MOMENTS = ("disputable_until", "paused_due_at")


def parts_to_item(order: Order) -> Item:
    """Return the attributes of the parts that the order has."""
    item: Item = {name: getattr(order, name) for name in COUNTS if getattr(order, name)}
    item |= {name: True for name in FLAGS if getattr(order, name)}
    if order.minor_ids:
        item["minor_ids"] = list(order.minor_ids)
    if order.refunds.number:
        item["refund_number"] = order.refunds.number
    if order.refunds.requests:
        item["refunds"] = [_request_to_list(request) for request in order.refunds.requests]
    if order.coupon_id:
        item |= {"discount": order.discount, "coupon_id": order.coupon_id}
    if order.cancel_reason:
        item["cancel_reason"] = str(order.cancel_reason)
    if one := order.shipment:
        item["shipment"] = [one.parcel.carrier, one.parcel.tracking_number, millis(one.shipped_at), one.is_corrected]
    return item | _freeze_to_item(order) | _traces_to_item(order)


def _traces_to_item(order: Order) -> Item:
    item: Item = {"traces": list(astuple(order.traces))} if order.traces != NO_TRACES else {}
    if order.suspicion:
        item["suspicion"] = [str(order.suspicion.state), *order.suspicion.signals]
    return item


def _freeze_to_item(order: Order) -> Item:
    item: Item = {}
    if any(line.returning or line.returned for line in order.lines):
        item["returns"] = [[line.returning, line.returned] for line in order.lines]
    if order.return_days:
        item["return_days"] = order.return_days
    if order.disputes:
        item |= {"dispute_id": order.dispute_id, "disputes": order.disputes}
    for name in MOMENTS:
        if moment := getattr(order, name):
            item[name] = millis(moment)
    return item


def parts_from_item(item: Item) -> dict[str, Any]:
    """Return the fields of an order that its parts are."""
    requests = tuple(_request_from_list(*values) for values in item.get("refunds", ()))
    return {
        "refunds": Refunds(requests, item.get("refund_number", 0)),
        **{name: item.get(name, 0) for name in COUNTS},
        **{name: item.get(name, False) for name in FLAGS},
        "cancel_reason": RefundReason(item["cancel_reason"]) if "cancel_reason" in item else None,
        "discount": item.get("discount", 0),
        "coupon_id": item.get("coupon_id", ""),
        "minor_ids": tuple(item.get("minor_ids", ())),
        "shipment": _shipment_from_list(*item["shipment"]) if "shipment" in item else None,
        "return_days": item.get("return_days", 0),
        "dispute_id": item.get("dispute_id", ""),
        "disputes": item.get("disputes", 0),
        **{name: from_millis(item[name]) for name in MOMENTS if name in item},
        "traces": Traces(*item["traces"]) if "traces" in item else NO_TRACES,
        "suspicion": _suspicion_from_list(*item["suspicion"]) if "suspicion" in item else None,
    }


def sum_requested(item: Item) -> int:
    """Return the sum of the open requests of an order's item."""
    return sum(_request_from_list(*values).amount for values in item.get("refunds", ()))


def _suspicion_from_list(state: str, *signals: str) -> Suspicion:
    return Suspicion(SuspicionState(state), signals)


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
