"""Items of access logs, one per reader."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.access_log import AccessLog
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import NewId
from services.shared.security.audit import AuditTrail
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned


def access_log_key(reader: str) -> Key:
    return Key(f"READER#{reader}", "ACCESS_LOG")


def load_access_log(table: Table, reader: str, at: datetime, new_id: NewId) -> Versioned[AccessLog]:
    """Load the access log of a reader, or an empty one that starts now."""
    item = table.get(access_log_key(reader), consistent_read=True)
    if item is None:
        return Versioned(AccessLog(reader, AuditTrail(salt=new_id("salt")), at), None)
    trail, started_at = AuditTrail.from_item(item), from_millis(item["started_at"])
    return Versioned(AccessLog(reader, trail, started_at, item["count"], item["version"]), item)


def access_log_to_item(log: AccessLog) -> Item:
    return {
        **access_log_key(log.reader).attributes(),
        "started_at": millis(log.started_at),
        "count": log.count,
        "version": log.version,
        **log.trail.to_item(),
    }
