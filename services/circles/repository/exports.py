"""Data exports. The index lists when the worker can continue them. Those of an account are stored at their user."""

from __future__ import annotations

from datetime import datetime

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
OF_ACCOUNT = ("current_circle", "circles", "circles_written")


def export_key(circle_id: str, user_id: str, export_id: str) -> Key:
    return _key(circle_id, user_id, f"{EXPORT}{export_id}")


def _key(circle_id: str, user_id: str, sk: str) -> Key:
    return user_item_key(circle_id, user_id, sk) if circle_id else Key(f"USER#{user_id}", sk)


def _circle_and_user_of(pk: str) -> tuple[str, str]:
    """Return the circle, which is empty for an account, and the user of a partition."""
    circle, _, user_id = pk.rpartition("USER#")
    return circle.removeprefix("CIRCLE#").rstrip("#"), user_id


def load_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Versioned[Export]:
    return EXPORTS.load(table, export_key(circle_id, user_id, export_id))


def find_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Export | None:
    return EXPORTS.find(table, export_key(circle_id, user_id, export_id), consistent_read=True) if export_id else None


def load_latest_export(table: Table, circle_id: str, user_id: str) -> Versioned[LatestExport]:
    """Load which export is the user's latest. Its version makes two exports at once impossible."""
    new = LatestExport(circle_id, user_id)
    return LATEST_EXPORTS.load_or(table, _key(circle_id, user_id, LATEST_EXPORT), new)


def delete_export(table: Table, export: Export) -> None:
    table.delete(export_key(export.circle_id, export.user_id, export.id), when=None)


def list_running_exports(table: Table, at: datetime, limit: int) -> list[tuple[str, str, str]]:
    """Return the exports that the worker can continue now, the oldest first: the ids of circle, user and export."""
    items = table.query(Query(pk=RUNNING, index="gsi1", last=f"{rfc3339(at)}~", limit=limit)).items
    return [(*_circle_and_user_of(item["pk"]), item["sk"].removeprefix(EXPORT)) for item in items]


def latest_export_to_item(latest: LatestExport) -> Item:
    key = _key(latest.circle_id, latest.user_id, LATEST_EXPORT)
    return {**key.attributes(), "export_id": latest.export_id, "version": latest.version}


def latest_export_from_item(item: Item) -> LatestExport:
    return LatestExport(*_circle_and_user_of(item["pk"]), item["export_id"], item["version"])


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
    item |= {name: value for name in OF_ACCOUNT if (value := getattr(export, name))}
    if export.missing:
        item["missing"] = list(export.missing)
    if export.work_due_at:
        item |= {"gsi1pk": RUNNING, "gsi1sk": f"{rfc3339(export.work_due_at)}#{export.id}"}
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
        missing=tuple(item.get("missing", ())),
        current_circle=item.get("current_circle", ""),
        circles=item.get("circles", 0),
        circles_written=item.get("circles_written", 0),
    )


EXPORTS = EntityStore(export_to_item, export_from_item, ExportNotFound)
LATEST_EXPORTS = EntityStore(latest_export_to_item, latest_export_from_item, ExportNotFound)
