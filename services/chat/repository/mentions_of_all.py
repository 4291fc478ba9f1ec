"""How often the messages of a circle mention all on one day in China: an item per circle and day."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.shared.kernel.clock import china_day, millis
from services.shared.table.items import Attr, Key
from services.shared.table.port import ConditionFailed, Table

KEPT = timedelta(days=2)


def mentions_key(circle_id: str, at: datetime) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"MENTIONS_OF_ALL#{china_day(at).isoformat()}")


def acquire_mention_of_all(table: Table, circle_id: str, token: str, at: datetime, limit: int) -> bool:
    """Count a message that mentions all; return whether the day's limit permits it. One that is counted is not counted again.

    token: of the message. The tokens are attributes, so two sends at once each see the other in their conditions.
    Cost: 1 write unit.
    """
    has_slot = Attr("count").not_exists() | Attr("count").lt(limit)
    stored = {f"token_{token}": True, "expires_at": millis(at + KEPT) // 1000}
    try:
        table.update(
            mentions_key(circle_id, at), add={"count": 1}, set=stored, when=has_slot & Attr(f"token_{token}").not_exists()
        )
    except ConditionFailed as failed:
        return f"token_{token}" in (failed.old or {})
    return True
