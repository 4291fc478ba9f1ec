"""Data exports. The index lists those that the worker can continue."""

from __future__ import annotations

from services.circles.domain.export import Export, ExportKind, ExportState, LatestExport, Phase
from services.circles.errors import ExportNotFound
from services.circles.repository.keys import user_item_key
from services.shared.exports.format import Part
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

EXPORT = "EXPORT#"
LATEST_EXPORT = "LATEST_EXPORT"
RUNNING = "EXPORTS"


def export_key(circle_id: str, user_id: str, export_id: str) -> Key:
    return user_item_key(circle_id, user_id, f"{EXPORT}{export_id}")


def load_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Versioned[Export]:
    return EXPORTS.load(table, export_key(circle_id, user_id, export_id))


def find_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Export | None:
    return EXPORTS.find(table, export_key(circle_id, user_id, export_id), consistent_read=True) if export_id else None


def load_latest_export(table: Table, circle_id: str, user_id: str) -> Versioned[LatestExport]:
    """Load which export is the user's latest. Its version makes two exports at once impossible."""
    new = LatestExport(circle_id, user_id)
    return LATEST_EXPORTS.load_or(table, user_item_key(circle_id, user_id, LATEST_EXPORT), new)


def delete_export(table: Table, export: Export) -> None:
    table.delete(export_key(export.circle_id, export.user_id, export.id), when=None)


def list_running_exports(table: Table, limit: int) -> list[tuple[str, str, str]]:
    """Return the running exports, the oldest first, each as the ids of its circle, its user and its own."""
    items = table.query(Query(pk=RUNNING, index="gsi1", limit=limit)).items
    keys = [(*item["pk"].split("#"), item["sk"].removeprefix(EXPORT)) for item in items]
    return [(circle_id, user_id, export_id) for _, circle_id, _, user_id, export_id in keys]


def latest_export_to_item(latest: LatestExport) -> Item:
    key = user_item_key(latest.circle_id, latest.user_id, LATEST_EXPORT)
    return {**key.attributes(), "export_id": latest.export_id, "version": latest.version}


def latest_export_from_item(item: Item) -> LatestExport:
    _, circle_id, _, user_id = item["pk"].split("#")
    return LatestExport(circle_id, user_id, item["export_id"], item["version"])


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
        "waiting_for": list(export.waiting_for),
        "pictures": export.pictures,
        "expires_at": millis(export.expires_at) // 1000,
    }
    times = {"reached": export.reached, "ready_at": export.ready_at}
    item |= {name: millis(at) for name, at in times.items() if at}
    if export.has_work:
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
        waiting_for=tuple(item["waiting_for"]),
        ready_at=from_millis(item["ready_at"]) if "ready_at" in item else None,
    )


EXPORTS = EntityStore(export_to_item, export_from_item, ExportNotFound)
LATEST_EXPORTS = EntityStore(latest_export_to_item, latest_export_from_item, ExportNotFound)
