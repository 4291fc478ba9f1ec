"""An entry of a review queue: what waits, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An application, tenure, succession, case or sanction that is due at `due_at`.

    id: of the entity; of a sanction, the user's. reviewer, lease_until: of the last claim.
    """

    id: str
    queue: str
    due_at: datetime
    circle_name: str = ""
    state: str = ""
    approvals: int = 0
    submitted_at: datetime | None = None
    reviewer: str = ""
    lease_until: datetime | None = None

    def is_claimed(self, at: datetime) -> bool:
        return self.lease_until is not None and at < self.lease_until
