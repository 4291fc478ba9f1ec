"""Conversions of time, and the real clock. Use cases get the current time as an argument.

An item stores a moment as milliseconds since 1970 (`millis`). A sort key has RFC 3339 text (`rfc3339`), or milliseconds with
leading zeros. `expires_at`, which DynamoDB reads, and `valid_after`, which is compared with tokens, are in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from math import ceil

CHINA = timezone(timedelta(hours=8))  # the time zone of all members; without daylight saving time since 1991
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in whole milliseconds, so that a stored moment is read back unchanged."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def millis(at: datetime) -> int:
    """Return the milliseconds since 1970 UTC. Computed with integers only: a float is not exact."""
    elapsed = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def millis_of(period: timedelta) -> int:
    """Return a period in whole milliseconds. Computed with integers only, like `millis`."""
    return period // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    seconds, rest = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def rfc3339(at: datetime) -> str:
    """Return `2026-11-23T08:30:00.125Z`: of fixed width, so that texts sort like moments."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    return datetime.fromisoformat(text)


def next_version(old: int, at: datetime) -> int:
    """Return max(old + 1, `at` in milliseconds): a higher version also if the clock goes back."""
    return max(old + 1, millis(at))


def in_china(at: datetime) -> datetime:
    """Return the same moment with the date and the time of China."""
    return at.astimezone(CHINA)


def china_day(at: datetime) -> date:
    """Return the calendar day in China at a moment."""
    return in_china(at).date()


def china_month(at: datetime) -> str:
    """Return the month in China at a moment, as `2026-11`."""
    return f"{china_day(at):%Y-%m}"


def shift_month(month: str, months: int) -> str:
    """Return the month that is so many months later, or earlier."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return f"{number // 12:04}-{number % 12 + 1:02}"


def start_of_china_day(day: date) -> datetime:
    """Return when a day in China begins."""
    return datetime.combine(day, time(), CHINA)


def next_china_time(after: datetime, of_day: time) -> datetime:
    """Return the first moment later than `after` at which it is this time in China, in the time zone of `after`."""
    today = datetime.combine(china_day(after), of_day, CHINA)
    return (today if today > after else today + timedelta(days=1)).astimezone(after.tzinfo)


def seconds_until_tomorrow(at: datetime) -> int:
    """Return the seconds until the next day begins in China, at least 1."""
    tomorrow = start_of_china_day(china_day(at) + timedelta(days=1))
    return max(1, ceil((tomorrow - at).total_seconds()))


def is_within_hours(at: datetime, start: time, end: time) -> bool:
    """Whether a moment is in hours of the day in China. If `start` is the later one, they span midnight."""
    return is_time_within(in_china(at).time(), start, end)


def is_time_within(at: time, start: time, end: time) -> bool:
    """Whether a time of the day is from `start` to before `end`. If `start` is the later one, they span midnight."""
    return start <= at < end if start <= end else at >= start or at < end
