"""The cost of one action with all that follows from it: the action, its service's stream, the other services' inboxes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.dataset import BenchDataset, dataset_of
from services.shared.messaging.events import Event
from services.shared.security.auth import authorize
from simulation.meter import Cost
from simulation.push_parts import push_waiting_parts
from simulation.registry import REGISTRY
from simulation.settings import relax_limits
from simulation.streams import deliver, handle_changes, new_changes, published_events
from simulation.users import caller

# Dollars per million; a function call is 10 ms at 256 MB.
WRITE, READ, HTTP, SOCKET, FUNCTION = 0.625, 0.125, 1.00, 1.00, 0.20 + 10 * 0.0033
EVENT, QUEUE = 1.00, 0.40
ENTRY = {"http": HTTP + FUNCTION, "socket": SOCKET + FUNCTION}  # of a trigger
SIZES = (10, 1_000, 10_000)
Step = Callable[[BenchDataset], Any]


@dataclass(frozen=True)
class Action:
    """One action of a service, and how to run it on a dataset.

    floor: the write units and read units that any implementation needs; None if that is not defined.
    before: runs first and is not measured.
    times: how often `run` is called within one measurement, so that the calls share what the stream handler aggregates.
    trigger: `http`, `socket`, or `none` for schedules and events.
    grows: whether the cost depends on the size of the circle by design.
    authorizes: whether the HTTP layer reads the account status of the caller.
    """

    service: str
    name: str
    run: Step
    floor: tuple[float, float] | None = None
    before: Step | None = None
    times: int = 1
    trigger: str = "http"
    grows: bool = False
    authorizes: bool = True


@dataclass(frozen=True)
class Measured:
    """The cost of one action: its own calls and those of the HTTP layer, then what the stream handler and the inboxes add."""

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

    def dollars(self, trigger: str) -> float:
        """Return the dollars per million actions, with gateway, functions, events, queues and all that follows."""
        inboxes = self.inbox_writes * WRITE + self.inbox_reads * READ + self.deliveries * (QUEUE + FUNCTION)
        return ENTRY.get(trigger, 0) + self.table_dollars + inboxes + self.events * EVENT + self.posts * SOCKET


def measure(action: Action, n: int) -> Measured:
    """Run an action on a new dataset of size n, and return its cost."""
    relax_limits()
    dataset = dataset_of(n)
    simulation, table = dataset.simulation, dataset.table(action.service)
    with contextlib.redirect_stdout(io.StringIO()):
        if action.before:
            action.before(dataset)
        for service in REGISTRY:
            new_changes(simulation, service)  # those of `before` are not measured
        simulation.push_parts.take()
        for pushes in simulation.sockets.pushes.values():
            pushes.clear()
        with table.measure() as own:
            for _ in range(action.times):
                if action.authorizes:
                    authorize(table, caller("member"), simulation.clock())
                action.run(dataset)
        events, stream = _run_stream(dataset, action.service)
        inbox, deliveries = _deliver(dataset, events)
    posts = sum(map(len, simulation.sockets.pushes.values()))
    totals = (own.requests, own.writes, own.reads, stream.writes, inbox.writes, inbox.reads, len(events), deliveries, posts)
    return Measured(*(total / action.times for total in totals))


def _run_stream(dataset: BenchDataset, service: str) -> tuple[list[Event], Cost]:
    """Return the events that the relay publishes and the cost of the stream handler. Reading the stream is free."""
    changes = new_changes(dataset.simulation, service)
    with dataset.table(service).measure() as cost:
        handle_changes(service, dataset.simulation.ports(service), changes)
        push_waiting_parts(dataset.simulation)
    return published_events(service, changes), cost


def _deliver(dataset: BenchDataset, events: Sequence[Event]) -> tuple[Cost, int]:
    total, deliveries = Cost(), 0
    for service in REGISTRY.values():
        received = [event for event in events if type(event) in service.subscriptions]
        with dataset.table(service.name).measure() as cost:
            for event in received:
                deliver(dataset.simulation, service.name, event)
        total.trace.extend(cost.trace)
        deliveries += len(received)
    return total, deliveries


def growth(at_sizes: Sequence[Measured]) -> str:
    """Compare three sizes: `flat`; `a page`, if only the smallest costs less; or `grows`."""
    small, middle, large = (measured.units for measured in at_sizes)
    if any(after > before for before, after in zip(middle, large, strict=True)):
        return "grows"
    return "a page" if any(after > before for before, after in zip(small, middle, strict=True)) else "flat"
