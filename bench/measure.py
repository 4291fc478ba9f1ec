"""What one action costs with all that follows from it: itself, its service's stream, the other services' inboxes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.scene import Scene, scene_of
from services.circles import usecases as circles
from services.circles.usecases.stream import GROUP
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.messaging.outbox import new_pending_events
from services.shared.messaging.stream import Change
from services.shared.security.auth import authorize
from services.shared.table.port import Key
from simulation.meter import Cost
from simulation.services import PUBLISHED, SERVICES, SUBSCRIBED
from simulation.simulation import person

WRITE, READ, HTTP, SOCKET, FUNCTION = 0.625, 0.125, 1.00, 1.00, 0.20 + 10 * 0.0033  # dollars per million
EVENT, QUEUE = 1.00, 0.40
ON_CHANGE: dict[str, Any] = {
    "review": (review.handle_changes, 10, lambda change: "audit" in (change.new or {})),
    "circles": (circles.handle_changes, GROUP, lambda change: True),
    "commerce": (commerce.handle_changes, 20, lambda change: change.key.sk.startswith(("ENTRY#", "ORDER#"))),
}
SIZES = (10, 1_000, 10_000)
Act = Callable[[Scene], Any]


@dataclass(frozen=True)
class Action:
    """`act` is measured after `before`; `times` acts share what the stream folds. `floor` is write and read units.
    `door` is how it comes in: http, socket, or none for a schedule."""

    service: str
    name: str
    act: Act
    floor: tuple[float, float] | None = None
    before: Act | None = None
    times: int = 1
    door: str = "http"
    item_count_change: bool = False
    people: bool = True


@dataclass(frozen=True)
class Measured:
    """Units of one action: its own with the edge's standing read, what the service's stream and the inboxes add."""

    requests: float
    writes: float
    reads: float
    stream_writes: float = 0
    inbox_writes: float = 0
    inbox_reads: float = 0
    events: float = 0
    deliveries: float = 0
    posts: float = 0

    @property
    def units(self) -> tuple[float, float]:
        return self.writes + self.stream_writes, self.reads

    @property
    def table_dollars(self) -> float:
        writes, reads = self.units
        return writes * WRITE + reads * READ

    def dollars(self, door: str) -> float:
        """Per million, with gateway, function, events, queues and everything that follows."""
        entry = {"http": HTTP + FUNCTION, "socket": SOCKET + FUNCTION}.get(door, 0)
        followed = self.inbox_writes * WRITE + self.inbox_reads * READ + self.deliveries * (QUEUE + FUNCTION)
        return entry + self.table_dollars + followed + self.events * EVENT + self.posts * SOCKET


def measure(action: Action, n: int) -> Measured:
    scene = scene_of(n)
    with contextlib.redirect_stdout(io.StringIO()):
        if action.before:
            action.before(scene)
        for service in SERVICES:
            scene.memory(service).stream.clear()
        for pushes in scene.world.sockets.pushes.values():
            pushes.clear()
        with scene.table(action.service).measure() as own:
            for _ in range(action.times):
                if action.people:
                    authorize(scene.table(action.service), person("anybody"), scene.world.clock())
                action.act(scene)
        events, stream = _follow(scene, action.service)
        inbox, deliveries = _deliver(scene, events)
    posts = sum(map(len, scene.world.sockets.pushes.values()))
    totals = (own.requests, own.writes, own.reads, stream.writes, inbox.writes, inbox.reads, len(events), deliveries, posts)
    return Measured(*(total / action.times for total in totals))


def _follow(scene: Scene, service: str) -> tuple[Sequence[Any], Cost]:
    """The events that the relay would publish; what `on_change` costs. Reading the stream is free."""
    records = list(scene.memory(service).stream)
    changes = [Change(f"{i:020}", Key.of(new or old or {}), old, new) for i, (old, new) in enumerate(records)]
    events = [
        PUBLISHED[service][pending.name](new, pending)
        for old, new in records
        if new
        for pending in new_pending_events(new, old)
    ]
    if service not in ON_CHANGE:
        return events, Cost()
    keep, group, wanted = ON_CHANGE[service]
    chosen = [change for change in changes if wanted(change)]
    with scene.table(service).measure() as cost:
        for start in range(0, len(chosen), group):
            keep(getattr(scene.world, service), chosen[start : start + group])
    return events, cost


def _deliver(scene: Scene, events: Sequence[Any]) -> tuple[Cost, int]:
    total, deliveries = Cost(), 0
    for service, subscriptions in SUBSCRIBED.items():
        with scene.table(service).measure() as cost:
            for event in events:
                if type(event) in subscriptions:
                    deliveries += 1
                    subscriptions[type(event)](getattr(scene.world, service), event)
        total.trace.extend(cost.trace)
    return total, deliveries


def growth(at_sizes: Sequence[Measured]) -> str:
    """Flat, or filling a page (the largest two alike), or growing."""
    small, middle, large = (one.units for one in at_sizes)
    if any(after > before for before, after in zip(middle, large, strict=True)):
        return "grows"
    return "a page" if any(after > before for before, after in zip(small, middle, strict=True)) else "flat"
