"""Circles, as the circles service published them."""

from __future__ import annotations

from services.chat.domain import Circle
from services.chat.errors import CircleNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.selling import Selling
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer

TIMES = ("read_only_until", "activated_at", "selling_paused_until")


def circle_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "CIRCLE")


def put_circle(table: Table, circle: Circle) -> None:
    """Store a circle; unchanged if the stored one is as new or newer."""
    put_if_newer(table, circle_to_item(circle))


def get_circle(table: Table, circle_id: str, *, consistent_read: bool = False) -> Circle:
    """Return a circle; it is stored before its first room."""
    return CIRCLES.get(table, circle_key(circle_id), consistent_read=consistent_read)


def circle_to_item(circle: Circle) -> Item:
    item: Item = {
        **circle_key(circle.id).attributes(),
        "owner_id": circle.owner_id,
        "read_only": circle.read_only,
        "version": circle.version,
        "name": circle.name,
    }
    times = (circle.read_only_until, circle.selling.activated_at, circle.selling.paused_until)
    return item | {name: millis(at) for name, at in zip(TIMES, times, strict=True) if at}


def circle_from_item(item: Item) -> Circle:
    read_only_until, *selling = (from_millis(item[name]) if name in item else None for name in TIMES)
    return Circle(
        *(item["pk"].removeprefix("CIRCLE#"), item["owner_id"], item["read_only"], read_only_until, item["version"]),
        name=item["name"],
        selling=Selling(*selling),
    )


CIRCLES = EntityStore(circle_to_item, circle_from_item, CircleNotFound)
