"""When products can be sold in a circle: not in its first days, and not while its members have paused sales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.shared.kernel.errors import SellingNotOpen
from services.shared.kernel.settings import Settings, setting

DAY = timedelta(days=1)


class SellingSettings(Settings):
    """circles, chat and commerce each apply it."""

    selling_starts_after: timedelta = setting(
        14 * DAY, timedelta(0), 365 * DAY, "How long after its activation nothing is sold in a circle."
    )


class SellingRule(StrEnum):
    """Why nothing can be sold. new_circle: its first days have not passed. paused: its members have paused sales."""

    NEW_CIRCLE = "new_circle"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Selling:
    """What decides when products can be sold in a circle.

    activated_at: None of a circle that was activated before this was published. paused_until: None if it never was paused.
    """

    activated_at: datetime | None = None
    paused_until: datetime | None = None

    def find_closed(self, starts_after: timedelta, now: datetime) -> tuple[SellingRule, datetime] | None:
        """Return the rule that denies sales now, and when it ends; the one that ends last."""
        starts_at = self.activated_at + starts_after if self.activated_at else now
        ends = {SellingRule.NEW_CIRCLE: starts_at, SellingRule.PAUSED: self.paused_until or now}
        rule = max(ends, key=lambda rule: ends[rule])
        return (rule, ends[rule]) if now < ends[rule] else None

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def require_open(self, starts_after: timedelta, now: datetime) -> None:
        """Raises: SellingNotOpen."""
        if closed := self.find_closed(starts_after, now):
            rule, frees_at = closed
            raise SellingNotOpen(rule=str(rule), frees_at=frees_at.isoformat())

    def is_open(self, starts_after: timedelta, now: datetime) -> bool:
        return self.find_closed(starts_after, now) is None


ALWAYS = Selling()  # of a circle about which nothing was published
