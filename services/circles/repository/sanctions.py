"""A sanction of a member, as a map in the item of the membership."""

from __future__ import annotations

from services.circles.domain import Sanction, SanctionKind
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item


def sanction_to_item(sanction: Sanction | None) -> Item | None:
    if sanction is None:
        return None
    return {
        "kind": str(sanction.kind),
        "reason": sanction.reason,
        "by": sanction.by,
        "at": millis(sanction.at),
        "until": millis(sanction.until) if sanction.until else None,
        "through": sanction.through,
    }


def sanction_from_item(item: Item | None) -> Sanction | None:
    if item is None:
        return None
    until = from_millis(item["until"]) if item["until"] is not None else None
    kind, at = SanctionKind(item["kind"]), from_millis(item["at"])
    return Sanction(kind, item["reason"], item["by"], at, until, item.get("through", ""))
