"""The events that the commerce service publishes, and the builder of each from the item that carries it."""

from __future__ import annotations

from typing import Any

from services.commerce.domain.listing import removal_case_id
from services.commerce.domain.receipt import receipt_of
from services.commerce.repository.listing_items import stock_on_sale
from services.commerce.repository.order_parts import sum_requested
from services.commerce.repository.orders import order_from_item
from services.commerce.repository.touches import buyer_id_of_attribution, order_id_of_attribution
from services.commerce.repository.trades import group_evidence
from services.shared.kernel.clock import from_millis
from services.shared.messaging.erasure import erased_event_builder
from services.shared.messaging.events import (
    ChargebackChanged,
    ChargebackChangedData,
    ContentReportedData,
    DeletionChecked,
    DeletionCheckedData,
    DeletionObstacle,
    DifferenceReported,
    DisputeChanged,
    DisputeChangedData,
    ListingAttributionData,
    ListingChanged,
    ListingChangedData,
    ListingRemoved,
    ListingRemovedData,
    ListingReported,
    OrderAttributed,
    OrderAttributedData,
    OrderChanged,
    OrderChangedData,
    OrderLineData,
    OrderPartlyRefunded,
    OrderPartlyRefundedData,
    OrderSuspected,
    OrderSuspectedData,
    PaymentReported,
    PayoutAccountChanged,
    PayoutAccountChangedData,
    PayoutChanged,
    PayoutChangedData,
    ReceiptChanged,
    ReceiptChangedData,
    ReceiptLineData,
    ReturnChanged,
    ReturnChangedData,
    SellingReported,
    TradesErased,
    TradesExported,
    TradesReported,
)
from services.shared.messaging.exports import parts_event_builder
from services.shared.messaging.outbox import PendingEvent, Publications
from services.shared.messaging.reports import NO_USER_ID, report_event_builder
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item


def listing_changed(item: Item, pending: PendingEvent) -> ListingChanged:
    """Build ListingChanged. A listing that is down has no title for others: its cards show that it is off sale."""
    stock, option_count = stock_on_sale(item)
    data = ListingChangedData(
        listing_id=item["id"],
        circle_id=item["circle_id"],
        seller_id=item["seller_id"],
        kind=item["kind"],
        title="" if is_down(item) else item["title"],
        amount=item["amount"],
        currency=item["currency"],
        stock=stock,
        option_count=option_count,
        on_sale=item["on_sale"],
    )
    return ListingChanged(**pending.envelope(item["id"]), data=data)


def listing_removed(item: Item, pending: PendingEvent) -> ListingRemoved:
    """Build ListingRemoved, from the evidence that was stored with the removal."""
    data = ListingRemovedData(
        listing_id=item["id"],
        circle_id=item["circle_id"],
        seller_id=item["seller_id"],
        moderator_id=item["removed_by"],
        case_id=removal_case_id(item["id"], item["removed_at"]),
        reason=item["removal_reason"],
        evidence=item["evidence"],
    )
    return ListingRemoved(**pending.envelope(item["id"]), data=data)


def order_changed(item: Item, pending: PendingEvent) -> OrderChanged:
    data = OrderChangedData(
        order_id=item["id"],
        circle_id=item["circle_id"],
        buyer_id=item["buyer_id"],
        seller_id=item["seller_id"],
        lines=[_order_line(*line) for line in item["lines"]],
        cancel_reason=item.get("cancel_reason"),
        state=item["state"],
    )
    return OrderChanged(**pending.envelope(item["id"]), data=data)


def order_attributed(item: Item, pending: PendingEvent) -> OrderAttributed:
    attributions = [
        ListingAttributionData(listing_id=listing_id, source_kind=kind, source_id=source_id, seq=seq, user_id=user_id)
        for listing_id, (kind, source_id, seq, user_id) in item["winners"].items()
    ]
    order_id, ids = order_id_of_attribution(item), {name: item[name] for name in ("circle_id", "seller_id", "owner_id")}
    buyer_id, placed_at = buyer_id_of_attribution(item), from_millis(item["created_at"])
    data = OrderAttributedData(order_id=order_id, **ids, buyer_id=buyer_id, placed_at=placed_at, attributions=attributions)
    return OrderAttributed(**pending.envelope(order_id), data=data)


