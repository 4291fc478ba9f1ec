"""A moderator's removal of content, with its audit trail, as attributes of the item of the content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import AuditTrail


@dataclass(frozen=True, slots=True)
class Removal:
    """A moderator's removal, with its audit trail. The author reads the reason, but not who it was."""

    by: str
    reason: str
    at: datetime
    trail: AuditTrail

    @classmethod
    def record(cls, act: str, by: str, reason: str, author: str, salt: str, at: datetime) -> Self:
        """Return a removal whose trail has one entry: `act`, with the reason and the author."""
        trail = AuditTrail(salt=salt).extend(act, actor=by, at=at, reason=reason, author=author)
        return cls(by, reason, at, trail)


def removal_to_item(removal: Removal | None) -> dict[str, Any]:
    """Return the attributes. The audit entry in them is written to an item of its own from the stream."""
    if removal is None:
        return {}
    stored = {"by": removal.by, "reason": removal.reason, "at": millis(removal.at)}
    return {"removal": stored, **removal.trail.to_item()}


def removal_from_item(item: Mapping[str, Any]) -> Removal | None:
    if "removal" not in item:
        return None
    removal = item["removal"]
    return Removal(removal["by"], removal["reason"], from_millis(removal["at"]), AuditTrail.from_item(item))
