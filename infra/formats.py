"""Moments, periods and tables as the review console prints them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rich import box
from rich.table import Table

from services.review.domain.calendar import working_time_between


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


def new_table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for heading in headings:
        table.add_column(heading)
    return table
