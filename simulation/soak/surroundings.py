"""The streams, queues, schedules and the provider between the four services, moved one batch at a time.

It extends the driver: batches are cut at random, repeated and poisoned, messages are delivered in any order and more than
once, and a function that dies leaves its batch to the next delivery.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from services.chat.usecases import process_upload
from services.chat.usecases.jobs import handle_jobs as handle_jobs_of_chat
from services.chat.usecases.web_pushes import send_due_pushes
from services.circles.usecases import recount_counters
from services.circles.usecases.schedule import handle_schedule as handle_schedule_of_circles
from services.commerce.usecases.jobs import handle_jobs as handle_jobs_of_commerce
from services.commerce.usecases.schedule import handle_schedule as handle_schedule_of_commerce
from services.review.usecases.jobs import handle_jobs as handle_jobs_of_review
from services.review.usecases.schedule import handle_schedule as handle_schedule_of_review
from services.shared.kernel.clock import millis
from services.shared.messaging.events import Event
from services.shared.messaging.inbox import process_batch
from services.shared.messaging.stream import continue_at
from services.shared.pictures.files import RAW
from services.shared.security.audit import audited
from services.shared.table.items import Key
from services.shared.table.port import Throttled, TransactionConflict
from simulation.driver import Driver
from simulation.memory import MemoryTable
from simulation.registry import REGISTRY, projections_of
from simulation.simulation import Simulation
from simulation.soak.faults import Died, SoakFaults
from simulation.soak.stand_ins import SkewedClock, SoakPayments, SoakSockets, clean
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

MIN_GAP = timedelta(minutes=1)  # of two recounts; a stream that is behind for longer raises an alarm
MAX_TRIES = 6  # of a message, before it is in the dead-letter queue
POISON = {"poison": {"Q": "no type of DynamoDB"}}
SCHEDULES: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "review": (handle_schedule_of_review, handle_jobs_of_review),
    "circles": (handle_schedule_of_circles, recount_counters),
    "chat": (send_due_pushes, handle_jobs_of_chat),
    "commerce": (handle_schedule_of_commerce, handle_jobs_of_commerce),
}


class IdCounter(Iterator[int]):
    """A counter that can be copied. last: the last number that it gave."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def __next__(self) -> int:
        self.last += 1
        return self.last


@dataclass
class Message:
    """An event in an inbox queue. tries: how often it was delivered without success. redriven: from the dead-letter queue."""

    id: str
    event: str
    body: str
    tries: int = 0
    redriven: bool = False


