"""A moderator's removal, as attributes of the note or comment. Its audit entry is written from the stream."""

from __future__ import annotations

from services.circles.domain import Removal
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.audit import AuditTrail
from services.shared.table.items import Item


def removal_to_item(removal: Removal | None) -> Item:
    if removal is None:
        return {}
    stored = {"by": removal.by, "reason": removal.reason, "at": millis(removal.at)}
    return {"removal": stored, **removal.trail.to_item()}


def removal_from_item(item: Item) -> Removal | None:
    if "removal" not in item:
        return None
    removal = item["removal"]
    return Removal(removal["by"], removal["reason"], from_millis(removal["at"]), AuditTrail.from_item(item))
