"""Deleting the items of a circle after it closes. Each function yields after each deletion, so that its caller can stop."""

from __future__ import annotations

from collections.abc import Iterator

from services.circles.repository.keys import user_item_key
from services.circles.repository.notes import like_key
from services.shared.pictures.checks import picture_partition
from services.shared.table.port import Table
from services.shared.table.purging import delete_item, delete_partition, iter_items


def delete_member_items(table: Table, circle_id: str, user_id: str) -> Iterator[None]:
    """Delete what a member stored in the circle."""
    partitions = (user_item_key(circle_id, user_id, "").pk, like_key(circle_id, "", user_id).pk)
    for pk in (*partitions, picture_partition(circle_id, user_id)):
        yield from delete_partition(table, pk)


def delete_notes(table: Table, circle_id: str) -> Iterator[None]:
    """Delete each note after its comments and revisions, which are found by the note's id."""
    for item in iter_items(table, f"CIRCLE#{circle_id}", "NOTE#"):
        yield from delete_partition(table, f"CIRCLE#{circle_id}#NOTE#{item['id']}")
        delete_item(table, item)
        yield


def delete_remaining_items(table: Table, circle_id: str) -> Iterator[None]:
    """Delete what belongs to no member and no note. Reports are included: review stores their evidence."""
    circle = f"CIRCLE#{circle_id}"
    for prefix in ("PINS", "LISTING#", "REPORT#"):
        yield from delete_partition(table, circle, prefix)
    for pk in (
        *(f"{circle}#{name}" for name in ("HIGHLIGHTS", "DIGESTS", "HEALTH", "MODERATION_LOG", "GUARDRAILS", "BRAKE")),
        *(f"{circle}#{name}" for name in ("CAMPAIGNS", "AUDIENCE")),
        f"TEASER#{circle_id}",
    ):
        yield from delete_partition(table, pk)
