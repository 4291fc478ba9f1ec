"""One poison record or message in the middle of a batch, for every stream function and every queue.

All others are processed in the same invocation; the poison is set aside, and processed by a redrive after its cause is mended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.circles import picture_worker, wiring
from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import BY_NAME, Event
from services.shared.messaging.inbox import process_batch
from services.shared.messaging.stream import Change
from services.shared.table.items import Key
from simulation.api.gateway import Context
from simulation.driver import Driver
from simulation.registry import REGISTRY
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import create_circle, impose_sanction, post_note
from simulation.streams import (
    ON_CHANGE,
    Record,
    changes_from_images,
    filter_records,
    handle_records,
    record_from_change,
    relay_records,
)
from simulation.users import caller, new_key
from tests.contracts.vocabulary import ROOT
from tests.kill.scenarios import after


class Aside:
    """A `set_aside` that remembers."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.reasons: list[str] = []

    def __call__(self, record: Any, reason: str) -> None:
        self.records.append(record)
        self.reasons.append(reason)


@cache
def liked_notes() -> Driver:
    """A circle with two notes that members like and comment, and a ban."""
    driver, users = Driver(), [caller(name) for name in ("lin", "mei", "hao")]
    circle_id = create_circle(driver.simulation, *users)
    notes = [post_note(driver.simulation, circle_id, users[0]) for _ in range(2)]
    for user in users:
        for note in notes:
            circles.like_note(driver.simulation.circles, user, circle_id, note.id)
            key = new_key(user, now=driver.clock.now)
            circles.add_comment(driver.simulation.circles, user, circle_id, note.id, key, text="好", parent_id=None)
    impose_sanction(driver.simulation, users[0], circle_id, users[2], SanctionKind.BAN)
    return driver


@cache
def lobby() -> Driver:
    """A lobby with messages of three members that no stream handler has seen."""
    driver, members = Driver(), [caller(name) for name in ("lin", "mei", "hao")]
    circle_id = new_id("cir")
    room_id = set_chat_members(driver.simulation, circle_id, *members)
    for member in members:
        request = MessageRequest("message-0001", 0, "在吗")
        chat.send_message(driver.simulation.chat, member, circle_id, room_id, request)
    return driver


STREAMS: dict[str, Callable[[], Driver]] = {
    "review": lambda: after("assess-owner"),
    "circles": liked_notes,
    "chat": lobby,
    "commerce": lambda: after("confirm-receipt"),
}


def records_of(service: str) -> list[Record]:
    """Return the whole stream of a service, as the filter of its stream handler passes it on."""
    stream = changes_from_images(STREAMS[service]().tables[service].stream)
    return filter_records(service, ON_CHANGE, map(record_from_change, stream))


def poisoned(records: list[Record], poison: Record) -> list[Record]:
    middle = len(records) // 2
    return [*records[:middle], poison, *records[middle:]]


def without_content(record: Record, *kept: str) -> Record:
    """Return a record whose image has lost all attributes but its key and some others."""
    change = record["dynamodb"]
    image = {name: value for name, value in change["NewImage"].items() if name in ("pk", "sk", *kept)}
    keys = {**change["Keys"], "pk": {"S": change["Keys"]["pk"]["S"] + "-poison"}}
    return {"dynamodb": {"Keys": keys, "NewImage": {**image, **keys}, "SequenceNumber": "poison"}}


# relays


def golden(name: str) -> Any:
    """Return the golden example of an event, with the item that it is built from."""
    return json.loads((ROOT / "tests" / "contracts" / "events" / f"{name}.json").read_text(encoding="utf-8"))


def golden_records(service: str) -> list[Record]:
    """Return a stream record for each event that a service publishes."""
    about = {"event_time": 1_772_683_200_125, "version": 1_772_683_200_125, "correlation_id": "c"}
    items = [
        {"pk": "X", "sk": name, **about, **golden(name)["item"], "outbox": f"{name}:evt_{name}"}
        for name in REGISTRY[service].publications
    ]
    return [record_from_change(Change(str(number), Key.of(item), None, item)) for number, item in enumerate(items)]


@pytest.mark.parametrize("service", REGISTRY)
def test_a_relay_publishes_all_events_but_the_poison(service: str) -> None:
    records = golden_records(service)
    poison = without_content(records[0], "outbox", "version", "event_time", "correlation_id")

    def published(batch: list[Record], aside: Aside) -> list[str]:
        ids: list[str] = []

        def publish(events: list[Event]) -> Mapping[int, str]:
            ids.extend(event.id for event in events)
            return {}

        assert relay_records(service, batch, publish, aside) == {"batchItemFailures": []}
        return ids

    aside = Aside()
    assert published(poisoned(records, poison), aside) == published(records, Aside())
    assert published(records, Aside()) == [f"evt_{name}" for name in REGISTRY[service].publications]
    assert (aside.records, aside.reasons) == ([poison], ["KeyError"])
    assert published([records[0]], Aside()), "mended, it is published"


# stream handlers

# The last record with this prefix, without what the handler needs.
POISON = {
    "review": ("APPLICATION", "audit"),
    "circles": ("LIKE#", "note_id"),
    "chat": ("MSG#", "seq"),
    "commerce": ("ENTRY#", "order_id"),
}


def poison_of(service: str, records: list[Record]) -> Record:
    prefix, kept = POISON[service]
    return without_content([one for one in records if one["dynamodb"]["Keys"]["sk"]["S"].startswith(prefix)][-1], kept)


