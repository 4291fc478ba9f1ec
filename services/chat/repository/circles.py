"""Circles, as the circles service published them."""

from __future__ import annotations

from services.chat.domain import Circle
from services.chat.errors import CircleNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer


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
    return item | ({"read_only_until": millis(circle.read_only_until)} if circle.read_only_until else {})


def circle_from_item(item: Item) -> Circle:
    read_only_until = from_millis(item["read_only_until"]) if "read_only_until" in item else None
    return Circle(
        item["pk"].removeprefix("CIRCLE#"), item["owner_id"], item["read_only"], read_only_until, item["version"], item["name"]
    )


CIRCLES = EntityStore(circle_to_item, circle_from_item, CircleNotFound)
