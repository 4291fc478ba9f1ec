"""Uploaded pictures that were looked at, until a note takes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain import Picture, PictureType
from services.shared.kernel.clock import millis
from services.shared.table.port import Item, Key, Table

KEPT = timedelta(days=2)  # an upload that no note took


def picture_key(circle_id: str, author: str, picture_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#PICTURES#{author}", f"PICTURE#{picture_id}")


def keep_picture(table: Table, circle_id: str, author: str, picture: Picture, at: datetime, refused: str) -> None:
    """What the worker found: the picture, or why it is refused. Found twice, the same."""
    item: Item = {
        **picture_key(circle_id, author, picture.id).attributes(),
        **picture_to_item(picture),
        "refused": refused,
        "expires_at": millis(at + KEPT) // 1000,
    }
    table.put(item, when=None)


def find_picture(table: Table, circle_id: str, author: str, picture_id: str) -> tuple[Picture, str] | None:
    """A picture that was looked at, and why it is refused (empty: it is not)."""
    item = table.get(picture_key(circle_id, author, picture_id))
    return (picture_from_item(item), item["refused"]) if item else None


def picture_to_item(picture: Picture) -> Item:
    return {"id": picture.id, "type": str(picture.type), "width": picture.width, "height": picture.height}


def picture_from_item(item: Item) -> Picture:
    return Picture(item["id"], PictureType(item["type"]), item["width"], item["height"])
