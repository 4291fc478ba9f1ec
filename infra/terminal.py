"""Text of people in a terminal, where a control character is a command and a bidi override changes what is read. Times too."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from services.review.domain.calendar import working_time_between

DRAWN = frozenset("\n\t\u200c\u200d")  # joiners: emoji and scripts need them


def escape_controls(value: Any) -> Any:
    """Return a JSON value with the control, format, separator and unassigned characters of its texts escaped."""
    if isinstance(value, str):
        return "".join(map(_escaped, value))
    if isinstance(value, list):
        return [escape_controls(part) for part in value]
    if isinstance(value, dict):
        return {escape_controls(name): escape_controls(part) for name, part in value.items()}
    return value


def _escaped(character: str) -> str:
    category = unicodedata.category(character)
    is_drawn = character in DRAWN or not (category[0] == "C" or category in ("Zl", "Zp"))
    return character if is_drawn else f"\\u{{{ord(character):04x}}}"


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def format_time(text: str) -> str:
    return f"{parse_time(text).astimezone():%m-%d %H:%M}"


def format_age(text: str | None) -> str:
    return format_duration(datetime.now(UTC) - parse_time(text)) if text else ""


def format_time_left(text: str) -> str:
    """Return the working time until a moment, or since that moment if it has passed."""
    now, due = datetime.now(UTC), parse_time(text)
    if now >= due:
        return f"[red]已超 overdue {format_duration(working_time_between(due, now))}[/red]"
    rest = working_time_between(now, due)
    return f"[yellow]{format_duration(rest)}[/yellow]" if rest < timedelta(hours=24) else format_duration(rest)


def format_duration(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"
