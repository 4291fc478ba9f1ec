"""The audit trail of an entity: an append-only chain of entries, each with the hash of the one before.

The entity's item has the head hash and the length of its chain, and its last entry (`audit`, JSON). They change in the same
write that they record. The stream handler then writes the entry to an item of its own. An entry contains only a salted hash of
its details: erasing the salt erases the details and leaves the chain verifiable.
"""

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
from services.shared.table.pages import query_all
from services.shared.table.port import ABSENT, ConditionFailed, Item, Key, Query, Table

GENESIS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One recorded action.

    details_hash: salted hash of the details. previous: hash of the entry before; `GENESIS_HASH` for the first.
    """

    index: int
    at: str
    actor: str
    action: str
    details_hash: str
    previous: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.json().encode()).hexdigest()

    def json(self) -> str:
        return json.dumps([self.index, self.at, self.actor, self.action, self.details_hash, self.previous])


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The chain of an entity, as the entity's item has it.

    salt: of the details' hashes. head: hash of the last entry.
    """

    salt: str
    length: int = 0
    head: str = GENESIS_HASH
    last: AuditEntry | None = None

    def extend(self, action: str, *, actor: str, at: datetime, **details: Any) -> AuditTrail:
        """Return the trail with one more entry."""
        details_hash = hmac.new(self.salt.encode(), canonical_json(details).encode(), hashlib.sha256).hexdigest()
        entry = AuditEntry(self.length + 1, rfc3339(at), actor, action, details_hash, self.head)
        return AuditTrail(self.salt, entry.index, entry.hash, entry)

    def to_item(self) -> Item:
        """Return the attributes for the entity's item."""
        attributes = {"audit_salt": self.salt, "audit_length": self.length, "audit_head": self.head}
        return {**attributes, "audit": self.last.json()} if self.last else attributes

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> AuditTrail:
        last = AuditEntry(*json.loads(item["audit"])) if "audit" in item else None
        return cls(item["audit_salt"], item["audit_length"], item["audit_head"], last)


@dataclass(frozen=True, slots=True)
class ChainVerification:
    """The result of `verify_chain`.

    index, reason: the first wrong entry of a broken chain, and what is wrong with it.
    """

    chain: str
    length: int
    state: Literal["intact", "broken"]
    index: int | None = None
    reason: str | None = None


def canonical_json(value: Any) -> str:
    """Return JSON that is the same for equal values, for hashing."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def put_audit_entries(table: Table, changes: Iterable[Change]) -> list[tuple[str, AuditEntry]]:
    """Store the entries that these changes added, and return them with their chain ids.

    Unchanged for an entry that is already stored.
    """
    return [
        _put_entry(table, change.new)
        for change in changes
        if change.new and change.new.get("audit") != (change.old or {}).get("audit")
    ]


def _put_entry(table: Table, image: Item) -> tuple[str, AuditEntry]:
    entry = AuditEntry(*json.loads(image["audit"]))
    item = {"pk": f"AUDIT#{chain_of(image)}", "sk": f"{entry.index:010}", "entry": entry.json(), "hash": entry.hash}
    try:
        table.put(item, when=ABSENT)
    except ConditionFailed as failed:
        if failed.old != item:  # tampering: `verify_chain` reports it, and the stream must continue
            logger().error("audit entry differs", chain=chain_of(image), index=entry.index)
            record_metric("AuditTampered", 1)
    return chain_of(image), entry


def find_audit_entry(table: Table, chain: str, index: int) -> AuditEntry | None:
    item = table.get(Key(f"AUDIT#{chain}", f"{index:010}"), consistent_read=True)
    return AuditEntry(*json.loads(item["entry"])) if item else None


def chain_of(image: Item) -> str:
    """Return the chain id of an entity: its primary key."""
    return f"{image['pk']}|{image['sk']}"


def verify_chain(table: Table, image: Item) -> ChainVerification:
    """Verify the stored entries of an entity.

    They are compared with each other, and with the head and the length in the entity's item.
    """
    chain, length, previous = chain_of(image), int(image["audit_length"]), GENESIS_HASH
    expected = 1
    for stored in query_all(table, Query(pk=f"AUDIT#{chain}", limit=200, consistent_read=True)):
        entry = AuditEntry(*json.loads(stored["entry"]))
        if entry.index != expected or stored["sk"] != f"{expected:010}":
            return ChainVerification(chain, length, "broken", expected, "missing or out of order")
        if entry.previous != previous or stored["hash"] != entry.hash:
            return ChainVerification(chain, length, "broken", expected, "changed")
        previous, expected = entry.hash, expected + 1
    if expected - 1 != length:
        return ChainVerification(chain, length, "broken", expected, "missing at the end, or not yet written")
    if previous != image["audit_head"]:
        return ChainVerification(chain, length, "broken", length, "the head differs")
    return ChainVerification(chain, length, "intact")
