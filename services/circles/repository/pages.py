"""The page of a circle, as attributes of the circle's item."""

from __future__ import annotations

from services.circles.domain import CirclePage, CountVisibility, Cover
from services.circles.repository.pictures import picture_from_item, picture_to_item
from services.shared.table.items import Item


def page_to_item(page: CirclePage) -> Item:
    """Return the attributes; the caller leaves out empty ones."""
    cover = page.cover
    return {
        "description": page.description,
        "cover": {**picture_to_item(cover.picture), "author": cover.author} if cover else None,
        "count_visible_to": str(page.count_visible_to) if page.revision else "",
        "page_revision": page.revision,
    }


def page_from_item(item: Item) -> CirclePage:
    if "page_revision" not in item:
        return CirclePage()
    cover = Cover(picture_from_item(item["cover"]), item["cover"]["author"]) if "cover" in item else None
    visible_to = CountVisibility(item["count_visible_to"])
    return CirclePage(item.get("description", ""), cover, visible_to, item["page_revision"])
