"""The circle that a room belongs to, as far as chat needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.shared.security.selling import ALWAYS, Selling


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle, as the circles service published it last.

    name: empty once the circle is closed, since this stays when its content is deleted.
    read_only_until: the end of the read-only time; None if it has no end. selling: when products can be sold in it.
    """

    id: str
    owner_id: str
    read_only: bool
    read_only_until: datetime | None
    version: int
    name: str = ""
    selling: Selling = ALWAYS

    def is_read_only(self, at: datetime) -> bool:
        return self.read_only and (self.read_only_until is None or at < self.read_only_until)
