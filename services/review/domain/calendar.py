"""The review's clock: whole working days of China's calendar, holidays and make-up days included, by Shanghai's midnight."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import chinese_calendar

SHANGHAI = timezone(timedelta(hours=8))  # no summer time since 1991
DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """By the State Council's yearly notice, as the library `chinesecalendar` has it; Monday to Friday where it has none."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working(start: datetime, span: timedelta) -> datetime:
    """The moment at which `span` of working time has passed: a working day counts 24 hours, any other none."""
    at, left = start.astimezone(SHANGHAI), span
    while True:
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
        if is_working_day(at.date()):
            if at + left <= midnight:
                return (at + left).astimezone(start.tzinfo)
            left -= midnight - at
        at = midnight


def working_between(start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; none when `end` is earlier."""
    at, last, passed = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI), timedelta()
    while at < last:
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
        if is_working_day(at.date()):
            passed += min(midnight, last) - at
        at = midnight
    return passed
