"""What the use cases reach the world through."""

from __future__ import annotations

from dataclasses import dataclass

from services.review.adapters.anchors import Archive
from services.review.adapters.vault import Vault
from services.shared.kernel.clock import Clock
from services.shared.kernel.ids import NewId
from services.shared.security.keys import KeyRing
from services.shared.table.port import Table


@dataclass(frozen=True, slots=True)
class Ports:
    """`cohort` names the launch group that approvals fill, `quota` its seats."""

    table: Table
    clock: Clock
    new_id: NewId
    person_keys: KeyRing
    verifier_keys: KeyRing
    vault: Vault
    archive: Archive
    cohort: str
    quota: int

    def quota_of(self, cohort: str) -> int | None:
        """The seats of the open cohort; a former one keeps those it had."""
        return self.quota if cohort == self.cohort else None
