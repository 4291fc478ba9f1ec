"""Finding and deleting what review stores of a deleted account."""

from __future__ import annotations

from collections.abc import Iterator

from services.shared.table.items import Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition, iter_items

CONNECTIONS = ("CIRCLE#", "INVITER#", "TRADE#")


def iter_application_ids(table: Table, user_id: str) -> Iterator[str]:
    items = query_all(table, Query(pk=f"APPLICANT#{user_id}", index="gsi1", limit=20))
    return (item["gsi1sk"] for item in items)


def erase_report_texts(table: Table, user_id: str) -> Iterator[None]:
    """Delete the text of each report of a user. The reported content, which is another user's, stays with its case."""
    for entry in query_all(table, Query(pk=f"REPORTER#{user_id}", index="gsi1", limit=100)):
        item = table.get(Key.of(entry), consistent_read=True)
        if item and "text" in item:
            table.update(Key.of(item), remove=("text",), when=None)
            yield


def iter_circle_ids(table: Table, user_id: str) -> Iterator[str]:
    """Yield every circle that the user is or was in, or waits to join."""
    return (item["sk"].removeprefix("CIRCLE#") for item in iter_items(table, f"USER#{user_id}", "CIRCLE#"))


def delete_connections(table: Table, user_id: str) -> Iterator[None]:
    """Delete the memberships, inviters and trades of a user."""
    for prefix in CONNECTIONS:
        yield from delete_partition(table, f"USER#{user_id}", prefix)


def delete_take_downs(table: Table, user_id: str) -> Iterator[None]:
    """Delete the list of what was taken down of a user: a deleted account appeals nothing."""
    return delete_partition(table, f"AUTHOR#{user_id}")
