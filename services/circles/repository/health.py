"""What was measured of a circle, week by week."""

from __future__ import annotations

from services.circles.domain.health import Health
from services.circles.errors import HealthNotFound
from services.shared.kernel.clock import millis, parse, rfc3339
from services.shared.table.port import (
    Item,
    Key,
    Query,
    Table,
)


def health_to_item(circle_id: str, owner: str, week: str, health: Health) -> Item:
    """The measurement of one week."""
    key = Key(f"CIRCLE#{circle_id}#HEALTH", week)
    item: Item = {
        **key.attributes(),
        "circle_id": circle_id,
        "owner": owner,
        "version": millis(health.measured_at),
    }
    metrics = {name: getattr(health, name) for name in METRICS}
    return {**item, "measured_at": rfc3339(health.measured_at), **metrics}


def newest_health(table: Table, circle_id: str) -> Health:
    page = table.query(Query(pk=f"CIRCLE#{circle_id}#HEALTH", limit=1, newest_first=True))
    if not page.items:
        raise HealthNotFound
    item = page.items[0]
    return Health(parse(item["measured_at"]), **{name: item[name] for name in METRICS})


METRICS = ("words", "speakers", "first_reply", "concentration", "insularity", "commercial", "silent_days", "score")
