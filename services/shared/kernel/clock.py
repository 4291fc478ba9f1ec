"""Time comes in as an argument; here is where the real one is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))  # where members are: one zone, and no summer time since 1991
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """In whole milliseconds, as items keep it: an answer is the same before and after it was stored."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def millis(at: datetime) -> int:
    """Milliseconds since 1970 UTC, exact (no float on the way)."""
    elapsed = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def from_millis(value: int) -> datetime:
    seconds, rest = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def rfc3339(at: datetime) -> str:
    """`2026-11-23T08:30:00.125Z`: fixed width, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    return datetime.fromisoformat(text)


def next_version(old: int, at: datetime) -> int:
    """Versions grow even where the clock stands still or steps back: max(old + 1, now in ms)."""
    return max(old + 1, millis(at))
