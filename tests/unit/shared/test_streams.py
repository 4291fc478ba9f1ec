"""Stream records that fail: each is set aside alone, and an outage sets nothing aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ParamValidationError

from services.shared.messaging.failures import MAX_BODY_BYTES, FailureQueue, RedriveFailed, StreamRecord, is_outage
from services.shared.messaging.stream import Change, Step, process_stream
from services.shared.table.dynamo import wire_item
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")


OUTAGES = [
    Throttled(),
    TransactionConflict(),
    ConnectTimeoutError(endpoint_url="x"),
    client_error("InternalServerError"),
    client_error("ThrottlingException"),
    client_error("AccessDeniedException"),
]
OWN_ERRORS = [KeyError("x"), ConditionFailed(), client_error("ValidationException"), ParamValidationError(report="x")]


def record(number: int, **image: Any) -> StreamRecord:
    item = {"pk": "THING", "sk": str(number), **image}
    keys = wire_item({"pk": "THING", "sk": str(number)})
    return {"dynamodb": {"Keys": keys, "NewImage": wire_item(item), "SequenceNumber": f"{number:03}"}}


def numbers(records: Sequence[StreamRecord]) -> list[int]:
    return [int(one["dynamodb"]["SequenceNumber"]) for one in records]


class Aside:
    """A `set_aside` that remembers."""

    def __init__(self) -> None:
        self.records: list[StreamRecord] = []
        self.reasons: list[str] = []

    def __call__(self, record: StreamRecord, reason: str) -> None:
        self.records.append(record)
        self.reasons.append(reason)


class Handler:
    """A step that fails for some changes, with an error, a number of times.

    processed: the changes that it processed.
    """

    def __init__(self, failing: set[int], error: Exception, times: int = 1000) -> None:
        self.failing, self.error, self.times = failing, error, times
        self.processed: list[int] = []
        self.tries = 0

    def __call__(self, changes: Sequence[Change]) -> None:
        if self.failing & {int(change.sequence) for change in changes} and self.times > 0:
            self.times -= 1
            self.tries += 1
            raise self.error
        self.processed += [int(change.sequence) for change in changes]


def whole(changes: Sequence[Change]) -> list[Sequence[Change]]:
    return [changes]


GROUPS: list[Callable[[Handler], Step]] = [Step, lambda handler: Step(handler, whole)]


@pytest.mark.parametrize("step", GROUPS)
@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize("error", OWN_ERRORS)
@pytest.mark.parametrize("failing", [{5}, {0}, {9}, {2, 3, 7}])
def test_a_record_that_fails_is_set_aside_and_all_others_are_processed(
    step: Callable[[Handler], Step], size: int, error: Exception, failing: set[int]
) -> None:
    handler, aside = Handler(failing, error), Aside()
    result = process_stream({"Records": [*map(record, range(10))]}, [step(handler)], aside, size=size)
    assert result == {"batchItemFailures": []}
    assert sorted(handler.processed) == sorted(set(range(10)) - failing)
    assert numbers(aside.records) == sorted(failing)
    assert aside.records[0]["dynamodb"]["NewImage"]
    assert aside.reasons == [type(error).__name__] * len(failing)


def test_a_record_is_tried_three_times() -> None:
    for times, expected in ((2, []), (3, [4])):
        handler, aside = Handler({4}, KeyError(), times), Aside()
        process_stream({"Records": [*map(record, range(10))]}, [Step(handler)], aside)
        assert numbers(aside.records) == expected
        assert handler.tries == times


@pytest.mark.parametrize("error", OUTAGES)
@pytest.mark.parametrize("size", [1, 4])
def test_an_outage_sets_nothing_aside_and_the_stream_continues_there(error: Exception, size: int) -> None:
    handler, aside = Handler({5}, error), Aside()
    result = process_stream({"Records": [*map(record, range(10))]}, [Step(handler)], aside, size=size)
    assert result == {"batchItemFailures": [{"itemIdentifier": f"{5 // size * size:03}"}]}
    assert aside.records == []


@pytest.mark.parametrize("error", OUTAGES)
def test_outages_are_recognised(error: Exception) -> None:
    assert is_outage(error)
    assert not any(map(is_outage, OWN_ERRORS))


def test_a_record_that_was_set_aside_is_left_out_of_later_steps() -> None:
    first, second, aside = Handler({5}, KeyError()), Handler(set(), KeyError()), Aside()
    process_stream({"Records": [*map(record, range(10))]}, [Step(first), Step(second, whole)], aside, size=100)
    assert 5 not in second.processed


def test_a_record_that_cannot_be_parsed_or_grouped_is_set_aside() -> None:
    def grouped(changes: Sequence[Change]) -> list[Sequence[Change]]:
        return [[change for change in changes if (change.new or {})["kind"] == "x"]]

    records = [record(0, kind="x"), record(1), record(2, kind="x"), {"dynamodb": {"SequenceNumber": "003"}}]
    handler, aside = Handler(set(), KeyError()), Aside()
    assert process_stream({"Records": records}, [Step(handler, grouped)], aside, size=9) == {"batchItemFailures": []}
    assert (handler.processed, sorted(numbers(aside.records))) == ([0, 2], [1, 3])


def test_if_the_failure_queue_cannot_be_reached_the_batch_fails() -> None:
    def unreachable(record: StreamRecord, reason: str) -> None:
        raise ConnectTimeoutError(endpoint_url="sqs")

    batch = {"Records": [*map(record, range(10))]}
    failed = {"batchItemFailures": [{"itemIdentifier": "005"}]}
    assert process_stream(batch, [Step(Handler({5}, KeyError()))], unreachable) == failed


@pytest.mark.parametrize("unparsable", [True, False])
def test_an_outage_after_a_failure_sets_the_record_aside_once(unparsable: bool) -> None:
    """The part is processed again after the outage, and only then the record is set aside."""
    poison = {"dynamodb": {"SequenceNumber": "002"}} if unparsable else record(2)
    records = [*map(record, (0, 1)), poison, *map(record, range(3, 10))]
    aside, failing = Aside(), Step(Handler({2}, KeyError()))
    for _ in range(10):
        process_stream({"Records": records}, [failing, Step(Handler({5}, Throttled()))], aside, size=10)
    assert aside.records == []
    process_stream({"Records": records}, [failing], aside, size=10)
    assert numbers(aside.records) == [2]


def test_a_redrive_that_fails_again_raises_and_sets_nothing_aside() -> None:
    aside = Aside()
    with pytest.raises(RedriveFailed, match="KeyError"):
        process_stream({"Records": [record(1)], "redrive": True}, [Step(Handler({1}, KeyError()))], aside)
    assert aside.records == []


# the failure queue


class FakeQueues:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)


def test_the_failure_queue_has_the_whole_record_the_function_and_the_reason() -> None:
    queues = FakeQueues()
    FailureQueue("url", "coterie-on-change", lambda: queues).put_record(record(1, text="文字"), "KeyError")  # type: ignore[arg-type, return-value]
    (sent,) = queues.sent
    expected = {"function": "coterie-on-change", "reason": "KeyError", "record": record(1, text="文字")}
    assert (sent["QueueUrl"], json.loads(sent["MessageBody"])) == ("url", expected)


def test_of_a_record_that_is_too_large_the_keys_are_stored() -> None:
    queues = FakeQueues()
    FailureQueue("url", "f", lambda: queues).put_record(record(1, text="文" * 100_000), "KeyError")  # type: ignore[arg-type, return-value]
    body = queues.sent[0]["MessageBody"]
    assert len(body.encode()) < MAX_BODY_BYTES
    assert json.loads(body)["record"]["dynamodb"] == {"Keys": record(1)["dynamodb"]["Keys"], "SequenceNumber": "001"}


class StrictQueues(FakeQueues):
    """Applies the limits of SQS on size and characters (its quotas of messages), with the default size of a queue."""

    def send_message(self, **request: Any) -> None:
        attributes = request["MessageAttributes"]
        texts = [request["MessageBody"], *attributes, *(part for one in attributes.values() for part in one.values())]
        assert sum(len(text.encode()) for text in texts) <= 256 * 1024
        assert not set("".join(texts)) & {"\ufffe", "\uffff", "\0"}
        assert all(texts)
        super().send_message(**request)


@pytest.mark.parametrize("text", ["a\uffff", "\ufffe", "\ud800", '"\\\uffff', "\0"])
def test_a_record_with_a_character_that_sqs_rejects_is_set_aside_whole(text: str) -> None:
    queues = StrictQueues()
    FailureQueue("url", "f", lambda: queues).put_record(record(1, text=text), "KeyError")  # type: ignore[arg-type, return-value]
    assert json.loads(queues.sent[0]["MessageBody"])["record"] == record(1, text=text)


@pytest.mark.parametrize("reason", ["", "x\uffff", "\0", "错" * 300])
def test_a_message_is_set_aside_whatever_its_reason_contains(reason: str) -> None:
    queues = StrictQueues()
    FailureQueue("url", "f", lambda: queues).put_message("body", reason)  # type: ignore[arg-type, return-value]
    assert queues.sent[0]["MessageBody"] == "body"


@pytest.mark.parametrize("length", range(256 * 1024 - 700, 256 * 1024, 7))
def test_a_record_near_the_limit_of_a_message_is_set_aside(length: int) -> None:
    queues = StrictQueues()
    put = FailureQueue("url", "f", lambda: queues).put_record  # type: ignore[arg-type, return-value]
    put(record(1, text="x" * length), "ConditionalCheckFailedException")
    assert len(queues.sent) == 1
