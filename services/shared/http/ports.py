"""What the HTTP layer needs of a service.

It has a module of its own, so that the wiring of a service does not load the HTTP layer.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.shared.kernel.clock import Clock
from services.shared.kernel.rates import Rate
from services.shared.security.keys import KeyRing
from services.shared.security.tokens import TokenRules
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class HttpPorts:
    """The ports of the HTTP layer.

    table: for the account status of the caller.
    cursor_keys: encrypt the cursors of lists. id_keys: the secret of the ids that derive from an Idempotency-Key.
    change_rate: how often a user can change existing state. tokens: which tokens count, and for what.
    """

    table: Table
    clock: Clock
    cursor_keys: KeyRing
    id_keys: KeyRing
    change_rate: Rate
    tokens: TokenRules
