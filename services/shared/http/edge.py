"""What the HTTP edge itself needs of a service; apart from the edge, so that wiring loads without it."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.kernel.clock import Clock
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Edge:
    """The table for a person's standing, the clock, the rings for cursors and for ids."""

    table: Table
    clock: Clock
    cursor_keys: KeyRing
    id_keys: KeyRing