def order_partly_refunded(item: Item, pending: PendingEvent) -> OrderPartlyRefunded:
    data = OrderPartlyRefundedData(
        order_id=item["id"],
        circle_id=item["circle_id"],
        buyer_id=item["buyer_id"],
        seller_id=item["seller_id"],
        refunded_amount=item["refunded"],
        currency=item["currency"],
    )
    return OrderPartlyRefunded(**pending.envelope(item["id"]), data=data)


def receipt_changed(item: Item, pending: PendingEvent) -> ReceiptChanged:
    order = order_from_item(item)
    receipt = receipt_of(order)
    if receipt is None:
        raise ValueError("an order that is not received carries no ReceiptChanged")
    lines = [
        ReceiptLineData(listing_id=line.listing_id, option_id=line.option_id, is_returned=is_returned)
        for line, is_returned in zip(order.lines, receipt.returned, strict=True)
    ]
    ids = {"circle_id": order.circle_id, "buyer_id": order.buyer_id, "seller_id": order.seller_id}
    data = ReceiptChangedData(order_id=order.id, **ids, kept_percent=receipt.kept_percent, lines=lines)
    return ReceiptChanged(**pending.envelope(order.id), data=data)


def order_suspected(item: Item, pending: PendingEvent) -> OrderSuspected:
    ids = {name: item[name] for name in ("circle_id", "buyer_id", "seller_id", "owner_id")}
    data = OrderSuspectedData(order_id=item["id"], **ids, state=item["suspicion"][0])
    return OrderSuspected(**pending.envelope(item["id"]), data=data)


def _order_line(listing_id: str, option_id: str, title: str, option_name: str, quantity: int, *_: Any) -> OrderLineData:
    return OrderLineData(listing_id=listing_id, option_id=option_id, quantity=quantity)


def chargeback_changed(item: Item, pending: PendingEvent) -> ChargebackChanged:
    data = ChargebackChangedData.model_validate({name: item[name] for name in ChargebackChangedData.model_fields})
    return ChargebackChanged(**pending.envelope(item["chargeback_id"]), data=data)


# The evidence of a report: of a payment that no order keeps, of a chargeback, and of an order whose refund fails.
EVIDENCE = ("order_id", "currency", "captured", "refunded", "charged_back", "requested", "chargeback_id", "amount", "state")


def payment_reported(item: Item, pending: PendingEvent) -> PaymentReported:
    """Build PaymentReported: a report of the payment without a reporter, with its sums or its chargeback as evidence."""
    data = ContentReportedData(
        service="commerce",
        kind="payment",
        subject_id=item["payment_id"],
        circle_id=item["circle_id"],
        author_id=item["buyer_id"],
        reporter_id=NO_USER_ID,
        reason="other",
        text="",
        evidence=_evidence_of(item),
        revision=item["version"],  # a later report adds the sums of then to an open case
    )
    return PaymentReported(**pending.envelope(item["payment_id"]), data=data)


def selling_reported(item: Item, pending: PendingEvent) -> SellingReported:
    """Build SellingReported: a report of the circle's sales without a reporter, with what is on sale as evidence."""
    data = ContentReportedData(
        service="commerce",
        kind="selling_pause",  # reviewers decide about the circle's commerce, and take nothing down
        subject_id=f"{item['circle_id']}/{item['version']}",
        circle_id=item["circle_id"],
        author_id=item["owner_id"],
        reporter_id=NO_USER_ID,
        reason="other",
        text="",
        evidence=item["evidence"],
    )
    return SellingReported(**pending.envelope(data.subject_id), data=data)


def trades_reported(item: Item, pending: PendingEvent) -> TradesReported:
    """Build TradesReported: a report of a group without a reporter and without an author, since nothing is decided."""
    data = ContentReportedData(
        service="commerce",
        kind="suspected_trades",
        subject_id=f"{item['circle_id']}/{item['id']}",
        circle_id=item["circle_id"],
        author_id=NO_USER_ID,
        reporter_id=NO_USER_ID,
        reason="other",
        text="",
        evidence=group_evidence(item),
        revision=item["version"],  # a later report adds the group of then to an open case
    )
    return TradesReported(**pending.envelope(data.subject_id), data=data)


