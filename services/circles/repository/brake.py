"""The members' brake of a circle, and the marks of who has pulled it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from services.circles.domain.brake import Brake
from services.circles.errors import CircleNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Item, Key, Put
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

BRAKE = "BRAKE"
KEPT = timedelta(days=40)  # a round lasts at most 30 days


def _partition(circle_id: str) -> str:
    return f"CIRCLE#{circle_id}#BRAKE"


def load_brake(table: Table, circle_id: str) -> Versioned[Brake]:
    return BRAKES.load_or(table, Key(_partition(circle_id), BRAKE), Brake(circle_id))


def find_brake(table: Table, circle_id: str) -> Brake:
    return BRAKES.find(table, Key(_partition(circle_id), BRAKE)) or Brake(circle_id)


def has_pulled(table: Table, brake: Brake, pullers: Collection[str], *, consistent_read: bool = False) -> bool:
    """Return whether one of the pullers has pulled the brake in this round. Cost: 0.5 read units each, twice if consistent."""
    keys = [_pull_key(brake, puller) for puller in pullers]
    return bool(get_all(table, keys, consistent_read=consistent_read))


def pull_writes(brake: Brake, pullers: Collection[str], at: datetime) -> list[Put]:
    """Return the marks of a pull: one for the user and for each identity, none of which exists.

    A mark has a hash, so that no export, log or reader of the table sees who pulled.
    """
    expires_at = int((at + KEPT).timestamp())
    return [Put({**_pull_key(brake, puller).attributes(), "expires_at": expires_at}, ABSENT) for puller in pullers]


def _pull_key(brake: Brake, puller: str) -> Key:
    digest = hashlib.sha256("\x00".join((brake.circle_id, str(brake.round), puller)).encode()).hexdigest()[:32]
    return Key(_partition(brake.circle_id), f"PULL#{brake.round:06}#{digest}")


def _to_item(brake: Brake) -> Item:
    return {
        **Key(_partition(brake.circle_id), BRAKE).attributes(),
        "circle_id": brake.circle_id,
        "round": brake.round,
        "pulls": brake.pulls,
        "started_at": millis(brake.started_at) if brake.started_at else None,
        "version": brake.version,
    }


def _from_item(item: Item) -> Brake:
    started_at = from_millis(item["started_at"]) if item["started_at"] else None
    return Brake(item["circle_id"], item["round"], item["pulls"], started_at, item["version"])


BRAKES = EntityStore(_to_item, _from_item, CircleNotFound)
