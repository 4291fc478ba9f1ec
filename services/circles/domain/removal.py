"""The end of a note or comment: deleted by its author, or removed by a moderator with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.shared.security.audit import AuditTrail


class ContentState(StrEnum):
    """visible: to the members. deleted: by its author. removed: by a moderator. The last two are final."""

    VISIBLE = "visible"
    DELETED = "deleted"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Removal:
    """A moderator's removal, with its audit trail. The author reads the reason, but not who it was."""

    by: str
    reason: str
    at: datetime
    trail: AuditTrail

    @classmethod
    def record(cls, act: str, by: str, reason: str, author: str, salt: str, at: datetime) -> Removal:
        """Return a removal whose trail has one entry: `act`, with the reason and the author."""
        trail = AuditTrail(salt=salt).extend(act, actor=by, at=at, reason=reason, author=author)
        return cls(by, reason, at, trail)
