"""The open reservations of one buyer, whose number and units are limited so that no buyer reserves a whole stock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Self

from services.commerce.domain.order import Order
from services.commerce.errors import OpenReservationLimitReached, ReservedUnitLimitReached
from services.commerce.settings import settings
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import MAX_CREATION

LISTING_ID_LENGTH = 8  # the end of an id is random


@dataclass(frozen=True, slots=True)
class Reservation:
    """An order that was unpaid when it was placed. It counts until its expiry and the cool-down have passed.

    listing: the end of the listing's id.
    """

    order_id: str
    listing: str
    quantity: int
    placed_at: datetime

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(order.id, order.listing_id[-LISTING_ID_LENGTH:], order.quantity, order.created_at)

    @classmethod
    def parse(cls, entry: str) -> Self:
        order_id, listing, quantity, placed_at = entry.split()
        return cls(order_id, listing, int(quantity), from_millis(int(placed_at)))

    @property
    def counts_until(self) -> datetime:
        return self.placed_at + settings().reservation_lifetime + settings().reservation_cool_down

    def covers(self, new: Reservation) -> bool:
        """Whether this is of the same order, and counts until the creation of `new` has ended."""
        is_recent = new.placed_at - self.placed_at < MAX_CREATION / 2
        return self.order_id == new.order_id and self.quantity >= new.quantity and is_recent

    def __str__(self) -> str:
        return f"{self.order_id} {self.listing} {self.quantity} {millis(self.placed_at)}"


@dataclass(frozen=True, slots=True)
class OpenReservations:
    """The reservations of a buyer that can count. An order that was paid since stays until `without` removes it."""

    reservations: tuple[Reservation, ...]

    @classmethod
    def parse(cls, entries: tuple[str, ...], at: datetime) -> Self:
        """Return the stored reservations whose time has not passed."""
        stored = map(Reservation.parse, entries)
        return cls(tuple(reservation for reservation in stored if at < reservation.counts_until))

    def add(self, order: Order) -> OpenReservations:
        """Add a new order. Unchanged if a try of its request added it a moment ago, with as many units.

        Raises: OpenReservationLimitReached, ReservedUnitLimitReached (`retry_after` is when enough of them no longer count).
        """
        if any(one.covers(Reservation.of(order)) for one in self.reservations):
            return self
        at, limit, unit_limit = order.created_at, settings().max_open_reservations, settings().max_reserved_units
        new, others = self._merge(Reservation.of(order)), self.without((order.id,)).reservations
        if len(others) >= limit:
            wait = _seconds_until([(one.counts_until, 1) for one in others], limit - 1, at)
            raise OpenReservationLimitReached(limit=limit, retry_after=wait)
        units = [(one.counts_until, one.quantity) for one in others if one.listing == new.listing]
        if sum(quantity for _, quantity in units) + new.quantity > unit_limit:
            wait = _seconds_until(units, unit_limit - new.quantity, at)
            raise ReservedUnitLimitReached(limit=unit_limit, retry_after=wait)
        return OpenReservations((*others, new))

    def _merge(self, new: Reservation) -> Reservation:
        """Two bodies under one key can be under way at once, and either can become the order."""
        return replace(new, quantity=max(one.quantity for one in (*self.reservations, new) if one.order_id == new.order_id))

    def without(self, order_ids: Collection[str]) -> OpenReservations:
        return OpenReservations(tuple(one for one in self.reservations if one.order_id not in order_ids))

    def to_entries(self) -> tuple[str, ...]:
        return tuple(map(str, self.reservations))


def _seconds_until(counted: Sequence[tuple[datetime, int]], most: int, at: datetime) -> int | None:
    """Return the seconds until at most `most` units count, given until when each number of units does; None if never."""
    left = sum(units for _, units in counted)
    for until, units in sorted(counted):
        left -= units
        if left <= most:
            return ceil((until - at).total_seconds())
    return None
