"""Calendar days of the members, who are in China."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.shared.kernel.clock import china_day, start_of_china_day

DAY = timedelta(days=1)


def member_day(at: datetime) -> date:
    """Return the day in China at `at`, which is a time of the server: a client could set its clock to gain days."""
    return china_day(at)


def next_day(at: datetime) -> datetime:
    """Return when the day in China at `at` ends."""
    return start_of_china_day(member_day(at) + DAY)
