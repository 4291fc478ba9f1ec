"""Streams, relays and inboxes stop before their time ends, and what is left comes again: no record is lost or set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.shared.kernel.remaining_time import has_time
from services.shared.messaging.failures import StreamRecord
from services.shared.messaging.inbox import process_batch
from services.shared.messaging.relay import relay
from services.shared.messaging.stream import Step, process_stream
from tests.support.remaining_time import FallingContext, time_for
from tests.unit.shared.test_relay import Publisher, build, reported
from tests.unit.shared.test_streams import Aside, Handler, numbers, record


def test_time_is_left_while_more_than_the_reserve_is() -> None:
    left = has_time(FallingContext(10), timedelta(seconds=7))
    assert [left() for _ in range(4)] == [True, True, False, False]


def left_over(records: list[StreamRecord], response: dict[str, Any]) -> list[StreamRecord]:
    """Return the records that Lambda delivers again: from the first one that is named on."""
    if not response["batchItemFailures"]:
        return []
    sequences = [one["dynamodb"]["SequenceNumber"] for one in records]
    return records[sequences.index(response["batchItemFailures"][0]["itemIdentifier"]) :]


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("parts", [0, 1, 3])
def test_a_stream_of_poison_is_set_aside_over_several_invocations_each_record_once(size: int, parts: int) -> None:
    records, aside, invocations = [record(number) for number in range(100)], Aside(), 0
    steps = [Step(Handler(set(range(0, 100, 2)), KeyError("x")))]
    handler, waiting = steps[0].process, records
    while waiting:
        response = process_stream({"Records": waiting}, steps, aside, size=size, has_time=time_for(parts))
        assert len(left_over(waiting, response)) < len(waiting), "each invocation advances"
        waiting, invocations = left_over(waiting, response), invocations + 1
    assert numbers(aside.records) == list(range(0, 100, 2))
    assert isinstance(handler, Handler)
    assert handler.processed == list(range(1, 100, 2))
    assert invocations == -(-100 // (size * (parts + 1)))


@pytest.mark.parametrize("parts", [0, 1, 3])
def test_a_relay_without_time_continues_with_the_next_ten(parts: int) -> None:
    records, aside, publisher = [reported(number, text="x") for number in range(45)], Aside(), Publisher()
    waiting = records
    while waiting:
        response = relay({"Records": waiting}, {"MessageReported": build}, publisher, aside, has_time=time_for(parts))
        waiting = left_over(waiting, response)
    assert publisher.published == [f"evt_{number}" for number in range(45)]
    assert aside.records == []


def test_messages_for_which_no_time_is_left_return_to_the_queue() -> None:
    set_aside: list[str] = []
    messages = [{"messageId": str(number), "body": "{"} for number in range(6)]

    def returned(left: Callable[[], bool]) -> list[str]:
        response = process_batch({"Records": messages}, {}, None, lambda body, reason: set_aside.append(body), has_time=left)
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    assert returned(time_for(0)) == ["1", "2", "3", "4", "5"]
    assert returned(time_for(2)) == ["3", "4", "5"]
    assert len(set_aside) == 1 + 3
