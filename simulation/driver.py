"""The four services in one process, over tables in memory, with the streams, the bus and the queues between them, and a
plan of calls that fail. What really retries, retries: clients with the same key, queues, streams, the provider's webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.commerce.adapters.payments import ProviderFailed
from services.review import usecases as review
from services.shared.kernel.errors import DomainError, Unavailable
from services.shared.messaging.events import Event, parse_event
from services.shared.messaging.relay import relay
from services.shared.messaging.stream import Change, process_in_groups
from services.shared.table.dynamo import wire_item
from services.shared.table.port import Conflict, Item, Throttled
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.services import PUBLISHED, SERVICES, SUBSCRIBED
from simulation.simulation import World

Answer = TypeVar("Answer")
RETRIED = (Lost, Conflict, Throttled, Unavailable, ProviderFailed)
OUTSIDE = {
    "post_all",
    "close",
    "publish",
    "start",
    "refund",
    "seal",
    "open",
}  # no table: only the way there or back can be lost


@dataclass
class Faults:
    """Calls are counted over everything that can fail; those in `plan` do."""

    plan: Mapping[int, Fault] = field(default_factory=dict)
    calls: int = 0
    injected: int = 0
    armed: bool = True

    def through(self, call: Callable[..., Answer], name: str, *arguments: Any, **named: Any) -> Answer:
        if not self.armed:
            return call(*arguments, **named)
        self.calls += 1
        fault = self.plan.get(self.calls)
        if fault is None:
            return call(*arguments, **named)
        self.injected += 1
        if fault is Fault.CONFLICT and name not in OUTSIDE:
            raise Conflict
        if fault is Fault.THROTTLED and name not in OUTSIDE:
            raise Throttled
        if fault is Fault.ANSWER_LOST:
            call(*arguments, **named)
        raise Lost(f"{name}, call {self.calls}")


class Watched:
    """Anything whose calls go through the plan."""

    def __init__(self, real: Any, faults: Faults) -> None:
        self._real, self._faults = real, faults

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._faults.through, getattr(self._real, name), name)


def _itself(name: str, table: MemoryTable) -> MemoryTable:
    return table


class Simulation:
    """`world` is what use cases see, `tables` what is beneath."""

    def __init__(
        self, faults: Faults | None = None, like: Simulation | None = None, beneath: Callable[[str, MemoryTable], Any] = _itself
    ) -> None:
        """`beneath` may put something between the plan of faults and the table in memory, by the service's name."""
        self.faults = faults or Faults()
        plain = World()
        self.tables: dict[str, MemoryTable] = {name: getattr(plain, f"{name}_table") for name in SERVICES}
        self.read = dict.fromkeys([(name, reader) for name in SERVICES for reader in ("relay", "change")], 0)
        self.queues: dict[str, list[Event]] = {name: [] for name in SERVICES}
        self.sockets, self.payments = plain.sockets, plain.payments
        self.archive = plain.archive
        self.notes: dict[str, Any] = {}
        if like:
            self._copy(like)
        watched = {f"{name}_table": Watched(beneath(name, table), self.faults) for name, table in self.tables.items()}
        self.world = World(clock=plain.clock, **watched)  # type: ignore[arg-type]
        self.world.bucket = plain.bucket
        self.world.sockets = Watched(self.sockets, self.faults)  # type: ignore[assignment]
        self.world.payments = Watched(self.payments, self.faults)  # type: ignore[assignment]
        self.world.archive = Watched(self.archive, self.faults)  # type: ignore[assignment]
        self.world.vault = Watched(plain.vault, self.faults)  # type: ignore[assignment]
        self.clock = plain.clock

    def _copy(self, other: Simulation) -> None:
        """Items are never changed in place, so a copy of the index is a copy of the table."""
        for name, table in self.tables.items():
            table._items = dict(other.tables[name]._items)
            table.stream = list(other.tables[name].stream)
        self.read = dict(other.read)
        self.notes = dict(other.notes)
        self.payments.started = dict(other.payments.started)
        self.archive.kept = dict(other.archive.kept)
        self.sockets.pushes = {name: list(pushes) for name, pushes in other.sockets.pushes.items()}

    def client(self, call: Callable[[], Answer]) -> Answer | DomainError:
        """A client that tries again with the same key until it is answered."""
        for _ in range(50):
            try:
                return call()
            except RETRIED:
                continue
            except DomainError as error:
                return error
        raise AssertionError("never answered")

    def attempt(self, call: Callable[[], Answer]) -> Answer | None:
        """A client that gives up at the first failure."""
        try:
            return call()
        except (*RETRIED, DomainError):
            return None

    def pump(self) -> None:
        """Let streams, bus and queues run until all is quiet."""
        for _ in range(1000):
            if not any(self._relay(name) or self._change(name) or self._deliver(name) for name in SERVICES):
                return
        raise AssertionError("never quiet")

    def _records(self, service: str, reader: str) -> list[dict[str, Any]]:
        start = self.read[service, reader]
        return [_record(number, *images) for number, images in enumerate(self.tables[service].stream[start:], start)]

    def _advance(self, service: str, reader: str, records: list[dict[str, Any]], answer: dict[str, Any]) -> bool:
        """Go on from the first record that failed, as Lambda does."""
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        places = [place for place, record in enumerate(records) if record["dynamodb"]["SequenceNumber"] in failed]
        self.read[service, reader] += places[0] if places else len(records)
        return bool(records)

    def _relay(self, service: str) -> bool:
        records = self._records(service, "relay")
        pending_events = [record for record in records if "outbox" in record["dynamodb"].get("NewImage", {})]
        publish = partial(self.faults.through, self._publish, "publish")
        try:
            answer = relay({"Records": pending_events}, PUBLISHED[service], publish)
        except RETRIED:
            return True
        if answer["batchItemFailures"]:
            return True
        return self._advance(service, "relay", records, answer)

    def _publish(self, events: list[Event]) -> set[int]:
        for event in events:
            told = parse_event(json.loads(json.dumps(event.detail())))
            for service, subscriptions in SUBSCRIBED.items():
                if type(told) in subscriptions:
                    self.queues[service].append(told)
        return set()

    def _change(self, service: str) -> bool:
        keep = {
            "review": partial(_audited, partial(review.handle_changes, self.world.review)),
            "circles": partial(circles.handle_changes, self.world.circles),
            "commerce": partial(commerce.handle_changes, self.world.commerce),
        }.get(service)
        records = self._records(service, "change")
        if keep is None:
            return self._advance(service, "change", records, {"batchItemFailures": []})
        return self._advance(service, "change", records, process_in_groups({"Records": records}, 10, keep))

    def _deliver(self, service: str) -> bool:
        waiting, self.queues[service] = self.queues[service], []
        for event in waiting:
            try:
                SUBSCRIBED[service][type(event)](getattr(self.world, service), event)
            except RETRIED:
                self.queues[service].append(event)
        return bool(waiting)


def _audited(keep: Callable[[Sequence[Change]], None], changes: Sequence[Change]) -> None:
    """Review's stream comes through a filter: items with an audit entry alone."""
    keep([change for change in changes if "audit" in (change.new or {})])


def _record(number: int, old: Item | None, new: Item | None) -> dict[str, Any]:
    change: dict[str, Any] = {"SequenceNumber": f"{number:020}"}
    image = new or old or {}
    change["Keys"] = wire_item({"pk": image["pk"], "sk": image["sk"]})
    if old:
        change["OldImage"] = wire_item(old)
    if new:
        change["NewImage"] = wire_item(new)
    return {"dynamodb": change}
