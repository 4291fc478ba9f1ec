"""The weekly health measurements of a circle."""

from __future__ import annotations

from services.circles.domain import Circle
from services.circles.domain.health import Health
from services.circles.errors import HealthNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.messaging.events import Event
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import put_if_absent

METRICS = ("posts", "authors", "first_reply", "concentration", "insularity", "commercial", "silent_days", "score")


def put_health(ports: HasTable, circle: Circle, week: str, health: Health, *events: type[Event]) -> None:
    """Store the measurement of a week with its pending events. Unchanged if the week has one."""
    pending = pending_events(ports.new_id, ports.clock(), *events)
    put_if_absent(ports.table, health_to_item(circle, week, health) | pending)


def health_to_item(circle: Circle, week: str, health: Health) -> Item:
    measured_at = millis(health.measured_at)
    item: Item = {"circle_id": circle.id, "owner": circle.owner, "version": measured_at, "measured_at": measured_at}
    metrics = {name: getattr(health, name) for name in METRICS}
    return {**Key(f"CIRCLE#{circle.id}#HEALTH", week).attributes(), **item, **metrics}


def get_latest_health(table: Table, circle_id: str) -> Health:
    page = table.query(Query(pk=f"CIRCLE#{circle_id}#HEALTH", limit=1, newest_first=True))
    if not page.items:
        raise HealthNotFound
    item = page.items[0]
    return Health(from_millis(item["measured_at"]), **{name: item[name] for name in METRICS})
