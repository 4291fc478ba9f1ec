"""The open reservations of one buyer, whose number and units are limited so that no buyer reserves a whole stock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Self

from services.commerce.domain.order import Order
from services.commerce.errors import OpenReservationLimitReached, ReservedUnitLimitReached
from services.commerce.settings import settings
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import MAX_CREATION

EXPIRED = "-"
LISTING_ID_LENGTH = 8  # the end of an id is random


@dataclass(frozen=True, slots=True)
class Reservation:
    """An order that was unpaid when it was placed. It counts until its expiry and the cool-down have passed.

    due_at: the end of the reservation; None once the order has expired.
    units: the number of units by the end of the listing's id.
    """

    order_id: str
    placed_at: datetime
    due_at: datetime | None
    units: Mapping[str, int]

    @classmethod
    def of(cls, order: Order) -> Self:
        units = {listing_id[-LISTING_ID_LENGTH:]: sum(units.values()) for listing_id, units in order.units.items()}
        return cls(order.id, order.created_at, order.due_at, units)

    @classmethod
    def parse(cls, entry: str) -> Self:
        order_id, placed_at, due_at, *units = entry.split()
        parsed = {listing: int(quantity) for listing, quantity in (one.split(":") for one in units)}
        return cls(order_id, from_millis(int(placed_at)), from_millis(int(due_at)) if due_at != EXPIRED else None, parsed)

    @property
    def counts_until(self) -> datetime:
        return self.placed_at + settings().reservation_lifetime + settings().reservation_cool_down

    def is_due(self, at: datetime) -> bool:
        """Whether the schedule must look at the order: it may be unpaid at the end of its reservation."""
        return self.due_at is not None and at >= self.due_at

    def is_kept(self, at: datetime) -> bool:
        """Whether the entry is needed. Until its order has expired or is paid, it is the only way to the order's expiry."""
        return self.due_at is not None or at < self.counts_until

    def covers(self, new: Reservation) -> bool:
        """Whether this is of the same order, and counts until the creation of `new` has ended."""
        is_recent = new.placed_at - self.placed_at < MAX_CREATION / 2
        has_units = all(self.units.get(listing, 0) >= quantity for listing, quantity in new.units.items())
        return self.order_id == new.order_id and has_units and is_recent

    def merge(self, other: Reservation) -> Reservation:
        """Return this with the larger number of units of each listing."""
        both = {**other.units, **self.units}
        return replace(self, units={name: max(self.units.get(name, 0), other.units.get(name, 0)) for name in both})

    def __str__(self) -> str:
        units = (f"{listing}:{quantity}" for listing, quantity in self.units.items())
        due_at = str(millis(self.due_at)) if self.due_at else EXPIRED
        return " ".join((self.order_id, str(millis(self.placed_at)), due_at, *units))


@dataclass(frozen=True, slots=True)
class OpenReservations:
    """The reservations of a buyer. Those of orders that were paid since stay until they are looked at.

    No request removes an entry whose order can be reserved: the schedule would not find the order.
    """

    reservations: tuple[Reservation, ...]

    @classmethod
    def parse(cls, entries: tuple[str, ...]) -> Self:
        return cls(tuple(map(Reservation.parse, entries)))

    def add(self, orders: Sequence[Order]) -> OpenReservations:
        """Add the new orders of a request. Unchanged if a try of it added them a moment ago, with as many units.

        Raises: OpenReservationLimitReached, ReservedUnitLimitReached (`retry_after` is when enough of them no longer count).
        """
        new = list(map(Reservation.of, orders))
        if all(any(one.covers(each) for one in self.reservations) for each in new):
            return self
        at, limit = orders[0].created_at, settings().max_open_reservations
        added, others = [self._merge(each) for each in new], self.without([order.id for order in orders]).reservations
        counted = [one for one in others if at < one.counts_until]
        if len(counted) + len(added) > limit:
            wait = _seconds_until([(one.counts_until, 1) for one in counted], limit - len(added), at)
            raise OpenReservationLimitReached(limit=limit, retry_after=wait)
        for listing in sorted({listing for each in added for listing in each.units}):
            _require_units_allowed(listing, added, counted, at)
        return OpenReservations((*others, *added))

    def _merge(self, new: Reservation) -> Reservation:
        """Two bodies under one key can be under way at once, and either can become the order."""
        earlier = next((one for one in self.reservations if one.order_id == new.order_id), new)
        return new.merge(earlier)

    def without(self, order_ids: Collection[str]) -> OpenReservations:
        return OpenReservations(tuple(one for one in self.reservations if one.order_id not in order_ids))

    def to_entries(self) -> tuple[str, ...]:
        return tuple(map(str, self.reservations))


def _require_units_allowed(listing: str, new: Sequence[Reservation], others: Sequence[Reservation], at: datetime) -> None:
    """Require that all reservations together have few enough units of a listing. Raises: ReservedUnitLimitReached."""
    limit, wanted = settings().max_reserved_units, sum(one.units.get(listing, 0) for one in new)
    counted = [(one.counts_until, one.units[listing]) for one in others if listing in one.units]
    if sum(quantity for _, quantity in counted) + wanted > limit:
        raise ReservedUnitLimitReached(limit=limit, retry_after=_seconds_until(counted, limit - wanted, at))


def _seconds_until(counted: Sequence[tuple[datetime, int]], most: int, at: datetime) -> int | None:
    """Return the seconds until at most `most` units count, given until when each number of units does; None if never."""
    left = sum(units for _, units in counted)
    for until, units in sorted(counted):
        left -= units
        if left <= most:
            return ceil((until - at).total_seconds())
    return None
