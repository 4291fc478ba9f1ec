"""The relay, and the envelopes of events: what cannot be published or parsed is set aside; an outage sets nothing aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from services.shared.messaging.events import EventInvalid, MessageReported, MessageReportedData, parse_event
from services.shared.messaging.events.base import ContentReportedData
from services.shared.messaging.failures import RedriveFailed, StreamRecord
from services.shared.messaging.outbox import PendingEvent
from services.shared.messaging.relay import Bus, relay, republish
from services.shared.table.dynamo import from_wire
from services.shared.table.items import Item
from tests.unit.shared.test_streams import OUTAGES, Aside, client_error, numbers, record


class Publisher:
    """A bus that rejects some events, with a code, a number of times each."""

    def __init__(self, rejecting: Mapping[str, str] | None = None, times: int = 1000) -> None:
        self.rejecting = dict(rejecting or {})
        self.times = dict.fromkeys(self.rejecting, times)
        self.published: list[str] = []

    def __call__(self, events: list[Any]) -> dict[int, str]:
        rejected = {}
        for index, event in enumerate(events):
            if self.times.get(event.id, 0) > 0:
                self.times[event.id] -= 1
                rejected[index] = self.rejecting[event.id]
            else:
                self.published.append(event.id)
        return rejected


def build(item: Item, pending: PendingEvent) -> MessageReported:
    texts = dict.fromkeys(ContentReportedData.model_fields, "") | {"evidence": {}, "revision": 1, "text": item["text"]}
    return MessageReported(**pending.envelope("x"), data=MessageReportedData.model_validate(texts))


def reported(number: int, **image: Any) -> StreamRecord:
    about = {"correlation_id": "c", "version": number, "event_time": number, **image}
    return record(number, outbox=f"MessageReported:evt_{number}", **about)


def run_relay(publisher: Callable[[list[Any]], Mapping[int, str]], records: list[StreamRecord]) -> tuple[Any, Aside]:
    aside = Aside()
    return relay({"Records": records}, {"MessageReported": build}, publisher, aside), aside


def test_a_record_whose_event_cannot_be_built_is_set_aside() -> None:
    publisher = Publisher()
    result, aside = run_relay(publisher, [reported(number, **({} if number == 7 else {"text": "x"})) for number in range(25)])
    assert result == {"batchItemFailures": []}
    assert (numbers(aside.records), aside.reasons) == ([7], ["KeyError"])
    assert publisher.published == [f"evt_{number}" for number in range(25) if number != 7]


@pytest.mark.parametrize(("times", "expected"), [(2, []), (3, [7])])
def test_an_entry_that_the_bus_rejects_three_times_is_set_aside(times: int, expected: list[int]) -> None:
    publisher = Publisher({"evt_7": "MalformedDetail"}, times)
    result, aside = run_relay(publisher, [reported(number, text="x") for number in range(25)])
    assert result == {"batchItemFailures": []}
    assert (numbers(aside.records), aside.reasons) == (expected, ["MalformedDetail"] * len(expected))
    assert set(publisher.published) == {f"evt_{number}" for number in range(25)} - {f"evt_{number}" for number in expected}


DENIED = ("AccessDeniedException", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException")


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "InvalidAccountIdException", "Unheard", *DENIED])
def test_entries_that_a_busy_bus_rejects_are_not_set_aside(code: str) -> None:
    publisher = Publisher(dict.fromkeys((f"evt_{number}" for number in range(10, 20)), code))
    result, aside = run_relay(publisher, [reported(number, text="x") for number in range(25)])
    assert result == {"batchItemFailures": [{"itemIdentifier": "010"}]}
    assert aside.records == []


def test_an_event_that_cannot_be_built_is_set_aside_once_although_the_bus_is_down_meanwhile() -> None:
    records = [reported(number, **({} if number in (2, 7, 22) else {"text": "x"})) for number in range(25)]
    publisher, aside = Publisher({"evt_12": "ThrottlingException"}, times=9), Aside()
    results = [relay({"Records": records}, {"MessageReported": build}, publisher, aside) for _ in range(3)]
    assert results == [{"batchItemFailures": [{"itemIdentifier": "010"}]}] * 3
    assert 22 not in numbers(aside.records)
    aside = Aside()
    assert relay({"Records": records[10:]}, {"MessageReported": build}, publisher, aside) == {"batchItemFailures": []}
    assert numbers(aside.records) == [22]


def test_a_record_with_two_events_that_the_bus_rejects_is_set_aside_once() -> None:
    two = record(1, outbox="MessageReported:evt_1 MessageReported:evt_2", correlation_id="c", version=1, event_time=1, text="x")
    publisher = Publisher({"evt_1": "MalformedDetail", "evt_2": "InvalidArgument"})
    result, aside = run_relay(publisher, [two, reported(3, text="x")])
    assert result == {"batchItemFailures": []}
    assert (numbers(aside.records), publisher.published) == ([1], ["evt_3"])


@pytest.mark.parametrize("error", OUTAGES)
def test_a_call_that_fails_as_a_whole_returns_the_first_record_and_raises_nothing(error: Exception) -> None:
    """An error would let Lambda bisect the batch."""
    publisher = Publisher()

    def unreachable(events: list[Any]) -> Mapping[int, str]:
        if len(publisher.published) >= 10:
            raise error
        return publisher(events)

    result, aside = run_relay(
        unreachable, [reported(number, **({"text": "x"} if number != 12 else {})) for number in range(25)]
    )
    assert (result, aside.records) == ({"batchItemFailures": [{"itemIdentifier": "010"}]}, [])


def test_one_entry_that_makes_the_call_invalid_is_found() -> None:
    class Events:
        def put_events(self, Entries: list[Any]) -> Any:
            if any("evt_3" in entry["Detail"] for entry in Entries):
                raise client_error("ValidationException")
            return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}

    result, aside = run_relay(Bus("bus", Events()), [reported(number, text="x") for number in range(5)])  # type: ignore[arg-type]
    assert result == {"batchItemFailures": []}
    assert numbers(aside.records) == [3]


def test_a_record_without_a_new_image_or_events_is_ignored() -> None:
    deleted = {"dynamodb": {"Keys": {}, "SequenceNumber": "1", "OldImage": {}}}
    assert run_relay(Publisher(), [deleted, record(2)])[0] == {"batchItemFailures": []}


def test_republishing_names_each_item_that_fails_and_publishes_the_others() -> None:
    records = [reported(number, **({} if number == 7 else {"text": "x"})) for number in range(25)]
    items = [from_wire(one["dynamodb"]["NewImage"]) for one in records]
    publisher, failed = Publisher({"evt_3": "MalformedDetail"}), dict[str, str]()
    count = republish(items, {"MessageReported": build}, publisher, lambda item, reason: failed.update({item["sk"]: reason}))
    assert failed == {"7": "KeyError", "3": "MalformedDetail"}
    assert count == len(publisher.published) == 23


# envelopes


def envelope(**other: Any) -> dict[str, Any]:
    event = build({"text": "x"}, PendingEvent("MessageReported", "evt_1", "c", 1, datetime(2026, 3, 5, tzinfo=UTC)))
    return {**event.detail(), **other}


INVALID: list[tuple[Any, str]] = [
    (None, "no event"),
    ([], "no event"),
    ({}, "unknown event"),
    ({"name": "Unknown"}, "unknown event"),
    (envelope(schema_version=2), "unknown schema version of MessageReported"),
    (envelope(schema_version="1"), "unknown schema version of MessageReported"),
    (envelope(schema_version=None), "unknown schema version of MessageReported"),
    (envelope(data={"text": "secret"}), "invalid data of MessageReported: data.author_id"),
    (envelope(entity_version="secret"), "invalid data of MessageReported: entity_version"),
]


@pytest.mark.parametrize(("detail", "reason"), INVALID)
def test_an_envelope_that_is_not_of_the_contract_has_a_reason_without_its_values(detail: Any, reason: str) -> None:
    with pytest.raises(EventInvalid) as raised:
        parse_event(detail)
    assert str(raised.value).startswith(reason)
    assert "secret" not in str(raised.value)


def test_unknown_fields_are_ignored() -> None:
    assert parse_event(envelope(added=1)) == parse_event(envelope())


def test_if_the_failure_queue_cannot_be_reached_the_stream_waits() -> None:
    def unreachable(record: StreamRecord, reason: str) -> None:
        raise ConnectTimeoutError(endpoint_url="sqs")

    result = relay({"Records": [reported(1)]}, {"MessageReported": build}, Publisher(), unreachable)
    assert result == {"batchItemFailures": [{"itemIdentifier": "001"}]}


def test_a_redrive_that_fails_again_raises_and_sets_nothing_aside() -> None:
    aside = Aside()
    with pytest.raises(RedriveFailed, match="KeyError"):
        relay({"Records": [reported(1)], "redrive": True}, {"MessageReported": build}, Publisher(), aside)
    assert aside.records == []
