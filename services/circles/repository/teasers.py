"""Teasers, in partitions of their own, so that strangers read nothing of the circle itself; and requests to join."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from services.circles.domain.days import member_day, next_day
from services.circles.domain.teaser import Teaser
from services.circles.errors import CircleNotFound, JoinRequestLimitReached
from services.circles.settings import settings
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import PRESENT, Attr, Item, Key, Query
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned

DELETED_TEASER_LIFETIME = timedelta(days=2)  # a key is accepted for one day: so that a late repeat does not publish it again

NO_CONTENT = {"name": "", "text": "", "tags": [], "slug": ""}


def teaser_key(circle_id: str) -> Key:
    return Key(f"TEASER#{circle_id}", "TEASER")


def get_teaser(table: Table, circle_id: str) -> Teaser:
    """Return a teaser. Raises: CircleNotFound (also if it was deleted)."""
    teaser = TEASERS.get(table, teaser_key(circle_id))
    if not teaser.is_published:
        raise CircleNotFound
    return teaser


def load_teaser_or(table: Table, new: Teaser) -> Versioned[Teaser]:
    """Load the teaser of the circle of `new`, or return `new` with the version of a deleted one."""
    loaded = TEASERS.load_or(table, teaser_key(new.circle_id), new)
    return loaded if loaded.entity.is_published else replace(loaded, entity=replace(new, version=loaded.entity.version))


def delete_teaser(table: Table, circle_id: str, at: datetime) -> None:
    """Delete the content of a teaser. Unchanged if there is none.

    Its item stays for 2 days with the requests that it remembers.
    """
    expires_at = {"expires_at": millis(at + DELETED_TEASER_LIFETIME) // 1000}
    removed = ("gsi1pk", "gsi1sk")
    is_published = PRESENT & Attr("slug").ne("")  # a repeat must not increase the version again
    try:
        table.update(teaser_key(circle_id), set=NO_CONTENT | expires_at, add={"version": 1}, remove=removed, when=is_published)
    except ConditionFailed:
        return


def touch_deleted_teaser(table: Table, deleted: Versioned[Teaser], name_version: int, at: datetime) -> None:
    """Change the item of a deleted teaser, or create it. Unchanged if it was touched for this name of the circle.

    Raises: ConditionFailed (the teaser was written since it was loaded).
    """
    if deleted.item and deleted.item.get("name_version") == name_version:
        return
    circle_id, version = deleted.entity.circle_id, deleted.entity.version + 1
    expires_at = millis(at + DELETED_TEASER_LIFETIME) // 1000
    item = {**(deleted.item or teaser_key(circle_id).attributes()), **NO_CONTENT, "circle_id": circle_id, "version": version}
    item |= {"listed_at": millis(at), "expires_at": expires_at, "name_version": name_version}
    table.put(item, when=deleted.unchanged)


def list_teasers(table: Table, slug: str, page: PageRequest) -> Page[Teaser]:
    """Return a page of the teasers under a tag, the newest first."""
    query = Query(pk=f"TEASERS#{slug}", index="gsi1", limit=page.limit, start=page.start, newest_first=True)
    return TEASERS.list_by_index(table, query, lambda teaser: teaser.is_published)


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


TEASERS = EntityStore(teaser_to_item, _teaser_from_item, CircleNotFound)


def count_join_request(table: Table, user_id: str, at: datetime) -> None:
    """Count a request to join of a user today, to any circle.

    Raises: JoinRequestLimitReached.
    """
    key = Key(f"REQUESTER#{user_id}", f"DAY#{member_day(at)}")
    limit = settings().max_join_requests_per_day
    is_below_limit = Attr("count").not_exists() | Attr("count").lt(limit)
    expires_at = millis(at + timedelta(days=2)) // 1000
    try:
        table.update(key, add={"count": 1}, set={"expires_at": expires_at}, when=is_below_limit)
    except ConditionFailed:
        raise JoinRequestLimitReached(limit=limit, retry_after=ceil((next_day(at) - at).total_seconds())) from None
