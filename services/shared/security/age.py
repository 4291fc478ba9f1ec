"""The age of a user, of which only one day is known: the day on which a minor turns 18. Nothing is stored of an adult.

Review publishes the day with the identity. Only a service that limits minors stores it, in the item of the account status, an
attribute per identity: every identity that a user was ever verified under counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from services.shared.kernel.clock import china_day

PREFIX = "minor_"  # of the attributes of the item of the account status: one per identity of a minor


def minors_from_item(item: Mapping[str, object] | None) -> dict[str, date]:
    """Return the day on which each identity turns 18, of those that were minors when they were verified."""
    named = ((name, value) for name, value in (item or {}).items() if name.startswith(PREFIX))
    return {name.removeprefix(PREFIX): date.fromisoformat(str(value)) for name, value in named}


def is_minor_on(adult_on: date | None, at: datetime) -> bool:
    """Whether the 18th birthday is after this day in China."""
    return adult_on is not None and china_day(at) < adult_on
