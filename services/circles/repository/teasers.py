"""Teasers, in partitions of their own: whoever reads one touches nothing of the circle itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain.presence import member_day
from services.circles.domain.teaser import MAX_REQUESTS_A_DAY, Teaser
from services.circles.errors import CircleNotFound, TooManyJoinRequests
from services.shared.kernel.clock import millis, parse, rfc3339
from services.shared.table.port import (
    Attr,
    ConditionFailed,
    Item,
    Key,
    Page,
    Query,
    Table,
)


def teaser_key(circle_id: str) -> Key:
    return Key(f"TEASER#{circle_id}", "TEASER")


def find_teaser(table: Table, circle_id: str) -> Teaser:
    teaser = look_at_teaser(table, circle_id)
    if teaser is None:
        raise CircleNotFound
    return teaser


def look_at_teaser(table: Table, circle_id: str, *, consistent_read: bool = False) -> Teaser | None:
    item = table.get(teaser_key(circle_id), consistent_read=consistent_read)
    return _teaser_from_item(item) if item else None


def keep_teaser(table: Table, teaser: Teaser) -> None:
    table.put(teaser_to_item(teaser), when=None)


def delete_teaser(table: Table, circle_id: str) -> None:
    table.delete(teaser_key(circle_id), when=None)


def list_teasers(table: Table, slug: str, limit: int, start: Item | None) -> Page:
    """Keys of the teasers under an interest, the newest first."""
    return table.query(Query(pk=f"TEASERS#{slug}", index="gsi1", limit=limit, start=start, newest_first=True))


def teaser_to_item(teaser: Teaser) -> Item:
    return {
        **teaser_key(teaser.circle_id).attributes(),
        "circle_id": teaser.circle_id,
        "name": teaser.name,
        "words": teaser.words,
        "tags": list(teaser.tags),
        "slug": teaser.slug,
        "shown_since": rfc3339(teaser.shown_since),
        "version": teaser.version,
        "gsi1pk": f"TEASERS#{teaser.slug}",
        "gsi1sk": f"{rfc3339(teaser.shown_since)}#{teaser.circle_id}",
    }


def _teaser_from_item(item: Item) -> Teaser:
    said = (item["name"], item["words"], tuple(item["tags"]), item["slug"])
    return Teaser(item["circle_id"], *said, parse(item["shown_since"]), item["version"])


def count_request(table: Table, user_id: str, at: datetime) -> None:
    """One more knock of somebody today, on any circle; TooManyRequests beyond five."""
    key = Key(f"REQUESTER#{user_id}", f"DAY#{member_day(at)}")
    few = Attr("count").not_exists() | Attr("count").lt(MAX_REQUESTS_A_DAY)
    expires_at = millis(at + timedelta(days=2)) // 1000
    try:
        table.update(key, add={"count": 1}, set={"expires_at": expires_at}, when=few)
    except ConditionFailed:
        raise TooManyJoinRequests(retry_after=3600) from None
