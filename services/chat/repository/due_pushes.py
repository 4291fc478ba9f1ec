"""When users get their next web pushes.

One partition takes 1,000 writes per second, so the pushes are spread over shards by user, each a partition of its own.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.shared.kernel.clock import from_rfc3339, rfc3339
from services.shared.table.items import Item, Key, Put, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

SHARDS = 4
MAX_DUE = 100  # of one query
DIGEST = "#DIGEST"


@dataclass(frozen=True, slots=True, order=True)
class DuePush:
    """When a user gets a push: of what is new then, or the daily digest."""

    due_at: datetime
    user_id: str
    is_digest: bool = False

    @property
    def key(self) -> Key:
        shard = zlib.crc32(self.user_id.encode()) % SHARDS
        return Key(f"PUSHES#{shard}", f"{rfc3339(self.due_at)}#{self.user_id}{DIGEST if self.is_digest else ''}")

    @property
    def write(self) -> Put:
        """The write that plans it. All notifications until then are one push, so a repeat plans the same."""
        return Put(self.key.attributes(), None)


def plan_push(table: Table, push: DuePush) -> None:
    """Store when a user gets a push. Cost: 1 write unit."""
    table.put(push.write.item, when=None)


def iter_due_pushes(table: Table, at: datetime) -> Iterator[DuePush]:
    """Yield the pushes that are due, the longest due first. Cost: 0.5 read units per shard."""
    queries = (Query(pk=f"PUSHES#{shard}", last=f"{rfc3339(at)}~", limit=MAX_DUE) for shard in range(SHARDS))
    return heapq.merge(*(map(_push_from_item, query_all(table, query)) for query in queries))


def delete_due_push(table: Table, push: DuePush) -> None:
    table.delete(push.key, when=None)


def _push_from_item(item: Item) -> DuePush:
    due_at, user_id, *digest = item["sk"].split("#")
    return DuePush(from_rfc3339(due_at), user_id, bool(digest))
