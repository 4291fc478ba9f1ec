"""The end of a note or comment: deleted by its author, or removed by a moderator with a reason; and when it is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.shared.security.audit import AuditTrail
from services.shared.security.take_downs import TakeDowns


class ContentState(StrEnum):
    """visible: to the members. deleted: by its author. removed: by a moderator. These two are final.

    taken_down: by the platform, until an appeal ends it; only shown, never stored: it is a state beside the others.
    """

    VISIBLE = "visible"
    DELETED = "deleted"
    REMOVED = "removed"
    TAKEN_DOWN = "taken_down"

    def shown(self, take_downs: TakeDowns) -> ContentState:
        """Return the state that is shown. What its author deleted stays deleted, whatever the platform decides."""
        return ContentState.TAKEN_DOWN if take_downs.is_down and self is not ContentState.DELETED else self


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
