"""Deleting what services store of a user in the same way: rate limits, and reports of content."""

from __future__ import annotations

from collections.abc import Iterator

from services.shared.table.items import Key
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition, iter_items


def delete_limits(table: Table, user_id: str) -> Iterator[None]:
    """Delete the rate limits of a user."""
    return delete_partition(table, f"USER#{user_id}", "LIMIT#")


def delete_reports_of(table: Table, circle_id: str, user_id: str) -> Iterator[None]:
    """Delete the user's reports in a circle, and those of the user's content. Review has stored them with their evidence."""
    for item in iter_items(table, f"CIRCLE#{circle_id}", "REPORT#"):
        if user_id in (item["reporter"], item["author"]):
            table.delete(Key.of(item), when=None)
            yield
