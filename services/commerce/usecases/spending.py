"""What minors spend in a month, at most the cap. An order of an adult writes and reads nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.commerce.domain import Order
from services.commerce.errors import MinorSpendingLimitReached
from services.commerce.repository import spending
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import china_day, china_month, rfc3339, start_of_china_day
from services.shared.table.port import Write


def count_spending(ports: Ports, placed: Sequence[Order]) -> list[Write]:
    """Return the writes that count new orders of one buyer who is a minor, for the transaction that places them.

    Their condition is the cap, so orders that are placed at once never exceed it together.

    Cost: nothing for an adult; 2 write units and 1 read unit per identity of a minor.
    Raises: MinorSpendingLimitReached (`resets_at` is the start of the next month in China).
    """
    first, limit = placed[0], settings().minor_monthly_spending
    if not first.minor_ids:
        return []
    amount, month = sum(order.spent for order in placed), china_month(first.created_at)
    left = max(limit - spending.get_spending(ports.table, first.minor_ids, month), 0)
    if amount > left:
        raise MinorSpendingLimitReached(limit=limit, remaining=left, resets_at=rfc3339(_end_of_month(first.created_at)))
    return [spending.add_spending(identity_id, first.created_at, amount, limit) for identity_id in first.minor_ids]


def spending_writes(before: Order, after: Order) -> list[Write]:
    """Return the writes that follow from the change of an order: what goes back to the buyer is not spent.

    They belong to the transaction of the change, so each amount is returned exactly once. An expired order that is paid in time
    counts again, under the condition of the cap.
    """
    change, limit = after.spent - before.spent, settings().minor_monthly_spending
    if not change:
        return []
    at = after.created_at
    if change < 0:
        return [spending.return_spending(identity_id, at, -change) for identity_id in after.minor_ids]
    return [spending.add_spending(identity_id, at, change, limit) for identity_id in after.minor_ids]


def can_count_again(ports: Ports, order: Order) -> bool:
    """Whether an order that is paid now counts already, or still fits under the cap."""
    if order.spent or not order.minor_ids:
        return True
    spent = spending.get_spending(ports.table, order.minor_ids, china_month(order.created_at))
    return spent + order.total.amount <= settings().minor_monthly_spending


def _end_of_month(at: datetime) -> datetime:
    return start_of_china_day((china_day(at).replace(day=1) + timedelta(days=32)).replace(day=1))
