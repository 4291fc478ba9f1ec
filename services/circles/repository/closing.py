"""Where the items of a circle are, for deleting them after it closes."""

from __future__ import annotations

from collections.abc import Iterator

from services.circles.repository.keys import user_item_key
from services.circles.repository.notes import like_key
from services.circles.repository.pictures import picture_key
from services.shared.table.pages import query_all
from services.shared.table.port import Item, Query, Table


def iter_items(table: Table, pk: str, prefix: str | None) -> Iterator[Item]:
    """Yield the items of a partition, or those with a prefix, with consistent reads."""
    return query_all(table, Query(pk=pk, prefix=prefix, limit=500, consistent_read=True))


def member_partitions(circle_id: str, user_id: str) -> list[str]:
    """Return the partitions that belong to one member."""
    keys = (user_item_key(circle_id, user_id, ""), like_key(circle_id, "", user_id), picture_key(circle_id, user_id, ""))
    return [key.pk for key in keys]


def remaining_partitions(circle_id: str) -> list[tuple[str, str | None]]:
    """Return the partitions, with a prefix or None, that belong to no member and no note.

    Reports are included: review stores their evidence.
    """
    circle = f"CIRCLE#{circle_id}"
    in_circle: list[tuple[str, str | None]] = [(circle, prefix) for prefix in ("PINS", "LISTING#", "REPORT#")]
    others = (*(f"{circle}#{name}" for name in ("HIGHLIGHTS", "DIGESTS", "HEALTH")), f"TEASER#{circle_id}")
    return [*in_circle, *((pk, None) for pk in others)]
