"""Anchors of audit chains, which reveal that a chain was rewritten together with its head.

Every hour, the heads of the chains of a service that changed are written to a locked bucket, in a folder of the service.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.shared.kernel.observability import logger, record_metric
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.security.archive import AuditArchive
from services.shared.security.audit import GENESIS_HASH, canonical_json
from services.shared.security.heads import (
    HOUR,
    Head,
    find_last_anchor_hash,
    find_next_hour,
    hour_name,
    iter_heads,
    parse_head,
    put_anchor_hash,
    put_next_hour,
    start_of_hour,
)
from services.shared.table.port import Table

FIRST_RUN_PERIOD = timedelta(days=30)  # the first run anchors the heads of this time
MAX_HOURS = 800  # per run; the next run continues


@dataclass(frozen=True, slots=True)
class Anchor:
    """The heads of the chains that changed in an hour.

    previous: the hash of the anchor before; `GENESIS_HASH` for the first.
    """

    hour: str
    previous: str
    heads: Sequence[Head]

    def text(self) -> str:
        return canonical_json({"hour": self.hour, "previous": self.previous, "heads": self.heads})

    @classmethod
    def parse(cls, text: str) -> Anchor | None:
        """Return the anchor in a text, or None if it is none: a stored text can be anything."""
        try:
            content = json.loads(text)
            heads = [parse_head(*head) for head in content["heads"]]
            return cls(str(content["hour"]), str(content["previous"]), heads)
        except (KeyError, TypeError, ValueError, RecursionError):
            return None


def anchor_heads(table: Table, archive: AuditArchive, service: str, now: datetime, has_time: HasTime = always) -> int:
    """Anchor the heads of each past hour that is not anchored yet, while there is time, and return their number.

    Each anchor holds the hash of the previous one, so that none can be removed. A run after a crash finds the anchor that
    was written before it, and continues from there. Unchanged if the clock is behind the last anchored hour.

    Cost: 3 write units, 5 read units.
    """
    previous, count = find_last_anchor_hash(table) or GENESIS_HASH, 0
    hour = find_next_hour(table) or start_of_hour(now - FIRST_RUN_PERIOD)
    stop = min(now, hour + HOUR * MAX_HOURS)
    while hour + HOUR <= stop and has_time():
        heads = list(iter_heads(table, hour))
        if heads:
            text = Anchor(hour_name(hour), previous, heads).text()
            stored = archive.put(anchor_name(service, hour_name(hour)), text)
            if stored != text:  # a list gets no entry after its hour, so an honest run writes the same text again
                logger().error("anchor differs", service_name=service, hour=hour_name(hour))
                record_metric("AuditTampered", 1)
            previous = anchor_hash(stored)
            put_anchor_hash(table, hour, previous)
            count += len(heads)
        hour += HOUR
    put_next_hour(table, hour)
    logger().info("anchored", heads=count)
    return count


def anchor_name(service: str, hour: str) -> str:
    return f"{service}/{hour}.json"


def anchor_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
