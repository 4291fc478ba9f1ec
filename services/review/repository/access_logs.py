"""Items of access logs, one per reader."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.access_log import AccessLog
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import NotFound
from services.shared.kernel.ids import NewId
from services.shared.security.audit import AuditTrail
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned


def access_log_key(reader: str) -> Key:
    return Key(f"READER#{reader}", "ACCESS_LOG")


def load_access_log(table: Table, reader: str, at: datetime, new_id: NewId) -> Versioned[AccessLog]:
    """Load the access log of a reader, or an empty one that starts now."""
    return ACCESS_LOGS.load_or(table, access_log_key(reader), AccessLog(reader, AuditTrail(salt=new_id("salt")), at))


def access_log_to_item(log: AccessLog) -> Item:
    return {
        **access_log_key(log.reader).attributes(),
        "started_at": millis(log.started_at),
        "count": log.count,
        "version": log.version,
        **log.trail.to_item(),
    }


def access_log_from_item(item: Item) -> AccessLog:
    reader = item["pk"].removeprefix("READER#")
    return AccessLog(reader, AuditTrail.from_item(item), from_millis(item["started_at"]), item["count"], item["version"])


ACCESS_LOGS = EntityStore(access_log_to_item, access_log_from_item, NotFound)
