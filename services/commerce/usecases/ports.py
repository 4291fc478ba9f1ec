"""What the use cases reach the world through."""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.clock import Clock
from services.shared.ids import NewId
from services.shared.keys import KeyRing
from services.shared.payments import Payments
from services.shared.table import Table


@dataclass(frozen=True, slots=True)
class Ports:
    table: Table
    clock: Clock
    new_id: NewId
    payments: Payments
    webhook_keys: KeyRing
