"""Append-only, hash-chained record of what was done to an entity.

The chain's head and length sit on the entity and move in the very write that they record, together with that last entry
(`audit`, JSON). The stream then writes the entry to its own item. An entry holds salted digests of what was said, so
erasing an entity's salt forgets the words and keeps the chain."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.shared.kernel.clock import rfc3339
from services.shared.kernel.observability import logger, record_metric
from services.shared.messaging.stream import Change
from services.shared.table.port import (
    ABSENT,
    ConditionFailed,
    Item,
    Key,
    Query,
    Table,
)
from services.shared.table.queries import query_all

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: who did what when, a digest of its details, and the hash that ties it to the one before."""

    index: int
    at: str
    actor: str
    action: str
    detail: str
    previous: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.json().encode()).hexdigest()

    def json(self) -> str:
        return json.dumps([self.index, self.at, self.actor, self.action, self.detail, self.previous])


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """An entity's chain as the entity carries it: how long it is, its last hash, its last entry, the digests' salt."""

    salt: str
    length: int = 0
    head: str = GENESIS
    last: AuditEntry | None = None

    def extend(self, action: str, *, actor: str, at: datetime, **details: Any) -> AuditTrail:
        digest = hmac.new(self.salt.encode(), canonical(details).encode(), hashlib.sha256).hexdigest()
        entry = AuditEntry(self.length + 1, rfc3339(at), actor, action, digest, self.head)
        return AuditTrail(self.salt, entry.index, entry.hash, entry)

    def to_item(self) -> Item:
        """Attributes of the entity's item."""
        kept = {"audit_salt": self.salt, "audit_length": self.length, "audit_head": self.head}
        return {**kept, "audit": self.last.json()} if self.last else kept

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> AuditTrail:
        last = AuditEntry(*json.loads(item["audit"])) if "audit" in item else None
        return cls(item["audit_salt"], item["audit_length"], item["audit_head"], last)


@dataclass(frozen=True, slots=True)
class ChainVerification:
    """Whether a chain holds; if not, the first index where it does not and what is wrong there."""

    chain: str
    length: int
    state: Literal["intact", "broken"]
    index: int | None = None
    reason: str | None = None


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def put_audit_entries(table: Table, changes: Iterable[Change]) -> list[tuple[str, AuditEntry]]:
    """Write the entries that these changes brought, each to its own item, and answer them with their chains; a repeat
    changes nothing."""
    return [
        _keep_entry(table, change.new)
        for change in changes
        if change.new and change.new.get("audit") != (change.old or {}).get("audit")
    ]


def _keep_entry(table: Table, image: Item) -> tuple[str, AuditEntry]:
    entry = AuditEntry(*json.loads(image["audit"]))
    row = {
        "pk": f"AUDIT#{chain_of(image)}",
        "sk": f"{entry.index:010}",
        "entry": entry.json(),
        "hash": entry.hash,
    }
    try:
        table.put(row, when=ABSENT)
    except ConditionFailed as failed:
        if failed.old != row:  # somebody tampered; the chain's verdict says so, and the stream must not stand still for it
            logger().error("another audit entry is there", chain=chain_of(image), index=entry.index)
            record_metric("AuditTampered", 1)
    return chain_of(image), entry


def find_audit_entry(table: Table, chain: str, index: int) -> AuditEntry | None:
    """One stored entry of a chain."""
    row = table.get(Key(f"AUDIT#{chain}", f"{index:010}"), consistent_read=True)
    return AuditEntry(*json.loads(row["entry"])) if row else None


def chain_of(image: Item) -> str:
    """A chain's name is the key of the entity it is about."""
    return f"{image['pk']}|{image['sk']}"


def verify(table: Table, image: Item) -> ChainVerification:
    """Walk the stored chain of an entity and compare it with the head that the entity carries."""
    chain, length, previous = chain_of(image), int(image["audit_length"]), GENESIS
    expected = 1
    for row in query_all(table, Query(pk=f"AUDIT#{chain}", limit=200, consistent_read=True)):
        entry = AuditEntry(*json.loads(row["entry"]))
        if entry.index != expected or row["sk"] != f"{expected:010}":
            return ChainVerification(chain, length, "broken", expected, "missing or out of order")
        if entry.previous != previous or row["hash"] != entry.hash:
            return ChainVerification(chain, length, "broken", expected, "changed")
        previous, expected = entry.hash, expected + 1
    if expected - 1 != length:
        return ChainVerification(chain, length, "broken", expected, "missing at the end, or not written yet")
    if previous != image["audit_head"]:
        return ChainVerification(chain, length, "broken", length, "the head differs")
    return ChainVerification(chain, length, "intact")
