"""What staff read about users: limited per hour, and recorded in an audit chain per reader, before it is returned.

Each service that has such routes has logs of its own, with a limit of its own: services do not call each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.errors import NotFound, ReadLimitReached
from services.shared.kernel.ids import NewId
from services.shared.security.audit import AuditTrail, audit_writes
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import Changed, Versioned, update

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AccessLog:
    """The access of one reader.

    reader: the identity of a reviewer, or the user id of an operator.
    count: the accesses since `started_at`, the start of the current hour.
    """

    reader: str
    trail: AuditTrail
    started_at: datetime
    count: int = 0
    version: int = 0

    def record(self, subject: str, *, by: str, at: datetime, limit: int, details: Mapping[str, Any]) -> AccessLog:
        """Count one more access and add it to the audit chain, under the user who reads. Raises: ReadLimitReached."""
        step = replace(self, started_at=at, count=0) if at - self.started_at >= WINDOW else self
        if step.count >= limit:
            raise ReadLimitReached(retry_after=int((step.started_at + WINDOW - at).total_seconds()) + 1)
        trail = self.trail.extend(f"read {subject}", actor=by, at=at, **details)
        return replace(step, trail=trail, count=step.count + 1, version=next_version(self.version, at))


def put_access(
    ports: HasTable,
    reader: str,
    subject: str,
    *,
    by: str,
    limit: int,
    details: Mapping[str, Any] | None = None,
    puts_entry: bool = False,
) -> None:
    """Record one access of a reader: every route by which staff read about users gets here, before anything is returned.

    reader: the identity counts, so that a second user of it has no reads of its own; an operator's user without one.
    subject: an id, or whose record it is; no text of a user. details: the entry has a salted hash of them.
    limit: the most accesses per hour.
    puts_entry: the audit entry is in the same transaction, for a service whose stream writes none.

    Cost: 1 write unit and 1 read unit, and 2 write units from the stream; 6 write units and 1 read unit with `puts_entry`.
    Raises: ReadLimitReached.
    """

    def change(log: AccessLog) -> AccessLog | Changed[AccessLog]:
        after = log.record(subject, by=by, at=ports.clock(), limit=limit, details=details or {})
        return Changed(after, also=audit_writes(access_log_to_item(after), ports.clock())) if puts_entry else after

    update(ports, partial(load_access_log, ports.table, reader, ports.clock(), ports.new_id), change)


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