class Surroundings(Driver):
    """The four services with what is between them.

    queues: the messages that wait in each service's inbox queue. dead: those in its dead-letter queue.
    is_inexact: whether counters of circles can be wrong for two nights: a batch was delivered again with another cut, or a
        recount ran while the stream was behind for a minute.
    published: how often each event was published. on_push: is called for each frame of a room that arrives at a connection.
    """

    faults: SoakFaults
    sockets: SoakSockets
    payments: SoakPayments

    def __init__(self, like: Surroundings | None = None) -> None:
        self.queues: dict[str, list[Message]] = {service: [] for service in REGISTRY}
        self.dead: dict[str, list[Message]] = {service: [] for service in REGISTRY}
        self.is_inexact = False
        self.published: Counter[str] = Counter()
        self.on_push: Callable[[str, dict[str, Any]], None] = lambda connection, frame: None
        self.ids, self._secrets = IdCounter(), IdCounter()
        self._behind_since: datetime | None = None
        self._sizes: dict[tuple[str, str], int] = {}
        self._poisoned: dict[tuple[str, str, str], Record] = {}
        faults = SoakFaults()
        self.skewed_clock = SkewedClock()
        tables: dict[str, Any] = {f"{service}_table": MemoryTable(projections_of(service)) for service in REGISTRY}
        plain = Simulation(
            **tables,
            clock=self.skewed_clock,
            sockets=SoakSockets(faults, self._push),
            payments=SoakPayments(),
            id_counter=self.ids,
            new_secret=lambda kind: f"{kind}_zqs{next(self._secrets):012}",
        )
        super().__init__(faults, like=like, plain=plain)

    def _copy(self, other: Driver) -> None:
        assert isinstance(other, Surroundings)
        super()._copy(other)
        self.ids.last, self._secrets.last = other.ids.last, other._secrets.last
        payments = other.payments
        self.payments.captured, self.payments.refunds = Counter(payments.captured), dict(payments.refunds)
        self.payments.waiting = list(payments.waiting)
        self.sockets.closed, self.sockets.disconnected = list(other.sockets.closed), set(other.sockets.disconnected)
        self.queues, self.dead = copy.deepcopy(other.queues), copy.deepcopy(other.dead)

    def _push(self, connection_id: str, frame: dict[str, Any]) -> None:
        self.on_push(connection_id, frame)

    def behind(self) -> list[tuple[str, str]]:
        """Return the functions that have records of their stream left to process."""
        return [key for key, position in self.positions.items() if position < len(self.tables[key[0]].stream)]

    def watch(self) -> None:
        """Note since when the stream handler of circles is behind, or has set a record aside. Called before each step."""
        has_set_aside = bool(self.set_aside["circles", ON_CHANGE])
        if self.positions["circles", ON_CHANGE] == len(self.tables["circles"].stream) and not has_set_aside:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = self.clock.now

    def catch_up(self, service: str, function: str) -> None:
        """Let a function process all of its stream, unless it fails."""
        while self.read(service, function, 100):
            pass

    def read(self, service: str, function: str, size: int, *, poison: int | None = None) -> int:
        """Give the next records of a stream to a function; return how many it processed.

        A batch that failed comes again with the same records. poison: which of them cannot be parsed, until it is redriven.
        """
        key, position = (service, function), self.positions[service, function]
        size = self._sizes.pop(key, size)
        stream = self.tables[service].stream
        records = [*map(record_from_change, changes_from_images(stream[position : position + size], position))]
        if not records:
            return 0
        if poison is not None:
            record = records[poison % len(records)]
            self._poisoned[service, function, record["dynamodb"]["SequenceNumber"]] = copy.deepcopy(record)
        processed = count_processed(records, self._process(service, function, records))
        self.positions[key] = position + processed
        if processed < len(records):
            self._sizes[key] = len(records) - processed
        return processed

    def repeat(self, service: str, function: str, back: int, size: int) -> int:
        """Deliver records again that were processed, in a batch that is cut as the stream is now. Return their number."""
        position = max(0, self.positions[service, function] - back)
        stream = self.tables[service].stream
        records = [*map(record_from_change, changes_from_images(stream[position : position + size], position))]
        if records:
            self.is_inexact = self.is_inexact or (service, function) == ("circles", ON_CHANGE)
            self._process(service, function, records)
        return len(records)

    def deliver(self, service: str, positions: list[int], *, repeat: bool = False) -> int:
        """Deliver messages of an inbox queue in one batch. repeat: all stay in the queue, as after a lost deletion."""
        queue = self.queues[service]
        batch = [queue[position % len(queue)] for position in positions] if queue else []
        batch = list({message.id: message for message in batch}.values())
        failed = self._receive(service, batch)
        for message in batch:
            if message not in queue:
                continue  # another delivery was faster
            message.tries += message.id in failed
            if message.tries >= MAX_TRIES:
                queue.remove(message)
                self.dead[service].append(message)
            elif message.id not in failed and not repeat:
                queue.remove(message)
        return len(batch)

    def run_schedule(self, service: str) -> None:
        """Run the function of every minute of a service. A run that dies or meets an outage is left to the next minute."""
        if service == "circles" and self._behind_since and self.clock.now - self._behind_since >= MIN_GAP:
            self.is_inexact = True
        with contextlib.suppress(Died, Throttled, TransactionConflict):
            for handle in SCHEDULES.get(service, ()):
                handle(self.simulation.ports(service))

    def run_hour(self, service: str) -> None:
        with contextlib.suppress(Died, Throttled, TransactionConflict):
            self.simulation.anchor_heads(service)

    def waiting_uploads(self) -> int:
        """Return how many uploads to rooms the worker has not processed."""
        return len(list(self.chat_bucket.iter_keys(RAW)))

    def process_upload(self) -> int:
        """Let the worker of chat process the first upload. Return 0 if it postponed it, or failed; it comes again then."""
        before = self.waiting_uploads()
        with contextlib.suppress(Died, Throttled, TransactionConflict):
            for object_key in islice(self.chat_bucket.iter_keys(RAW), 1):
                process_upload(self.simulation.chat, object_key, clean)
        return before - self.waiting_uploads()

    def expire_checks(self) -> None:
        """Delete the checks of uploads to rooms that have expired, as the table does."""
        table, now = self.tables["chat"], millis(self.clock.now) // 1000
        for item in table.all_items():
            if item["sk"].startswith("PICTURE#") and item["expires_at"] < now:
                table.delete(Key.of(item), when=None)

    def _receive(self, service: str, batch: list[Message]) -> set[str]:
        def set_aside(body: str, reason: str) -> None:
            raise AssertionError(f"a message that cannot be parsed: {reason}")

        records = [{"messageId": message.id, "body": message.body} for message in batch]
        try:
            response = process_batch(
                {"Records": records}, REGISTRY[service].subscriptions, self.simulation.ports(service), set_aside
            )
        except Died:
            return {message.id for message in batch}
        return {failure["itemIdentifier"] for failure in response["batchItemFailures"]}

    def _spoil(self, service: str, function: str, records: list[Record]) -> None:
        """Give the poisoned records an attribute that no function can parse."""
        for record in records:
            change = record["dynamodb"]
            if (service, function, change["SequenceNumber"]) in self._poisoned:
                image = "NewImage" if "NewImage" in change else "OldImage"
                change[image] = {**change[image], **POISON}

    def _process(self, service: str, function: str, records: list[Record]) -> Response:
        """Run a function over a batch. If it dies, the whole batch comes again."""

        def put(record: Record, _: str) -> None:
            self.set_aside[service, function].append(record)

        kept = audited(self.simulation.table(service), put) if function == ON_CHANGE else put

        def set_aside(record: Record, reason: str) -> None:
            kept(self._poisoned.pop((service, function, record["dynamodb"]["SequenceNumber"]), record), reason)

        self._spoil(service, function, records)
        try:
            if function == RELAY:
                return relay_records(service, records, partial(self.faults.through, False, self._publish), set_aside)
            return handle_records(service, records, self.simulation.ports(service), set_aside)
        except (Died, Throttled, TransactionConflict):
            return continue_at(records[0])

    def _publish(self, events: list[Event]) -> dict[int, str]:
        for event in map(over_the_wire, events):
            self.published[event.name()] += 1
            for service, _ in subscribers_of(event):
                body = json.dumps({"detail": event.detail()})
                self.queues[service].append(Message(f"msg-{next(self.ids)}", event.name(), body))
        return {}

    def _read(self, service: str, function: str) -> bool:
        return self.read(service, function, 100) > 0

    def _deliver(self, service: str) -> bool:
        return self.deliver(service, list(range(len(self.queues[service])))) > 0

    def _redrive(self, service: str) -> bool:
        """Process again what was set aside, and return dead messages to the queue once; return whether something moved."""
        before = sum(len(self.set_aside[service, function]) for function in (RELAY, ON_CHANGE))
        super()._redrive(service)
        after = sum(len(self.set_aside[service, function]) for function in (RELAY, ON_CHANGE))
        waiting = [message for message in self.dead[service] if not message.redriven]
        for message in waiting:
            message.tries, message.redriven = 0, True
            self.dead[service].remove(message)
            self.queues[service].append(message)
        return after < before or bool(waiting)
