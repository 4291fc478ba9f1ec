"""The events of exports, deletions and erasures in commerce."""

from __future__ import annotations

from typing import Literal

from services.shared.messaging.events.base import Event, EventData, PartsExported, UserErased


class TradesExported(PartsExported):
    """The listings, orders and sales of a user in a circle were written for a data export."""

    SOURCE = "coterie.commerce"


class DeletionObstacle(EventData):
    """What must be finished before the account is deleted. id: of the order or payout; of a balance `seller` or `owner`."""

    kind: Literal["purchase", "sale", "payout", "balance"]
    id: str


class DeletionCheckedData(EventData):
    """check: the number of the check. obstacles: at most 20."""

    user_id: str
    check: int
    obstacles: list[DeletionObstacle]


class DeletionChecked(Event):
    """Commerce looked for orders of a user in which money or delivery is outstanding, open payouts and positive balances."""

    SOURCE = "coterie.commerce"
    data: DeletionCheckedData


class TradesErased(UserErased):
    """The listings and reports of a deleted account were erased. Orders and the ledger stay, as the law requires."""

    SOURCE = "coterie.commerce"
