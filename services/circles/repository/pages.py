"""The page of a circle, as attributes of the circle's item."""

from __future__ import annotations

from services.circles.domain import CirclePage, CountVisibility, Cover
from services.circles.domain.page import KeptPage
from services.shared.pictures.checks import picture_from_item, picture_to_item
from services.shared.security.take_downs import TakeDowns
from services.shared.table.items import Item


def page_to_item(page: CirclePage) -> Item:
    """Return the attributes; the caller leaves out empty ones."""
    return {
        "description": page.description,
        "cover": _cover_to_item(page.cover),
        "count_visible_to": str(page.count_visible_to) if page.revision else "",
        "page_revision": page.revision,
        "kept_description": page.kept.description,
        "kept_cover": _cover_to_item(page.kept.cover),
        **page.take_downs.to_item(),
    }


def page_from_item(item: Item) -> CirclePage:
    if "page_revision" not in item:
        return CirclePage()
    return CirclePage(
        description=item.get("description", ""),
        cover=_cover_from_item(item.get("cover")),
        count_visible_to=CountVisibility(item["count_visible_to"]),
        revision=item["page_revision"],
        take_downs=TakeDowns.from_item(item),
        kept=KeptPage(item.get("kept_description", ""), _cover_from_item(item.get("kept_cover"))),
    )


def _cover_to_item(cover: Cover | None) -> Item | None:
    return {**picture_to_item(cover.picture), "author": cover.author} if cover else None


def _cover_from_item(item: Item | None) -> Cover | None:
    return Cover(picture_from_item(item), item["author"]) if item else None
