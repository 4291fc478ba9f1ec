"""Creating an entity once, however often its client repeats the request.

`create` is for entities whose id derives from the Idempotency-Key. `create_in_order` is for notes and comments, which several
users put in one list: their ids have the server's time, so no client's clock decides the order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import DomainError, KeyReused
from services.shared.kernel.ids import MAX_CREATION, IdempotencyKey
from services.shared.messaging.events import Event
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Attr, Item, Key
from services.shared.table.port import ConditionFailed, HasTable
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, retry_on_write_conflict, save

Entity = TypeVar("Entity")
MARKER_LIFETIME = timedelta(days=2)  # a key is accepted for one day


def create(
    ports: HasTable,
    key: IdempotencyKey,
    slot: Slot,
    store: EntityStore[Entity],
    item_key: Key,
    build: Callable[[], Entity | Changed[Entity]],
    *events: type[Event],
    opened: Callable[[Entity, tuple[str, ...]], tuple[str, ...]] | None = None,
) -> Entity:
    """Create the entity that `build` returns, at `item_key`, and return it.

    A retry returns the existing entity, also if `build` raises by now because the state, the stock or a limit has changed.
    The existing entity is read only if the request used its slot before, or if `build` or the write fails.

    slot: of the rate limit of this kind. opened: as in `Slot.use`, of the new entity, if the number of open ones is limited.

    Cost: 1 write unit and 0.5 read units for the slot, and 1 write unit per KB of the entity.
    Raises: KeyReused (the key was used with another body), RateLimitReached, and what `build` and `opened` raise.
    """

    def find_created() -> Entity | None:
        item = ports.table.get(item_key, consistent_read=True)
        return store.from_item(_require_same_body(item, key)) if item else None

    def attempt() -> Entity:
        try:
            if created := _find_repeated(slot, find_created):
                return created
            built = build()
            entity = built.after if isinstance(built, Changed) else built
            slot.use(partial(opened, entity) if opened else None)
            return save(ports, store.new(entity), built, *events, key=key)
        except (DomainError, ConditionFailed) as error:
            if not isinstance(error, KeyReused) and (created := find_created()):
                return created
            raise

    return retry_on_write_conflict(attempt)


def _find_repeated(slot: Slot, find_created: Callable[[], Entity | None]) -> Entity | None:
    """Return what an earlier try of a request that has its slot created. Raises: RateLimitReached (no slot is free)."""
    slot.require_free()
    return find_created() if slot.is_used() else None


@dataclass(frozen=True, slots=True)
class _Marker:
    """Which id and time the server chose for a key."""

    id: str
    at: datetime


def create_in_order(
    ports: HasTable,
    key: IdempotencyKey,
    slot: Slot,
    prefix: str,
    store: EntityStore[Entity],
    key_of: Callable[[str], Key],
    build: Callable[[str, datetime], Entity],
) -> Entity:
    """Create the entity that `build` returns for an id and a time of the server, and return it.

    A marker for the Idempotency-Key is put first, with the id: two requests at once create one entity, and a retry completes
    a creation that crashed. A retry more than a minute later gets a new id: no reader who paged past the old one misses it.

    Cost: 1 write unit and 0.5 read units for the slot, 1 write unit for the marker, and 1 per KB of the entity.
    Raises: KeyReused (another body), and RateLimitReached and what `build` raises, unless the entity exists.
    """
    find_created = partial(_find_created, ports, key, store, key_of)

    def attempt() -> Entity:
        new = _Marker(ports.new_id(prefix), ports.clock())
        try:
            if earlier := _find_repeated(slot, find_created):
                return earlier
            entity = build(new.id, new.at)
            slot.use()
        except DomainError:
            if earlier := find_created():
                return earlier
            raise
        if (marker := _put_marker(ports, key, new)).id != new.id:
            if created := store.find(ports.table, key_of(marker.id), consistent_read=True):
                return created
            if new.at - marker.at > MAX_CREATION:
                _replace_marker(ports, key, marker, new)
            else:
                entity = build(marker.id, marker.at)
        return _save_once(ports, store, entity)

    return retry_on_write_conflict(attempt)


def _save_once(ports: HasTable, store: EntityStore[Entity], entity: Entity) -> Entity:
    """Store a new entity, or return the one that a request with the same key stored at the same time."""
    try:
        return save(ports, store.new(entity), entity)
    except ConditionFailed as failed:
        if failed.old is None:
            raise
        return store.from_item(failed.old)


def _put_marker(ports: HasTable, key: IdempotencyKey, new: _Marker) -> _Marker:
    """Store the marker of a key and return it; if an earlier request stored one, return that.

    Raises: KeyReused.
    """
    try:
        ports.table.put(_marker_to_item(key, new), when=ABSENT)
    except ConditionFailed as failed:
        if failed.old is None:
            raise
        return _marker_from_item(failed.old, key)
    return new


def _replace_marker(ports: HasTable, key: IdempotencyKey, crashed: _Marker, new: _Marker) -> None:
    ports.table.put(_marker_to_item(key, new), when=Attr("id").eq(crashed.id))


def _find_created(
    ports: HasTable, key: IdempotencyKey, store: EntityStore[Entity], key_of: Callable[[str], Key]
) -> Entity | None:
    """Return what an earlier request with this key created. Raises: KeyReused."""
    item = ports.table.get(_marker_key(key), consistent_read=True)
    return store.find(ports.table, key_of(_marker_from_item(item, key).id), consistent_read=True) if item else None


def _marker_key(key: IdempotencyKey) -> Key:
    return Key(f"REQUEST#{key.id('req')}", "REQUEST")


def _marker_to_item(key: IdempotencyKey, marker: _Marker) -> Item:
    return {
        **_marker_key(key).attributes(),
        "id": marker.id,
        "at": millis(marker.at),
        "body_hash": key.body_hash,
        "expires_at": millis(marker.at + MARKER_LIFETIME) // 1000,
    }


def _marker_from_item(item: Item, key: IdempotencyKey) -> _Marker:
    """Return a stored marker. Raises: KeyReused (it has another body)."""
    return _Marker(_require_same_body(item, key)["id"], from_millis(item["at"]))


def _require_same_body(item: Item, key: IdempotencyKey) -> Item:
    if item["body_hash"] != key.body_hash:
        raise KeyReused
    return item
