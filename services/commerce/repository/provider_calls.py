"""The records of requests that move money at the provider. They expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.commerce.domain.provider_call import ProviderCall
from services.shared.kernel.clock import millis
from services.shared.table.items import ABSENT, Attr, Item, Key
from services.shared.table.port import ConditionFailed, Table

FIELDS = ("key", "body_hash", "is_complete", "expires_at", "runs_until")


@dataclass(frozen=True, slots=True)
class ProviderCalls:
    """The records in one table."""

    table: Table

    def start(self, call: ProviderCall, now: datetime) -> ProviderCall | None:
        """Record a request that starts. Return the one that is in force instead, if it is complete or still runs.

        Cost: 1 write unit.
        """
        has_died = Attr("is_complete").eq(False) & Attr("runs_until").lt(millis(now))
        when = ABSENT | Attr("expires_at").lt(millis(now) // 1000) | has_died
        try:
            self.table.put({**_key(call.key).attributes(), **_to_item(call)}, when=when)
        except ConditionFailed as failed:
            return _from_item(failed.old) if failed.old else self.find(call.key)
        return None

    def find(self, key: str) -> ProviderCall | None:
        item = self.table.get(_key(key), consistent_read=True)
        return _from_item(item) if item else None

    def complete(self, call: ProviderCall) -> None:
        """Record that the provider accepted the request. Cost: 1 write unit."""
        self.table.put({**_key(call.key).attributes(), **_to_item(call)}, when=None)

    def delete(self, key: str) -> None:
        """Delete the record of a request that failed, so that it can start again. Cost: 1 write unit."""
        self.table.delete(_key(key), when=None)


def _key(key: str) -> Key:
    return Key(f"CALL#{key}", "CALL")


def _to_item(call: ProviderCall) -> Item:
    return {name: getattr(call, name) for name in FIELDS}


def _from_item(item: Item) -> ProviderCall:
    return ProviderCall(*(item[name] for name in FIELDS))
