"""Payments that no order keeps, stored by buyer and order, in the index of what is due."""

from __future__ import annotations

from typing import Any

from services.commerce.domain.payment import UnappliedPayment
from services.commerce.errors import OrderNotFound
from services.commerce.repository.orders import Due, due_attributes
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

PREFIX = "PAYMENT#"
NUMBERS = ("captured", "refunded", "requested", "request_number", "charged_back", "version")
TEXTS = ("payment_id", "buyer_id", "order_id", "circle_id", "currency")


def payment_key(payment: UnappliedPayment) -> Key:
    return Key(f"BUYER#{payment.buyer_id}", f"{PREFIX}{payment.order_id}#{payment.payment_id}:{payment.currency}")


def load_payment_or(table: Table, new: UnappliedPayment) -> Versioned[UnappliedPayment]:
    """Load the payment of the order, id and currency of `new`, or return `new` as the payment that its first save creates."""
    return PAYMENTS.load_or(table, payment_key(new), new)


def load_payment(table: Table, key: Due) -> Versioned[UnappliedPayment]:
    return PAYMENTS.load(table, key)


def is_payment_key(key: Due) -> bool:
    return key.sk.startswith(PREFIX)


def payment_to_item(payment: UnappliedPayment) -> Item:
    item: Item = {**payment_key(payment).attributes(), "is_reported": payment.is_reported}
    item |= {name: getattr(payment, name) for name in (*TEXTS, *NUMBERS)}
    if payment.unbalanced_since:
        item["unbalanced_since"] = millis(payment.unbalanced_since)
    return item | due_attributes(payment.due_at, payment.order_id, payment.payment_id)


def payment_from_item(item: Item) -> UnappliedPayment:
    fields: dict[str, Any] = {name: item[name] for name in (*TEXTS, *NUMBERS, "is_reported")}
    fields |= {name: from_millis(item[name]) for name in ("unbalanced_since", "due_at") if name in item}
    return UnappliedPayment(**fields)


PAYMENTS = EntityStore(payment_to_item, payment_from_item, OrderNotFound)
