"""When a product can be returned: in the days after its receipt, by the calendar in China."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from services.shared.kernel.clock import CHINA


def end_of_return_window(received_at: datetime, days: int) -> datetime:
    """Return the first moment that is too late for a return. The day of receipt does not count.

    With 7 days, the last second is day 7 at 23:59:59 in China. Without days, it is the receipt itself.
    """
    if not days:
        return received_at
    first_day_after = received_at.astimezone(CHINA).date() + timedelta(days=days + 1)
    return datetime.combine(first_day_after, time(), CHINA).astimezone(UTC)