def _evidence_of(item: Item) -> dict[str, Any]:
    of_order = {} if "order_id" in item else {"order_id": item["id"], "requested": sum_requested(item)}
    return {name: item[name] for name in EVIDENCE if name in item} | of_order


def difference_reported(item: Item, pending: PendingEvent) -> DifferenceReported:
    """Build DifferenceReported: a report of the movement without a reporter, with both sums as evidence."""
    data = ContentReportedData(
        service="commerce",
        kind="movement",
        subject_id=item["movement"],
        circle_id="",
        author_id=item["user_id"] or NO_USER_ID,
        reporter_id=NO_USER_ID,
        reason="other",
        text="",
        evidence={name: item[name] for name in ("flaw", "subject", "currency", "at_provider", "in_ledger")},
        revision=item["version"],
    )
    return DifferenceReported(**pending.envelope(item["movement"]), data=data)


def payout_changed(item: Item, pending: PendingEvent) -> PayoutChanged:
    names = ("user_id", "source", "amount", "currency", "state")
    fields = {name: item[name] for name in names}
    data = PayoutChangedData(payout_id=item["id"], end_reason=item["reason"], **fields)
    return PayoutChanged(**pending.envelope(item["id"]), data=data)


def payout_account_changed(item: Item, pending: PendingEvent) -> PayoutAccountChanged:
    """Build PayoutAccountChanged. The provider's id of the account stays inside."""
    data = PayoutAccountChangedData(
        user_id=item["user_id"],
        verification=item["verification"],
        currently_due=item["currently_due"],
        held_until=from_millis(item["held_until"]) if "held_until" in item else None,
    )
    return PayoutAccountChanged(**pending.envelope(item["user_id"]), data=data)


def deletion_checked(item: Item, pending: PendingEvent) -> DeletionChecked:
    obstacles = [DeletionObstacle(kind=kind, id=order_id) for kind, order_id in item["obstacles"]]
    data = DeletionCheckedData(user_id=item["user_id"], check=item["check"], obstacles=obstacles)
    return DeletionChecked(**pending.envelope(item["user_id"]), data=data)


def return_changed(item: Item, pending: PendingEvent) -> ReturnChanged:
    ids = {name: item[name] for name in ("order_id", "circle_id", "buyer_id", "seller_id")}
    data = ReturnChangedData(return_id=item["id"], **ids, state=item["state"])
    return ReturnChanged(**pending.envelope(item["id"]), data=data)


def dispute_changed(item: Item, pending: PendingEvent) -> DisputeChanged:
    ids = {name: item[name] for name in ("order_id", "circle_id", "buyer_id", "seller_id", "owner_id")}
    facts = {name: item[name] for name in ("reason", "amount", "currency", "state")}
    data = DisputeChangedData(dispute_id=item["id"], **ids, **facts, has_answer=bool(item["answer"]))
    return DisputeChanged(**pending.envelope(item["id"]), data=data)


PUBLICATIONS: Publications = {
    "ChargebackChanged": chargeback_changed,
    "ListingChanged": listing_changed,
    "ListingRemoved": listing_removed,
    "ListingReported": report_event_builder(ListingReported),
    "OrderChanged": order_changed,
    "OrderAttributed": order_attributed,
    "OrderPartlyRefunded": order_partly_refunded,
    "ReceiptChanged": receipt_changed,
    "OrderSuspected": order_suspected,
    "PaymentReported": payment_reported,
    "TradesReported": trades_reported,
    "SellingReported": selling_reported,
    "DifferenceReported": difference_reported,
    "PayoutChanged": payout_changed,
    "PayoutAccountChanged": payout_account_changed,
    "ReturnChanged": return_changed,
    "DisputeChanged": dispute_changed,
    "TradesExported": parts_event_builder(TradesExported),
    "DeletionChecked": deletion_checked,
    "TradesErased": erased_event_builder(TradesErased),
}
