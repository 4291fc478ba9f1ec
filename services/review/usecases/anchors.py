"""Anchors of audit chains, which reveal that a chain was rewritten together with its head.

Every hour, the heads of the chains that changed are written to a locked bucket, in which nothing can be changed or deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.review.adapters.archive import AuditArchive
from services.review.repository.anchors import (
    find_next_hour,
    get_last_anchor_hash,
    hour_name,
    iter_heads,
    put_anchor_hash,
    put_next_hour,
    start_of_hour,
)
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.security.audit import GENESIS_HASH, ChainVerification, canonical_json, find_audit_entry
from services.shared.table.port import Table

HOUR = timedelta(hours=1)
FIRST_RUN_PERIOD = timedelta(days=30)  # the first run anchors the heads of this time
MAX_HOURS = 800  # per run; the next run continues


def anchor_heads(table: Table, archive: AuditArchive, now: datetime, has_time: HasTime = always) -> int:
    """Anchor the heads of each past hour that is not anchored yet, while there is time, and return their number.

    Each anchor holds the hash of the previous one, so that none can be removed. A run after a crash finds the anchor that
    was written before it, and continues from there.
    """
    previous, count = get_last_anchor_hash(table), 0
    hour = find_next_hour(table) or start_of_hour(now - FIRST_RUN_PERIOD)
    stop = min(now, hour + HOUR * MAX_HOURS)
    while hour + HOUR <= stop and has_time():
        heads = list(iter_heads(table, hour))
        if heads:
            text = canonical_json({"hour": hour_name(hour), "previous": previous, "heads": heads})
            previous = hashlib.sha256(archive.put(f"anchors/{hour_name(hour)}.json", text).encode()).hexdigest()
            put_anchor_hash(table, hour, previous)
            count += len(heads)
        hour += HOUR
    put_next_hour(table, hour)
    return count


def verify_anchors(table: Table, archive: AuditArchive) -> list[ChainVerification]:
    """Return what is broken: anchors without the anchor before them, and chains that differ from an anchored head."""
    broken, previous = [], GENESIS_HASH
    for name, text in archive.all_items():
        anchor = json.loads(text)
        if anchor["previous"] != previous:
            broken.append(ChainVerification(name, 0, "broken", 0, "the previous anchor was changed or is missing"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        broken += _verify_heads(table, anchor["heads"])
    return broken


def _verify_heads(table: Table, heads: Iterable[list[Any]]) -> list[ChainVerification]:
    broken = []
    for chain, length, head in heads:
        entry = find_audit_entry(table, chain, length)
        if entry is None or entry.hash != head:
            broken.append(ChainVerification(chain, length, "broken", length, "the chain was rewritten after it was anchored"))
    return broken
