"""The reports that the members of a circle have paused its sales: one item per pause, with its event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.shared.kernel.clock import millis
from services.shared.messaging.events import SellingReported
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable
from services.shared.table.versioned import put_if_absent

SELLING_REPORT = "SELLING_REPORT#"
LIFETIME = timedelta(days=30)  # an event that failed is redriven within 14 days


def _key(circle_id: str, paused_until: datetime) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{SELLING_REPORT}{millis(paused_until)}")


def has_selling_report(ports: HasTable, circle_id: str, paused_until: datetime) -> bool:
    return ports.table.get(_key(circle_id, paused_until), consistent_read=True) is not None


def put_selling_report(
    ports: HasTable, circle_id: str, owner_id: str, paused_until: datetime, evidence: dict[str, Any]
) -> None:
    """Store the report of a pause. Unchanged if it is stored. It expires; the case of review has its evidence."""
    at = ports.clock()
    item: Item = {
        **_key(circle_id, paused_until).attributes(),
        "circle_id": circle_id,
        "owner_id": owner_id,
        "evidence": evidence,
        "version": millis(paused_until),
        "expires_at": millis(at + LIFETIME) // 1000,
    }
    put_if_absent(ports.table, item | pending_events(ports.new_id, at, SellingReported))
