"""When a product can be returned: in the days after its receipt, by the calendar in China."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.shared.kernel.clock import china_day, start_of_china_day


def end_of_return_window(received_at: datetime, days: int) -> datetime:
    """Return the first moment that is too late for a return. The day of receipt does not count.

    With 7 days, the last second is day 7 at 23:59:59 in China. Without days, it is the receipt itself.
    """
    if not days:
        return received_at
    return start_of_china_day(china_day(received_at) + timedelta(days=days + 1)).astimezone(UTC)
