"""The weekly health measurements of a circle."""

from __future__ import annotations

from services.circles.domain.health import Health
from services.circles.errors import HealthNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.port import Item, Key, Query, Table

METRICS = ("posts", "authors", "first_reply", "concentration", "insularity", "commercial", "silent_days", "score")


def health_to_item(circle_id: str, owner: str, week: str, health: Health) -> Item:
    measured_at = millis(health.measured_at)
    item: Item = {"circle_id": circle_id, "owner": owner, "version": measured_at, "measured_at": measured_at}
    metrics = {name: getattr(health, name) for name in METRICS}
    return {**Key(f"CIRCLE#{circle_id}#HEALTH", week).attributes(), **item, **metrics}


def get_latest_health(table: Table, circle_id: str) -> Health:
    page = table.query(Query(pk=f"CIRCLE#{circle_id}#HEALTH", limit=1, newest_first=True))
    if not page.items:
        raise HealthNotFound
    item = page.items[0]
    return Health(from_millis(item["measured_at"]), **{name: item[name] for name in METRICS})
