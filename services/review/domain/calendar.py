"""Working time in China: whole working days from midnight to midnight in Shanghai, without public holidays.

Make-up days, on which a weekend is worked, count as working days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import chinese_calendar

from services.shared.kernel.clock import in_china, start_of_china_day

DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """By the State Council's yearly notice, from the library `chinesecalendar`; Monday to Friday in a year without one."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_time(start: datetime, span: timedelta) -> datetime:
    """Return the moment when `span` of working time has passed. A working day counts 24 hours, any other day none."""
    at, left = in_china(start), span
    while True:
        midnight = start_of_china_day(at.date() + DAY)
        if is_working_day(at.date()):
            if at + left <= midnight:
                return (at + left).astimezone(start.tzinfo)
            left -= midnight - at
        at = midnight


def working_time_between(start: datetime, end: datetime) -> timedelta:
    """Return the working time from `start` to `end`; none if `end` is earlier."""
    at, last, passed = in_china(start), in_china(end), timedelta()
    while at < last:
        midnight = start_of_china_day(at.date() + DAY)
        if is_working_day(at.date()):
            passed += min(midnight, last) - at
        at = midnight
    return passed
