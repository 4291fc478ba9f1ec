"""What staff read about users, and sellers of buyers: limited per hour, and recorded in an audit chain per reader.

An access is recorded before anything is returned. Each service that has such routes has logs of its own. Review counts the
reads of staff in all services: the others demand its grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.errors import NotFound, ReadGrantInvalid, ReadLimitReached
from services.shared.kernel.ids import NewId
from services.shared.security.audit import AuditTrail, audit_writes
from services.shared.security.keys import KeyRing
from services.shared.security.read_grants import ReadGrant
from services.shared.security.reviewers import Reader
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import Changed, Versioned, update

WINDOW = timedelta(hours=1)


class HasReadGrants(HasTable, Protocol):
    """The ports of a service in which staff read with a grant of review."""

    @property
    def grant_keys(self) -> KeyRing: ...


@dataclass(frozen=True, slots=True)
class AccessLog:
    """The access of one reader.

    reader: the identity of a reviewer, or the user id of an operator or seller.
    count: the reads without a grant since `started_at`, the start of the current hour; in review, those of all services.
    used: in the other services, number and end of each grant that was used and has not expired.
    """

    reader: str
    trail: AuditTrail
    started_at: datetime
    count: int = 0
    used: tuple[tuple[int, datetime], ...] = ()
    version: int = 0

    def record(self, subject: str, *, by: str, at: datetime, limit: int) -> AccessLog:
        """Count one more access and add it to the audit chain, under the user who reads. Raises: ReadLimitReached."""
        step = replace(self, started_at=at, count=0) if at - self.started_at >= WINDOW else self
        if step.count >= limit:
            raise ReadLimitReached(retry_after=int((step.started_at + WINDOW - at).total_seconds()) + 1)
        return replace(step, count=step.count + 1)._add_entry(subject, by, at, {})

    def record_granted(self, grant: ReadGrant, *, at: datetime, details: Mapping[str, Any]) -> AccessLog:
        """Use a grant of review and add the access to the audit chain. Raises: ReadGrantInvalid (it was used)."""
        used = tuple(one for one in self.used if at < one[1])
        if any(number == grant.number for number, _ in used):
            raise ReadGrantInvalid
        step = replace(self, used=(*used, (grant.number, grant.expires_at)))
        return step._add_entry(grant.subject, grant.user_id, at, details)

    def _add_entry(self, subject: str, by: str, at: datetime, details: Mapping[str, Any]) -> AccessLog:
        trail = self.trail.extend(f"read {subject}", actor=by, at=at, **details)
        return replace(self, trail=trail, version=next_version(self.version, at))


def put_access(ports: HasTable, reader: str, subject: str, *, by: str, limit: int, puts_entry: bool = False) -> AccessLog:
    """Record one access of a reader that no grant of review counts, before anything is returned, and return the log.

    reader: the identity counts, so that a second user of it has no reads of its own; without one the user.
    subject: an id, or whose record it is; no text of a user.
    limit: the most accesses per hour.
    puts_entry: as in `put_granted_access`.

    Cost: 1 write unit and 1 read unit, and 2 write units from the stream; 6 write units and 1 read unit with `puts_entry`.
    Raises: ReadLimitReached.
    """

    def change(log: AccessLog) -> AccessLog | Changed[AccessLog]:
        return _logged(ports, log.record(subject, by=by, at=ports.clock(), limit=limit), puts_entry)

    return update(ports, partial(load_access_log, ports.table, reader, ports.clock(), ports.new_id), change)


def put_granted_access(
    ports: HasReadGrants,
    reader: Reader,
    subject: str,
    grant: str,
    *,
    details: Mapping[str, Any] | None = None,
    puts_entry: bool = False,
) -> None:
    """Record one access of a reader in another service than review, and use the grant for it, before anything is returned.

    details: the entry has a salted hash of them.
    puts_entry: the audit entry is in the same transaction, for a service whose stream writes none.

    Cost: 1 write unit and 1 read unit, and 2 write units from the stream; 6 write units and 1 read unit with `puts_entry`.
    Raises: ReadGrantInvalid.
    """
    verified = ReadGrant.verify(ports.grant_keys, grant).require(reader.user_id, subject, ports.clock())

    def change(log: AccessLog) -> AccessLog | Changed[AccessLog]:
        return _logged(ports, log.record_granted(verified, at=ports.clock(), details=details or {}), puts_entry)

    update(ports, partial(load_access_log, ports.table, reader.key, ports.clock(), ports.new_id), change)


def _logged(ports: HasTable, log: AccessLog, puts_entry: bool) -> AccessLog | Changed[AccessLog]:
    return Changed(log, also=audit_writes(access_log_to_item(log), ports.clock())) if puts_entry else log


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
        **({"used": [[number, millis(end)] for number, end in log.used]} if log.used else {}),
        "version": log.version,
        **log.trail.to_item(),
    }


def access_log_from_item(item: Item) -> AccessLog:
    reader = item["pk"].removeprefix("READER#")
    used = tuple((number, from_millis(end)) for number, end in item.get("used", ()))
    started_at = from_millis(item["started_at"])
    return AccessLog(reader, AuditTrail.from_item(item), started_at, item["count"], used, item["version"])


ACCESS_LOGS = EntityStore(access_log_to_item, access_log_from_item, NotFound)
