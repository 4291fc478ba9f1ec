"""From tables to events and stream handlers: stream records, the filters of the templates, relays and subscriptions.

The driver, the HTTP API's stand-in, the bench and the tests use these functions with their own tables. Faults, retries and
the order of deliveries are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from infra.templates import resources
from services.shared.messaging.events import Event, parse_event
from services.shared.messaging.failures import SetAside
from services.shared.messaging.relay import Publish, relay
from services.shared.messaging.stream import Change, process_stream, run_steps
from services.shared.table.dynamo import wire_item
from services.shared.table.items import Item, Key
from simulation.registry import REGISTRY
from simulation.simulation import Simulation

RELAY, ON_CHANGE = "Relay", "OnChange"  # the functions that read a stream, as the templates name them
Images = tuple[Item | None, Item | None]  # an item before and after a write
Record = dict[str, Any]  # a stream record as Lambda receives it
Response = dict[str, Any]
NO_FAILURES: Response = {"batchItemFailures": []}


def changes_from_images(images: Iterable[Images], first: int = 0) -> list[Change]:
    """Return the changes of a table's stream; `first` is the position of the first one in the stream."""
    return [
        Change(f"{position:020}", Key.of(new or old or {}), old, new) for position, (old, new) in enumerate(images, start=first)
    ]


def record_from_change(change: Change) -> Record:
    """Return the stream record that Lambda receives for a change."""
    images = {"OldImage": change.old, "NewImage": change.new}
    name = "REMOVE" if change.new is None else "MODIFY" if change.old else "INSERT"
    return {
        "eventName": name,
        "dynamodb": {
            "SequenceNumber": change.sequence,
            "Keys": wire_item(change.key.attributes()),
            **{name: wire_item(image) for name, image in images.items() if image},
        },
    }


def filter_records(service: str, function: str, records: Iterable[Record]) -> list[Record]:
    """Return the records that the template's event source mapping passes on to a function."""
    patterns = _patterns(service, function)
    return [record for record in records if any(_matches(pattern, record) for pattern in patterns)]


def filter_changes(service: str, changes: Iterable[Change]) -> list[Change]:
    """Return the changes that the template passes on to the stream handler of a service."""
    return [change for change in changes if filter_records(service, ON_CHANGE, [record_from_change(change)])]


def relay_records(service: str, records: Iterable[Record], publish: Publish, set_aside: SetAside) -> Response:
    """Run the relay of a service over a batch of its stream."""
    return relay({"Records": filter_records(service, RELAY, records)}, REGISTRY[service].publications, publish, set_aside)


def handle_records(service: str, records: Iterable[Record], ports: Any, set_aside: SetAside) -> Response:
    """Run the stream handler of a service over a batch of its stream."""
    registered = REGISTRY[service]
    batch = {"Records": filter_records(service, ON_CHANGE, records)}
    return process_stream(batch, registered.stream_steps(ports), set_aside, size=registered.group_size)


def fail_if_set_aside(record: Record, reason: str) -> None:
    """A `set_aside` for tests in which no record fails."""
    raise AssertionError(f"set aside: {reason}, {record}")


def count_processed(records: Sequence[Record], response: Response) -> int:
    """Return how many records Lambda counts as processed: those before the first one that failed."""
    failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
    positions = (position for position, record in enumerate(records) if record["dynamodb"]["SequenceNumber"] in failed)
    return next(positions, len(records))


def published_events(service: str, changes: Iterable[Change]) -> list[Event]:
    """Return the events that the relay of a service publishes for these changes, as subscribers receive them."""
    events: list[Event] = []

    def publish(batch: list[Event]) -> dict[int, str]:
        events.extend(map(over_the_wire, batch))
        return {}

    relay_records(service, map(record_from_change, changes), publish, fail_if_set_aside)
    return events


def over_the_wire(event: Event) -> Event:
    """Return an event as its subscribers parse it from the bus."""
    return parse_event(json.loads(json.dumps(event.detail())))


def subscribers_of(event: Event) -> Iterator[tuple[str, Callable[..., None]]]:
    """Yield the services that subscribe to an event, each with its use case."""
    for service in REGISTRY.values():
        if apply := service.subscriptions.get(type(event)):
            yield service.name, apply


def deliver(simulation: Simulation, service: str, event: Event) -> None:
    """Call the use case of a service that subscribes to an event."""
    REGISTRY[service].subscriptions[type(event)](simulation.ports(service), event)


def handle_changes(service: str, ports: Any, changes: Sequence[Change]) -> None:
    """Run the stream handler of a service over those of the changes that its filter passes on.

    Raises: what the handler raises.
    """
    registered = REGISTRY[service]
    steps, passed = registered.stream_steps(ports), filter_changes(service, changes)
    for start in range(0, len(passed), registered.group_size):
        run_steps(steps, passed[start : start + registered.group_size])


def new_changes(simulation: Simulation, service: str) -> list[Change]:
    """Return what the stream of a service's table brought since the last call for this simulation."""
    stream, position = simulation.memory(service).stream, simulation.positions[service]
    simulation.positions[service] = len(stream)
    return changes_from_images(stream[position:], position)


def all_changes(simulation: Simulation, service: str) -> list[Change]:
    """Return all that the stream of a service's table ever brought."""
    return changes_from_images(simulation.memory(service).stream)


def handle_new_changes(simulation: Simulation, service: str) -> None:
    """Run the stream handler of a service over what the stream brought since the last call."""
    while changes := new_changes(simulation, service):
        handle_changes(service, simulation.ports(service), changes)


def handle_all_changes(simulation: Simulation, service: str) -> None:
    """Run the stream handler of a service over its whole stream; what was counted before must not count again."""
    handle_changes(service, simulation.ports(service), all_changes(simulation, service))


@cache
def _patterns(service: str, function: str) -> tuple[Any, ...]:
    mappings = resources(service, "Lambda::EventSourceMapping").values()
    (mapping,) = (
        mapping
        for mapping in mappings
        if mapping["FunctionName"] == {"Fn::GetAtt": f"{function}.Arn"} and "FilterCriteria" in mapping
    )
    return tuple(json.loads(criterion["Pattern"]) for criterion in mapping["FilterCriteria"]["Filters"])


def _matches(pattern: Any, value: Any) -> bool:
    """Whether a value matches an EventBridge pattern of texts, `prefix` and `exists`; no template uses another condition."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(_matches(part, value.get(name)) for name, part in pattern.items())
    return any(_meets(condition, value) for condition in pattern)


def _meets(condition: Any, value: Any) -> bool:
    match condition:
        case {"prefix": str() as prefix}:
            return isinstance(value, str) and value.startswith(prefix)
        case {"exists": bool() as exists}:
            return (value is not None) is exists
        case str():
            return bool(value == condition)
    raise ValueError(f"a pattern with a condition that the simulation does not know: {condition!r}")
