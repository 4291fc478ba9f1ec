"""Teasers, in partitions of their own, so that strangers read nothing of the circle itself; and requests to join."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain.days import member_day
from services.circles.domain.teaser import MAX_REQUESTS_PER_DAY, Teaser
from services.circles.errors import CircleNotFound, JoinRequestLimitReached
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.table.port import Attr, ConditionFailed, Item, Key, Page, Query, Table


def teaser_key(circle_id: str) -> Key:
    return Key(f"TEASER#{circle_id}", "TEASER")


def get_teaser(table: Table, circle_id: str) -> Teaser:
    teaser = find_teaser(table, circle_id)
    if teaser is None:
        raise CircleNotFound
    return teaser


def find_teaser(table: Table, circle_id: str, *, consistent_read: bool = False) -> Teaser | None:
    item = table.get(teaser_key(circle_id), consistent_read=consistent_read)
    return _teaser_from_item(item) if item else None


def put_teaser(table: Table, teaser: Teaser) -> None:
    table.put(teaser_to_item(teaser), when=None)


def delete_teaser(table: Table, circle_id: str) -> None:
    table.delete(teaser_key(circle_id), when=None)


def list_teasers(table: Table, slug: str, limit: int, start: Item | None) -> Page:
    """Return the keys of the teasers under a tag, the newest first."""
    return table.query(Query(pk=f"TEASERS#{slug}", index="gsi1", limit=limit, start=start, newest_first=True))


def teaser_to_item(teaser: Teaser) -> Item:
    return {
        **teaser_key(teaser.circle_id).attributes(),
        "circle_id": teaser.circle_id,
        "name": teaser.name,
        "text": teaser.text,
        "tags": list(teaser.tags),
        "slug": teaser.slug,
        "listed_at": millis(teaser.listed_at),
        "version": teaser.version,
        "gsi1pk": f"TEASERS#{teaser.slug}",
        "gsi1sk": f"{rfc3339(teaser.listed_at)}#{teaser.circle_id}",
    }


def _teaser_from_item(item: Item) -> Teaser:
    content = (item["name"], item["text"], tuple(item["tags"]), item["slug"])
    return Teaser(item["circle_id"], *content, from_millis(item["listed_at"]), item["version"])


def count_join_request(table: Table, user_id: str, at: datetime) -> None:
    """Count a request to join of a user today, to any circle.

    Raises: JoinRequestLimitReached.
    """
    key = Key(f"REQUESTER#{user_id}", f"DAY#{member_day(at)}")
    is_below_limit = Attr("count").not_exists() | Attr("count").lt(MAX_REQUESTS_PER_DAY)
    expires_at = millis(at + timedelta(days=2)) // 1000
    try:
        table.update(key, add={"count": 1}, set={"expires_at": expires_at}, when=is_below_limit)
    except ConditionFailed:
        raise JoinRequestLimitReached(retry_after=3600) from None
