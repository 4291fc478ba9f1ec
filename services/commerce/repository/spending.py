"""What minors spend in a month of China, an item per identity: all users of one identity share it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from services.shared.kernel.clock import china_month, millis
from services.shared.table.items import Attr, Condition, Key, Update
from services.shared.table.pages import get_all
from services.shared.table.port import Table

LIFETIME = timedelta(days=62)  # the month has ended; what orders give back to it later changes no limit


def spending_key(identity_id: str, month: str) -> Key:
    return Key(f"SPENDING#{identity_id}", month)


def get_spending(table: Table, identity_ids: Collection[str], month: str) -> int:
    """Return the most that one of these identities has spent in a month. Cost: 1 read unit per identity."""
    items = get_all(table, [spending_key(identity_id, month) for identity_id in identity_ids], consistent_read=True)
    return max((item["amount"] for item in items.values()), default=0)


def add_spending(identity_id: str, placed_at: datetime, amount: int, limit: int) -> Update:
    """Return the write that adds to the spending of a month, under the condition that the sum is within the limit."""
    within = Attr("amount").not_exists() | Attr("amount").le(limit - amount)
    return _add(identity_id, placed_at, amount, within)


def return_spending(identity_id: str, placed_at: datetime, amount: int) -> Update:
    """Return the write that gives a part of the spending of a month back. No limit can deny it."""
    return _add(identity_id, placed_at, -amount, None)


def _add(identity_id: str, placed_at: datetime, amount: int, when: Condition | None) -> Update:
    expires_at = millis(placed_at + LIFETIME) // 1000
    key = spending_key(identity_id, china_month(placed_at))
    return Update(key, when, set={"expires_at": expires_at}, add={"amount": amount})