def derived(service: str, records: list[Record], aside: Aside) -> list[str]:
    """Run the stream handler over a batch, on the table before it; return all items, without random values."""
    driver = Driver()
    for item in STREAMS[service]().tables[service].all_items():
        if item["pk"].startswith("CIRCLE#") or item["sk"] in ("APPLICATION", "APPLICANT"):
            driver.tables[service].put(item, when=None)
    assert handle_records(service, records, driver.simulation.ports(service), aside) == {"batchItemFailures": []}
    items = driver.tables[service].all_items()
    counters = ("likes", "comments", "notes", "balance", "length", "head")
    return sorted(
        f"{item['pk']} {item['sk']} {[item.get(name) for name in counters]}"
        for item in items
        if "-poison" not in f"{item['pk']} {item['sk']}" and not item["pk"].startswith(("MARKER#", "COUNTED#", "TAG#"))
    )


def test_every_service_has_a_poison_of_its_stream() -> None:
    assert sorted(POISON) == sorted(REGISTRY)


@pytest.mark.parametrize("service", POISON)
def test_a_stream_handler_derives_all_but_the_poison(service: str) -> None:
    records = records_of(service)
    poison, aside, none = poison_of(service, records), Aside(), Aside()
    expected = derived(service, records, none)
    assert derived(service, poisoned(records, poison), aside) == expected != derived(service, [], Aside())
    assert (none.records, aside.records) == ([], [poison])


# inboxes


def messages_of(service: str) -> list[Event]:
    """Return an event of each class that a service subscribes to, from the golden examples."""
    return [event.model_validate(golden(event.name())["event"]) for event in REGISTRY[service].subscriptions]


def message(number: int, detail: Any) -> dict[str, Any]:
    body = detail if isinstance(detail, str) else json.dumps({"detail": detail})
    return {"messageId": str(number), "body": body, "eventSource": "aws:sqs"}


def process(service: str, messages: list[Any], failing: str = "") -> tuple[list[str], list[str], Aside]:
    """Process a batch. Return the ids of the events that were handled, the messages that return, and what was set aside."""
    handled: list[str] = []
    aside = Aside()

    def handle(ports: Any, event: Event) -> None:
        if event.id == failing:
            raise KeyError("state")
        handled.append(event.id)

    batch = {"Records": [message(number, detail) for number, detail in enumerate(messages)]}
    handlers = dict.fromkeys(REGISTRY[service].subscriptions, handle)
    response = process_batch(batch, handlers, None, aside)
    return handled, [failure["itemIdentifier"] for failure in response["batchItemFailures"]], aside


POISON_MESSAGES = ["no JSON", "no envelope", "unknown event", "no subscription", "unknown version", "invalid data"]


def poison_message(kind: str, service: str) -> Any:
    event = messages_of(service)[0]
    other = next(name for name, one in BY_NAME.items() if one not in REGISTRY[service].subscriptions)
    return {
        "no JSON": "{",
        "no envelope": {},
        "unknown event": {**event.detail(), "name": "CircleExploded"},
        "no subscription": golden(other)["event"],
        "unknown version": {**event.detail(), "schema_version": 2},
        "invalid data": {**event.detail(), "data": {}},
    }[kind]


@pytest.mark.parametrize("kind", POISON_MESSAGES)
@pytest.mark.parametrize("service", REGISTRY)
def test_an_inbox_sets_aside_a_message_that_no_retry_can_process(service: str, kind: str) -> None:
    events = [event.detail() for event in messages_of(service)] * 2
    middle = len(events) // 2
    poison = poison_message(kind, service)
    handled, returned, aside = process(service, [*events[:middle], poison, *events[middle:]])
    assert handled == [event["id"] for event in events]
    assert returned == []
    assert aside.records == [message(0, poison)["body"]], "the body is unchanged, so that a redrive can move it back"
    assert aside.reasons[0]


@pytest.mark.parametrize("service", REGISTRY)
def test_an_inbox_returns_only_the_message_whose_use_case_fails(service: str) -> None:
    events = [{**messages_of(service)[0].detail(), "id": f"evt_{number}"} for number in range(9)]
    handled, returned, aside = process(service, events, failing="evt_4")
    assert handled == [f"evt_{number}" for number in range(9) if number != 4]
    assert (returned, aside.records) == (["4"], [])
    assert process(service, [events[4]])[0] == ["evt_4"]


@pytest.mark.parametrize("service", REGISTRY)
def test_if_the_dead_letter_queue_cannot_be_reached_the_message_returns(service: str) -> None:
    def unreachable(body: str, reason: str) -> None:
        raise ConnectionError

    batch = {"Records": [message(0, "{"), message(1, messages_of(service)[0].detail())]}
    handlers: Any = {event: lambda *_: None for event in REGISTRY[service].subscriptions}
    response = process_batch(batch, handlers, None, unreachable)
    assert response == {"batchItemFailures": [{"itemIdentifier": "0"}]}


# the picture queue


@pytest.mark.parametrize(
    "poison", ["{", '{"Records": [{}]}', json.dumps({"Records": [{"s3": {"object": {"key": "raw/poison"}}}]})]
)
def test_the_picture_worker_returns_only_the_message_that_fails(monkeypatch: pytest.MonkeyPatch, poison: str) -> None:
    processed: list[str] = []

    def process_upload(ports: Any, object_key: str, clean: Any, postponements: int) -> int:
        if object_key == "raw/poison":
            raise ValueError
        processed.append(object_key)
        return 0

    monkeypatch.setattr(circles, "process_upload", process_upload)
    monkeypatch.setattr(wiring, "ports", lambda: None)
    bodies = [json.dumps({"Records": [{"s3": {"object": {"key": f"raw/{number}"}}}]}) for number in range(4)]
    bodies.insert(2, poison)
    batch = {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}
    assert picture_worker.on_picture(batch, Context()) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert processed == [f"raw/{number}" for number in range(4)]
