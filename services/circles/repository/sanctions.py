"""A sanction of a member, as a map in the item of the membership."""

from __future__ import annotations

from services.circles.domain import Role, Sanction, SanctionKind
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item


def sanction_to_item(sanction: Sanction | None) -> Item | None:
    if sanction is None:
        return None
    return {
        "kind": str(sanction.kind),
        "reason": sanction.reason,
        "by": sanction.by,
        "by_role": str(sanction.by_role),
        "at": millis(sanction.at),
        "until": millis(sanction.until) if sanction.until else None,
        "through": sanction.through,
        "beneath": sanction_to_item(sanction.beneath),
    }


def sanction_from_item(item: Item | None) -> Sanction | None:
    if item is None:
        return None
    until = from_millis(item["until"]) if item["until"] is not None else None
    beneath, role = sanction_from_item(item["beneath"]), Role(item["by_role"])
    kind, at = SanctionKind(item["kind"]), from_millis(item["at"])
    return Sanction(kind, item["reason"], item["by"], role, at, until, item["through"], beneath)
