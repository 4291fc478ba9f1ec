"""Data exports. The index lists those that are running."""

from __future__ import annotations

from services.circles.domain.export import EXPORT_LIFETIME, Export, ExportKind, ExportState, Part, Phase
from services.circles.errors import ExportNotFound
from services.circles.repository.keys import user_item_key
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.table.port import Item, Key, Page, Query, Table
from services.shared.table.versioned import Versioned

EXPORT = "EXPORT#"
LATEST_EXPORT = "LATEST_EXPORT"
RUNNING = "EXPORTS"


def export_key(circle_id: str, user_id: str, export_id: str) -> Key:
    return user_item_key(circle_id, user_id, f"{EXPORT}{export_id}")


def load_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Versioned[Export]:
    return load_export_by_key(table, export_key(circle_id, user_id, export_id))


def load_export_by_key(table: Table, key: Key) -> Versioned[Export]:
    item = table.get(key, consistent_read=True)
    if item is None:
        raise ExportNotFound
    return Versioned(export_from_item(item), item)


def find_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Export | None:
    item = table.get(export_key(circle_id, user_id, export_id), consistent_read=True)
    return export_from_item(item) if item else None


def load_latest_export_id(table: Table, circle_id: str, user_id: str) -> Versioned[str]:
    """Load the id of the user's latest export, or an empty one. Its version makes two exports at once impossible."""
    item = table.get(user_item_key(circle_id, user_id, LATEST_EXPORT), consistent_read=True)
    return Versioned(item["export_id"] if item else "", item)


def latest_export_to_item(circle_id: str, user_id: str, export_id: str, version: int) -> Item:
    key = user_item_key(circle_id, user_id, LATEST_EXPORT)
    return {**key.attributes(), "export_id": export_id, "version": version}


def delete_export(table: Table, export: Export) -> None:
    table.delete(export_key(export.circle_id, export.user_id, export.id), when=None)


def list_running_exports(table: Table, limit: int) -> Page:
    """Return the keys of the running exports, the oldest first."""
    return table.query(Query(pk=RUNNING, index="gsi1", limit=limit))


def export_to_item(export: Export) -> Item:
    item: Item = {
        **export_key(export.circle_id, export.user_id, export.id).attributes(),
        "id": export.id,
        "circle_id": export.circle_id,
        "user_id": export.user_id,
        "kind": str(export.kind),
        "begins_at": millis(export.begins_at),
        "created_at": millis(export.created_at),
        "version": export.version,
        "state": str(export.state),
        "phase": str(export.phase),
        "after": export.after,
        "parts": [[part.name, part.lines, part.sha256] for part in export.parts],
        "pictures": export.pictures,
        "expires_at": millis(export.created_at + EXPORT_LIFETIME) // 1000,
    }
    times = {"reached": export.reached, "ready_at": export.ready_at}
    item |= {name: millis(at) for name, at in times.items() if at}
    if export.state is ExportState.RUNNING:
        item |= {"gsi1pk": RUNNING, "gsi1sk": f"{rfc3339(export.created_at)}#{export.id}"}
    return item


def export_from_item(item: Item) -> Export:
    return Export(
        id=item["id"],
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        kind=ExportKind(item["kind"]),
        begins_at=from_millis(item["begins_at"]),
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        state=ExportState(item["state"]),
        phase=Phase(item["phase"]),
        after=item["after"],
        reached=from_millis(item["reached"]) if "reached" in item else None,
        parts=tuple(Part(*part) for part in item["parts"]),
        pictures=item["pictures"],
        ready_at=from_millis(item["ready_at"]) if "ready_at" in item else None,
    )
