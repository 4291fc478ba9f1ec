"""Groups of users who may trade with themselves, as a circle has them over time: one case of the reviewers each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.wash_trade import LinkedPair, SuspectedGroup
from services.shared.kernel.clock import next_version

MAX_ORDERS = 5_000  # of which a group has the ids, the newest; 150 KB
MAX_LISTED = 100  # users, orders and pairs in the evidence of a case


class GroupState(StrEnum):
    """open: a reviewer must decide. genuine, fake: a reviewer decided."""

    OPEN = "open"
    GENUINE = "genuine"
    FAKE = "fake"


@dataclass(frozen=True, slots=True)
class TradeGroup:
    """A group with its suspected orders.

    id: of its first order. owner_ids: the owners of the circle when the orders were placed, whose commission is held.
    user_ids, order_ids, signals: of all searches that found it. pairs: of the last one that added an order or a user.
    decided_at: when a reviewer decided; None while it is open.
    """

    id: str
    circle_id: str
    version: int = 0
    state: GroupState = GroupState.OPEN
    user_ids: frozenset[str] = frozenset()
    owner_ids: frozenset[str] = frozenset()
    order_ids: frozenset[str] = frozenset()
    signals: frozenset[str] = frozenset()
    pairs: tuple[LinkedPair, ...] = ()
    decided_at: datetime | None = None

    def add(self, found: SuspectedGroup, owner_of: Mapping[str, str], *, at: datetime) -> TradeGroup:
        """Add what a search found. Unchanged if the group has these users and orders.

        owner_of: the owner of the circle, by new order; empty for one that commerce did not know.
        """
        users, orders = self.user_ids | found.user_ids, self.order_ids | owner_of.keys()
        if (users, orders) == (self.user_ids, self.order_ids):
            return self
        newest = frozenset(sorted(orders)[-MAX_ORDERS:])
        signals = self.signals | {str(signal) for signal in found.signals}
        owners = self.owner_ids | {owner_id for owner_id in owner_of.values() if owner_id}
        new = replace(self, user_ids=users, owner_ids=owners, order_ids=newest, signals=signals)
        return replace(new, pairs=found.pairs[:MAX_LISTED], version=next_version(self.version, at))

    def decide(self, *, is_fake: bool, at: datetime) -> TradeGroup:
        """Apply the decision of a reviewer. Unchanged if one decided."""
        if self.state is not GroupState.OPEN:
            return self
        state = GroupState.FAKE if is_fake else GroupState.GENUINE
        return replace(self, state=state, decided_at=at, version=next_version(self.version, at))


def find_open_group(groups: Sequence[TradeGroup], found: SuspectedGroup) -> TradeGroup | None:
    """Return the open group that shares a user with what a search found, the oldest one; None if it is a new group."""
    near = (group for group in groups if group.state is GroupState.OPEN and group.user_ids & found.user_ids)
    return min(near, key=lambda group: group.id, default=None)


def is_known_as_genuine(groups: Iterable[TradeGroup], found: SuspectedGroup) -> bool:
    """Whether a reviewer decided that these users, all of them, trade honestly. One user more is a new group."""
    return any(group.state is GroupState.GENUINE and found.user_ids <= group.user_ids for group in groups)
