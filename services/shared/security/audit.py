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
from services.shared.messaging.failures import SetAside, StreamRecord, is_outage
from services.shared.messaging.stream import Change
from services.shared.security.heads import head_item, put_head
from services.shared.table.dynamo import from_wire
from services.shared.table.items import ABSENT, Item, Key, Put, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table, Write
from services.shared.table.purging import ENDED

GENESIS_HASH = "0" * 64
AWAITING = "#AWAITING"  # ends the sort key of a marker, which follows the place of its entry


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

    index, reason: the first wrong or missing entry, and what is wrong with it.
    """

    chain: str
    length: int
    state: Literal["intact", "broken", "awaiting redrive"]
    index: int | None = None
    reason: str | None = None


def canonical_json(value: Any) -> str:
    """Return JSON that is the same for equal values, for hashing."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def put_audit_entries(table: Table, changes: Iterable[Change], now: datetime) -> None:
    """Store the entries that these changes added, and their hashes in the list of heads of this hour, which is anchored.

    Unchanged for an entry that is already stored, and for a head that is not newer.
    """
    for change in changes:
        if change.new and change.new.get("audit") != (change.old or {}).get("audit"):
            entry = _put_entry(table, change.new)
            put_head(table, chain_of(change.new), entry.index, entry.hash, now)


def _put_entry(table: Table, image: Item) -> AuditEntry:
    entry, item = AuditEntry(*json.loads(image["audit"])), audit_entry_item(image)
    try:
        table.put(item, when=ABSENT)
    except ConditionFailed as failed:
        if failed.old != item:  # tampering: `verify_chain` reports it, and the stream must continue
            logger().error("audit entry differs", chain=chain_of(image), index=entry.index)
            record_metric("AuditTampered", 1)
    return entry


def audit_entry_item(image: Item) -> Item:
    """Return the item of the last entry of an entity."""
    entry = AuditEntry(*json.loads(image["audit"]))
    return {"pk": f"AUDIT#{chain_of(image)}", "sk": f"{entry.index:010}", "entry": entry.json(), "hash": entry.hash}


def audit_writes(image: Item, at: datetime) -> list[Write]:
    """Return the last entry of an entity and its head to anchor, for the transaction that adds it.

    For services whose stream writes no audit entries.
    """
    head = head_item(chain_of(image), image["audit_length"], image["audit_head"], at)
    return [Put(audit_entry_item(image), ABSENT), Put(head, None)]


def audited(table: Table, set_aside: SetAside) -> SetAside:
    """Return a `set_aside` that first marks the audit entry of the record as waiting for a redrive.

    The marker has the entry's hash, so that `verify_chain` can continue behind it. An entry that was stored makes its marker
    meaningless; it is not deleted.
    """

    def mark_and_set_aside(record: StreamRecord, reason: str) -> None:
        if marker := _awaiting_marker(record):
            _put_marker(table, marker)
        set_aside(record, reason)

    return mark_and_set_aside


def is_awaiting_redrive(table: Table, chain: str, index: int) -> bool:
    """Return whether the record of an entry was set aside, before its entry or its head was stored."""
    return table.get(_marker_key(chain, index), consistent_read=True) is not None


def _marker_key(chain: str, index: int) -> Key:
    return Key(f"AUDIT#{chain}", f"{index:010}{AWAITING}")


def _put_marker(table: Table, marker: Item) -> None:
    try:
        table.put(marker, when=None)
    except Exception as error:
        if is_outage(error):
            raise
        logger().error("marker not stored", chain=marker["pk"][:200], error_type=type(error).__name__)


def _awaiting_marker(record: StreamRecord) -> Item | None:
    try:
        image = from_wire(record["dynamodb"]["NewImage"])
        key = _marker_key(chain_of(image), int(image["audit_length"]))
        return {**key.attributes(), "hash": image["audit_head"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # no entry is in it, or none that can be named


def find_audit_entry(table: Table, chain: str, index: int) -> AuditEntry | None:
    """Return a stored entry; None if it does not exist or is not an entry any more."""
    item = table.get(Key(f"AUDIT#{chain}", f"{index:010}"), consistent_read=True)
    return _parse_entry(item) if item else None


def _parse_entry(stored: Item) -> AuditEntry | None:
    try:
        return AuditEntry(*json.loads(stored["entry"]))
    except (KeyError, TypeError, ValueError, RecursionError):
        return None  # tampering must not stop the verification of other chains


def chain_of(image: Item) -> str:
    """Return the chain id of an entity, also of a deleted one: its primary key."""
    key = Key.of(image)
    return key.pk.removeprefix(ENDED) if key.pk.startswith(ENDED) else f"{key.pk}|{key.sk}"


def verify_chain(table: Table, image: Item) -> ChainVerification:
    """Verify the stored entries of an entity.

    They are compared with each other, and with the head and the length in the entity's item. An entry that was set aside must
    have the hash that its marker has.
    """
    chain, length, previous = chain_of(image), image.get("audit_length"), GENESIS_HASH
    expected, awaiting = 1, None
    if not isinstance(length, int):
        return ChainVerification(chain, 0, "broken", 0, "the entity has no length of its chain")
    for stored in query_all(table, Query(pk=f"AUDIT#{chain}", limit=200, consistent_read=True)):
        is_marker = stored["sk"].endswith(AWAITING)
        if is_marker and stored["sk"] < f"{expected:010}":
            continue  # its entry is stored
        flaw = _flaw(stored, expected, previous)
        if flaw:
            return ChainVerification(chain, length, "broken", expected, flaw)
        awaiting = awaiting or (expected if is_marker else None)
        previous, expected = stored["hash"], expected + 1
    if expected - 1 != length:
        return ChainVerification(chain, length, "broken", expected, "missing at the end, or not yet written")
    if previous != image["audit_head"]:
        return ChainVerification(chain, length, "broken", length, "the head differs")
    if awaiting:
        return ChainVerification(chain, length, "awaiting redrive", awaiting, "set aside; run make redrive")
    return ChainVerification(chain, length, "intact")


def _flaw(stored: Item, expected: int, previous: str) -> str | None:
    """Return what is wrong with a stored entry or marker, where the entry `expected` must be."""
    if stored["sk"].removesuffix(AWAITING) != f"{expected:010}":
        return "missing or out of order"
    if stored["sk"].endswith(AWAITING):
        return None if "hash" in stored else "changed"
    entry = _parse_entry(stored)
    if entry and entry.index != expected:
        return "missing or out of order"
    return "changed" if entry is None or entry.previous != previous or stored.get("hash") != entry.hash else None
