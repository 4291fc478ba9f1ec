"""Deletions of accounts. The index lists when the worker must act on one."""

from __future__ import annotations

from datetime import datetime

from services.circles.domain.deletion import ContentChoice, Deletion, DeletionState, Obstacle, ObstacleKind
from services.circles.errors import DeletionNotFound
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

DELETION = "DELETION"
DELETIONS = "DELETIONS"  # the partition of the index


def deletion_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", DELETION)


def load_deletion_or(table: Table, user_id: str) -> Versioned[Deletion]:
    """Load the deletion of an account, or a new one that was never requested."""
    return STORE.load_or(table, deletion_key(user_id), Deletion(user_id))


def load_deletion(table: Table, user_id: str) -> Versioned[Deletion]:
    return STORE.load(table, deletion_key(user_id))


def find_deletion(table: Table, user_id: str) -> Deletion | None:
    return STORE.find(table, deletion_key(user_id), consistent_read=True)


def list_due_users(table: Table, at: datetime, limit: int) -> list[str]:
    """Return the users on whose deletion the worker must act, the longest due first."""
    page = table.query(Query(pk=DELETIONS, index="gsi1", last=f"{rfc3339(at)}~", limit=limit))
    return [item["pk"].removeprefix("USER#") for item in page.items]


def deletion_to_item(deletion: Deletion) -> Item:
    item: Item = {
        **deletion_key(deletion.user_id).attributes(),
        "user_id": deletion.user_id,
        "content": str(deletion.content),
        "state": str(deletion.state),
        "version": deletion.version,
        "check": deletion.check,
        "waiting_for": list(deletion.waiting_for),
        "obstacles": [[str(obstacle.kind), obstacle.id] for obstacle in deletion.obstacles],
    }
    times = {"started_at": deletion.started_at, "deletes_at": deletion.deletes_at}
    item |= {name: millis(at) for name, at in times.items() if at}
    if due_at := deletion.work_due_at:
        item |= {"gsi1pk": DELETIONS, "gsi1sk": f"{rfc3339(due_at)}#{deletion.user_id}"}
    return item


def deletion_from_item(item: Item) -> Deletion:
    return Deletion(
        user_id=item["user_id"],
        content=ContentChoice(item["content"]),
        state=DeletionState(item["state"]),
        version=item["version"],
        check=item["check"],
        waiting_for=tuple(item["waiting_for"]),
        obstacles=tuple(Obstacle(ObstacleKind(kind), entity_id) for kind, entity_id in item["obstacles"]),
        started_at=from_millis(item["started_at"]) if "started_at" in item else None,
        deletes_at=from_millis(item["deletes_at"]) if "deletes_at" in item else None,
    )


STORE = EntityStore(deletion_to_item, deletion_from_item, DeletionNotFound)
