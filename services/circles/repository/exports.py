"""Exports: asked for, being written, ready; in the index while they are being written."""

from __future__ import annotations

from services.circles.domain.export import KEPT_FOR, Export, ExportKind, ExportState, Part, Phase
from services.circles.errors import ExportNotFound
from services.circles.repository.presence import person_key
from services.shared.kernel.clock import (
    from_millis,
    millis,
    parse,
    rfc3339,
)
from services.shared.table.port import (
    Item,
    Key,
    Page,
    Query,
    Table,
)
from services.shared.table.versioned import Versioned

EXPORT = "EXPORT#"
TURN = "EXPORTING"
OPEN = "EXPORTS"


def export_key(circle_id: str, user_id: str, export_id: str) -> Key:
    return person_key(circle_id, user_id, f"{EXPORT}{export_id}")


def find_export(table: Table, circle_id: str, user_id: str, export_id: str) -> Versioned[Export]:
    return load_export(table, export_key(circle_id, user_id, export_id))


def load_export(table: Table, key: Key) -> Versioned[Export]:
    item = table.get(key, consistent_read=True)
    if item is None:
        raise ExportNotFound
    return Versioned(export_from_item(item), item)


def look_for(table: Table, circle_id: str, user_id: str, export_id: str) -> Export | None:
    item = table.get(export_key(circle_id, user_id, export_id), consistent_read=True)
    return export_from_item(item) if item else None


def find_turn(table: Table, circle_id: str, user_id: str) -> Versioned[str]:
    """Whose turn it is among somebody's archives: the last one that was begun."""
    item = table.get(person_key(circle_id, user_id, TURN), consistent_read=True)
    return Versioned(item["export_id"] if item else "", item)


def turn_to_item(circle_id: str, user_id: str, export_id: str, version: int) -> Item:
    key = person_key(circle_id, user_id, TURN)
    return {**key.attributes(), "export_id": export_id, "version": version}


def drop_export(table: Table, export: Export) -> None:
    table.delete(export_key(export.circle_id, export.user_id, export.id), when=None)


def list_open(table: Table, limit: int) -> Page:
    """Keys of the exports that are being written, the oldest first."""
    return table.query(Query(pk=OPEN, index="gsi1", limit=limit))


def export_to_item(export: Export) -> Item:
    item: Item = {
        **export_key(export.circle_id, export.user_id, export.id).attributes(),
        "id": export.id,
        "circle_id": export.circle_id,
        "user_id": export.user_id,
        "kind": str(export.kind),
        "begins_at": rfc3339(export.begins_at),
        "created_at": rfc3339(export.created_at),
        "version": export.version,
        "state": str(export.state),
        "phase": str(export.phase),
        "after": export.after,
        "parts": [[part.name, part.rows, part.sha256] for part in export.parts],
        "pictures": export.pictures,
        "expires_at": millis(export.created_at + KEPT_FOR) // 1000,
    }
    times = {"reached": export.reached, "ready_at": export.ready_at}
    item |= {name: millis(at) for name, at in times.items() if at}
    if export.state is ExportState.RUNNING:
        item |= {"gsi1pk": OPEN, "gsi1sk": f"{rfc3339(export.created_at)}#{export.id}"}
    return item


def export_from_item(item: Item) -> Export:
    return Export(
        id=item["id"],
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        kind=ExportKind(item["kind"]),
        begins_at=parse(item["begins_at"]),
        created_at=parse(item["created_at"]),
        version=item["version"],
        state=ExportState(item["state"]),
        phase=Phase(item["phase"]),
        after=item["after"],
        reached=from_millis(item["reached"]) if "reached" in item else None,
        parts=tuple(Part(*part) for part in item["parts"]),
        pictures=item["pictures"],
        ready_at=from_millis(item["ready_at"]) if "ready_at" in item else None,
    )
