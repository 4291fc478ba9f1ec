"""The four services in one process, with the streams, the bus and the inbox queues between them, and a plan of faults.

What retries in production retries here: clients with the same key, inbox queues, streams, webhooks of the provider.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from services.chat.usecases import PushPart, push_part
from services.commerce.adapters.payments import ProviderFailed
from services.shared.kernel.errors import DomainError, Unavailable
from services.shared.messaging.events import Event
from services.shared.table.port import Throttled, TransactionConflict
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.registry import REGISTRY
from simulation.simulation import Simulation
from simulation.streams import (
    ON_CHANGE,
    RELAY,
    Record,
    Response,
    changes_from_images,
    count_processed,
    handle_records,
    over_the_wire,
    record_from_change,
    relay_records,
    subscribers_of,
)

Result = TypeVar("Result")
Action = Callable[[Simulation], Any]
BUCKETS = ("bucket", "chat_bucket", "commerce_bucket", "evidence", "exports")
STAND_INS = ("sockets", "push_parts", "web_push", "payments", "archive", "vault", *BUCKETS, "user_pool")
RETRIED = (Lost, TransactionConflict, Throttled, Unavailable, ProviderFailed)


@dataclass
class Faults:
    """A plan of faults, by the number of the call, counted from 1 over everything that can fail.

    injected: how many faults have occurred.
    """

    plan: Mapping[int, Fault] = field(default_factory=dict)
    calls: int = 0
    injected: int = 0

    def through(self, is_table: bool, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Result:
        """Make a call, or inject the fault that is planned for it.

        is_table: whether the call can conflict or be throttled; of any other only the request or the response is lost.
        """
        self.calls += 1
        fault = self.plan.get(self.calls)
        if fault is None:
            return call(*arguments, **named)
        self.injected += 1
        if is_table and fault is Fault.CONFLICT:
            raise TransactionConflict
        if is_table and fault is Fault.THROTTLED:
            raise Throttled
        if fault is Fault.RESPONSE_LOST:
            call(*arguments, **named)
        raise Lost(f"{call.__name__}, call {self.calls}")


class Faulty:
    """An object whose method calls go through a plan of faults."""

    def __init__(self, real: Any, faults: Faults, *, is_table: bool = True) -> None:
        self._real, self._faults, self._is_table = real, faults, is_table

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        return partial(self._faults.through, self._is_table, value) if callable(value) else value


def _unchanged(service: str, table: MemoryTable) -> MemoryTable:
    return table


class Driver:
    """Runs a simulation under a plan of faults: streams, bus, inbox queues and clients that retry.

    simulation: what use cases get; every call to its tables and stand-ins goes through the plan of faults.
    tables: the tables in memory below it, without faults.
    positions: how many records of its stream each function of each service has processed.
    inboxes: the events that wait in each service's inbox queue.
    set_aside: the stream records in the failure queue of each function. They are redriven when nothing else is left.
    """

    def __init__(
        self,
        faults: Faults | None = None,
        like: Driver | None = None,
        wrap_table: Callable[[str, MemoryTable], Any] = _unchanged,
        plain: Simulation | None = None,
    ) -> None:
        """Start empty, or with a copy of `like`, whose inboxes are empty after `run`. The caller sets the clock.

        The copy has tables, streams, positions, started payments, archived texts and pushes and files, but no refunds.
        wrap_table: wraps the table in memory of each service, below the plan of faults.
        plain: the simulation below the plan of faults; a new one by default.
        """
        self.faults = faults or Faults()
        plain = plain or Simulation()
        self.tables = {service: plain.memory(service) for service in REGISTRY}
        self.positions = {(service, function): 0 for service in REGISTRY for function in (RELAY, ON_CHANGE)}
        self.inboxes: dict[str, list[Event]] = {service: [] for service in REGISTRY}
        self.set_aside: dict[tuple[str, str], list[Record]] = {key: [] for key in self.positions}
        self.sockets, self.payments, self.archive = plain.sockets, plain.payments, plain.archive
        self.web_push, self.push_parts = plain.web_push, plain.push_parts
        self.bucket, self.chat_bucket, self.commerce_bucket = plain.bucket, plain.chat_bucket, plain.commerce_bucket
        self.evidence, self.exports = plain.evidence, plain.exports
        if like:
            self._copy(like)
        stand_ins = {name: getattr(plain, name) for name in STAND_INS}
        faulty: dict[str, Any] = {name: Faulty(stand_in, self.faults, is_table=False) for name, stand_in in stand_ins.items()}
        for service, table in self.tables.items():
            faulty[f"{service}_table"] = Faulty(wrap_table(service, table), self.faults)
        self.simulation = replace(plain, **faulty)
        self.clock = plain.clock

    def _copy(self, other: Driver) -> None:
        for service, table in self.tables.items():
            table.copy_from(other.tables[service])
        self.positions = dict(other.positions)
        self.payments.started = dict(other.payments.started)
        self.payments.captured = Counter(other.payments.captured)
        self.payments.accounts, self.payments.paid_out = dict(other.payments.accounts), dict(other.payments.paid_out)
        self.payments.movements = list(other.payments.movements)
        self.archive.texts = dict(other.archive.texts)
        for name in BUCKETS:
            getattr(self, name).files = dict(getattr(other, name).files)
        self.web_push.pushes = {name: list(pushes) for name, pushes in other.web_push.pushes.items()}
        self.sockets.pushes = {name: list(pushes) for name, pushes in other.sockets.pushes.items()}

    def call(self, action: Action) -> Any:
        """Call as a client that retries with the same key until it gets a response."""
        for _ in range(50):
            try:
                return action(self.simulation)
            except RETRIED:
                continue
            except DomainError as error:
                return error
        raise AssertionError("50 tries without a response")

    def call_once(self, action: Action) -> Any:
        """Call as a client that gives up at the first failure."""
        try:
            return action(self.simulation)
        except (*RETRIED, DomainError):
            return None

    def run(self) -> None:
        """Run streams, bus and inbox queues until nothing is left to process."""
        for _ in range(1000):
            if any(self._relay(name) or self._handle_changes(name) or self._deliver(name) for name in REGISTRY):
                continue
            if self._push_parts():
                continue
            if not any(self._redrive(name) for name in REGISTRY):
                return
        raise AssertionError("1000 rounds, and there is still something to process")

    def _relay(self, service: str) -> bool:
        return self._read(service, RELAY)

    def _handle_changes(self, service: str) -> bool:
        return self._read(service, ON_CHANGE)

    def _redrive(self, service: str) -> bool:
        """Give each record that was set aside to its function again, as `make redrive` does."""
        redriven = False
        for function in (RELAY, ON_CHANGE):
            records, self.set_aside[service, function] = self.set_aside[service, function], []
            redriven = redriven or bool(records)
            for record in records:
                try:
                    response = self._process(service, function, [record])
                except RETRIED:
                    response = {"batchItemFailures": [record]}
                if response["batchItemFailures"]:
                    self.set_aside[service, function].append(record)
        return redriven

    def _process(self, service: str, function: str, records: list[Record]) -> Response:
        def set_aside(record: Record, _: str) -> None:
            self.set_aside[service, function].append(record)

        if function == RELAY:
            return relay_records(service, records, partial(self.faults.through, False, self._publish), set_aside)
        return handle_records(service, records, self.simulation.ports(service), set_aside)

    def _read(self, service: str, function: str) -> bool:
        """Give the next records of a stream to a function, and continue at the first one that failed, as Lambda does."""
        position, stream = self.positions[service, function], self.tables[service].stream
        if position == len(stream):
            return False
        records = [*map(record_from_change, changes_from_images(stream[position:], position))]
        with contextlib.suppress(*RETRIED):  # the whole batch failed: it comes again
            self.positions[service, function] += count_processed(records, self._process(service, function, records))
        return True

    def _push_parts(self) -> bool:
        """Run the parts of pushes that were handed over. One that fails is tried once more, as Lambda does."""
        parts = self.push_parts.take()
        for part in parts:
            for _ in range(2):
                with contextlib.suppress(*RETRIED):
                    push_part(self.simulation.chat, PushPart(**part))
                    break
        return bool(parts)

    def _publish(self, events: list[Event]) -> dict[int, str]:
        for event in map(over_the_wire, events):
            for service, _ in subscribers_of(event):
                self.inboxes[service].append(event)
        return {}

    def _deliver(self, service: str) -> bool:
        waiting, self.inboxes[service] = self.inboxes[service], []
        for event in waiting:
            try:
                REGISTRY[service].subscriptions[type(event)](self.simulation.ports(service), event)
            except RETRIED:
                self.inboxes[service].append(event)
        return bool(waiting)
