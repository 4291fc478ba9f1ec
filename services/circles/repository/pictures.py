"""The worker's checks of uploaded pictures, until a note has them."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.circles.domain import Picture, PictureType
from services.shared.kernel.clock import millis
from services.shared.table.port import Item, Key, Table

CHECK_LIFETIME = timedelta(days=2)


def picture_key(circle_id: str, author: str, picture_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}#PICTURES#{author}", f"PICTURE#{picture_id}")


def put_picture_check(table: Table, circle_id: str, author: str, picture: Picture, at: datetime, flaw: str) -> None:
    """Store a checked picture. flaw: a key of FLAWS, or empty if it is valid. A repeated check stores the same."""
    item: Item = {
        **picture_key(circle_id, author, picture.id).attributes(),
        **picture_to_item(picture),
        "flaw": flaw,
        "expires_at": millis(at + CHECK_LIFETIME) // 1000,
    }
    table.put(item, when=None)


def find_picture_check(table: Table, circle_id: str, author: str, picture_id: str) -> tuple[Picture, str] | None:
    """Return a checked picture and its flaw, which is empty if the picture is valid; None if it was not checked."""
    item = table.get(picture_key(circle_id, author, picture_id))
    return (picture_from_item(item), item["flaw"]) if item else None


def picture_to_item(picture: Picture) -> Item:
    return {"id": picture.id, "type": str(picture.type), "width": picture.width, "height": picture.height}


def picture_from_item(item: Item) -> Picture:
    return Picture(item["id"], PictureType(item["type"]), item["width"], item["height"])
