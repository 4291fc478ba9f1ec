"""Creating an entity once, however often its client repeats the request.

`create` is for entities whose id derives from the Idempotency-Key. `create_in_order` is for notes and comments, which several
users put in one list: their ids have the server's time, so no client's clock decides the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from services.shared.kernel.chosen_ids import ChosenId
from services.shared.kernel.errors import DomainError, KeyReused
from services.shared.kernel.ids import MAX_CREATION, IdempotencyKey
from services.shared.kernel.rates import Rate
from services.shared.messaging.events import Event
from services.shared.table.entities import EntityStore
from services.shared.table.id_slots import IdSlot
from services.shared.table.items import Item, Key
from services.shared.table.port import ConditionFailed, HasTable
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, retry_on_write_conflict, save

Entity = TypeVar("Entity")


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


def create_in_order(
    ports: HasTable,
    key: IdempotencyKey,
    rate: Rate,
    prefix: str,
    store: EntityStore[Entity],
    key_of: Callable[[str], Key],
    build: Callable[[str, datetime], Entity | Changed[Entity]],
    *events: type[Event],
) -> Entity:
    """Create the entity that `build` returns for an id and a time of the server, with its events, and return it.

    A `Changed` has other writes of the same transaction. If the condition of one of them fails, `build` is called again.

    The id is stored first, by the write that uses the slot: two requests at once create one entity, and a retry completes a
    creation that crashed. A retry more than a minute later gets a new id, with another slot: no reader who paged past the
    old one misses it.

    Cost: 1 write unit and 0.5 read units for the slot with the id, and 1 write unit per KB of the entity.
    Raises: KeyReused (another body), and RateLimitReached and what `build` raises, unless the entity exists.
    """
    creation = _Creation(ports, key, IdSlot(ports, key, rate), prefix, store, key_of, build, events)
    return retry_on_write_conflict(creation.attempt)


@dataclass(frozen=True, slots=True)
class _Creation(Generic[Entity]):
    """One request that creates an entity under an id of the server."""

    ports: HasTable
    key: IdempotencyKey
    slot: IdSlot
    prefix: str
    store: EntityStore[Entity]
    key_of: Callable[[str], Key]
    build: Callable[[str, datetime], Entity | Changed[Entity]]
    events: Sequence[type[Event]]

    def attempt(self) -> Entity:
        """Create the entity. If that is denied, return the one that another try created meanwhile."""
        try:
            return self._create()
        except DomainError as error:
            if not isinstance(error, KeyReused) and (created := self._find_created(self.slot.find_again())):
                return created
            raise

    def _create(self) -> Entity:
        new = ChosenId.of(self.key, self.ports.new_id(self.prefix))
        while True:
            chosen = self.slot.find()
            if created := self._find_created(chosen):
                return created
            if chosen and not chosen.is_older(new, by=MAX_CREATION):
                return self._save(self._build_for(chosen))
            self.slot.require_free()
            built = self._build_for(new)
            if self.slot.choose(new):
                return self._save(built)

    def _find_created(self, chosen: ChosenId | None) -> Entity | None:
        return self.store.find(self.ports.table, self.key_of(self._id(chosen)), consistent_read=True) if chosen else None

    def _build_for(self, chosen: ChosenId) -> Changed[Entity]:
        built = self.build(self._id(chosen), chosen.at)
        return replace(built, events=self.events) if isinstance(built, Changed) else Changed(built, self.events)

    def _id(self, chosen: ChosenId) -> str:
        return f"{self.prefix}_{chosen.ulid}"

    def _save(self, built: Changed[Entity]) -> Entity:
        """Store the entity, or return the one that a request with the same key stored at the same time."""
        try:
            return save(self.ports, self.store.new(built.after), built)
        except ConditionFailed as failed:
            if failed.old is None or failed.index > 0:
                raise
            return self.store.from_item(failed.old)


def _require_same_body(item: Item, key: IdempotencyKey) -> Item:
    if item["body_hash"] != key.body_hash:
        raise KeyReused
    return item
