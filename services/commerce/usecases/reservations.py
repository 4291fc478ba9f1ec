"""The open reservations of buyers: which of them count, and their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from services.commerce.domain import Order, OrderState
from services.commerce.domain.reservations import OpenReservations, Reservation
from services.commerce.errors import OrderStateConflict
from services.commerce.repository import orders, reservations
from services.commerce.repository.reservations import StoredReservations
from services.commerce.repository.reserving import release_reservation
from services.commerce.usecases.ports import Ports
from services.shared.kernel.ids import MAX_CREATION
from services.shared.kernel.remaining_time import HasTime
from services.shared.messaging.events import OrderChanged
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict
from services.shared.table.versioned import Changed, Versioned, save

Loaded = Versioned[Order] | None
# One that was cancelled counts on too: else a buyer could reserve a stock again and again, and never pay.
COUNTING = (OrderState.RESERVED, OrderState.EXPIRED, OrderState.CANCELLED)


def find_counting(ports: Ports, buyer_id: str, stored: Sequence[Reservation], at: datetime) -> tuple[Reservation, ...]:
    """Return the reservations whose orders are unpaid, or are not stored yet."""
    found = orders.load_orders(ports.table, buyer_id, [one.order_id for one in stored])
    return tuple(one for one in stored if _counts(one, found.get(one.order_id), at))


def _counts(reservation: Reservation, loaded: Loaded, at: datetime) -> bool:
    if loaded is None:
        return at - reservation.placed_at < MAX_CREATION
    return loaded.entity.state in COUNTING


def expire_reservations(ports: Ports, has_time: HasTime) -> int:
    """Expire the reservations that are due, while there is time, and return how many expired.

    An entry stays until its order is paid, or is expired or cancelled and the cool-down has passed. Then it is removed, and a
    buyer's item without entries is deleted.

    Cost: 8 read units. Of one expired order: 5 write units and 1.5 read units.
    """
    expired, minute = 0, int(ports.clock().timestamp()) // 60
    for stored in reservations.iter_reservations(ports.table, minute):
        expired += _expire_of_buyer(ports, stored, has_time)
    return expired


def _expire_of_buyer(ports: Ports, stored: StoredReservations, has_time: HasTime) -> int:
    """Return how many reservations of a buyer expired. What there is no time for is unchanged, and its turn comes again."""
    at, open_ = ports.clock(), OpenReservations.parse(stored.entries).reservations
    due = {one.order_id for one in open_ if one.is_due(at) and has_time()}
    found = orders.load_orders(ports.table, stored.buyer_id, sorted(due))
    expired: list[str] = []
    left = [_after(ports, one, found.get(one.order_id), expired.append) if one.order_id in due else one for one in open_]
    entries = OpenReservations(tuple(one for one in left if one and one.is_kept(at))).to_entries()
    if entries != stored.entries or not entries:
        reservations.put_reservations(ports.table, stored, entries, at)
    return len(expired)


def _after(ports: Ports, reservation: Reservation, loaded: Loaded, on_expired: Callable[[str], None]) -> Reservation | None:
    """Expire the order of a due reservation, and return what stays of the entry."""
    at = ports.clock()
    if loaded is None or loaded.entity.state not in COUNTING:
        return reservation if loaded is None and _counts(reservation, loaded, at) else None
    if loaded.entity.state is OrderState.RESERVED:
        if not _expire(ports, loaded):
            return reservation
        on_expired(reservation.order_id)
    return replace(reservation, due_at=None)


def _expire(ports: Ports, loaded: Versioned[Order]) -> bool:
    """Expire an order and return its units and its coupon in the same transaction, so exactly once.

    False if it is not due, if another write moved it, or if contention leaves it to the next minute.
    """
    try:
        expired = loaded.entity.expire(at=ports.clock())
        save(ports, loaded, Changed(expired, [OrderChanged], release_reservation(ports, expired)))
    except (ConditionFailed, OrderStateConflict, TransactionConflict, Throttled):
        return False
    return True
