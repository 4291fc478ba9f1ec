"""Where everything of a circle lies, for when it ends."""

from __future__ import annotations

from collections.abc import Iterator

from services.circles.repository.notes import like_key
from services.circles.repository.pictures import picture_key
from services.circles.repository.presence import person_key
from services.shared.table.port import Item, Query, Table
from services.shared.table.queries import query_all


def rows(table: Table, pk: str, prefix: str | None) -> Iterator[Item]:
    """All rows of a partition, or those with a prefix, read strongly."""
    return query_all(table, Query(pk=pk, prefix=prefix, limit=500, consistent_read=True))


def partitions_of(circle_id: str, user_id: str) -> list[str]:
    """What belongs to one member."""
    keys = (person_key(circle_id, user_id, ""), like_key(circle_id, "", user_id), picture_key(circle_id, user_id, ""))
    return [key.pk for key in keys]


def rest_of(circle_id: str) -> list[tuple[str, str | None]]:
    """What belongs to nobody: the archive, pins, goods that cards showed, reports (their evidence is with review), digests."""
    circle = f"CIRCLE#{circle_id}"
    inside: list[tuple[str, str | None]] = [(circle, prefix) for prefix in ("PINS", "LISTING#", "REPORT#")]
    return [*inside, *((f"{circle}#{name}", None) for name in ("ARCHIVE", "DIGESTS", "HEALTH")), (f"TEASER#{circle_id}", None)]
