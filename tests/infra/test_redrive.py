"""`make redrive`: every kind of failure is processed again, and what fails again stays with its reason."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deployment import Deployment
from infra.operate import print_redrive
from infra.redrive import Redriven, redrive
from services import SERVICES

ALARM = "arn:aws:lambda:us-east-1:000000000000:function:coterie-local-circles-on-schedule"


class Queues:
    """SQS with messages by address of their queue."""

    def __init__(self) -> None:
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.visible_again: list[str] = []

    def send_message(self, QueueUrl: str, MessageBody: str, **attributes: Any) -> None:
        queue = self.messages.setdefault(QueueUrl, [])
        queue.append({"Body": MessageBody, "ReceiptHandle": f"{QueueUrl} {len(queue)} {MessageBody}", **attributes})

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> Any:
        return {"Attributes": {AttributeNames[0]: str(len(self.messages.get(QueueUrl, [])))}}

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> Any:
        visible = [one for one in self.messages.get(QueueUrl, []) if not one.get("received")][:MaxNumberOfMessages]
        for message in visible:
            message["received"] = True
        return {"Messages": visible} if visible else {}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:
        self.messages[QueueUrl] = [one for one in self.messages[QueueUrl] if one["ReceiptHandle"] != ReceiptHandle]

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        assert VisibilityTimeout == 0
        self.visible_again.append(ReceiptHandle)


@dataclass
class Functions:
    """Lambda: `handle` returns what a function returns, or raises its error."""

    handle: Callable[[str, Any], Any]
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, FunctionName: str, Payload: bytes) -> Any:
        self.calls.append((FunctionName, json.loads(Payload)))
        try:
            result, error = self.handle(FunctionName, json.loads(Payload)), {}
        except ValueError as failed:
            result, error = {"errorMessage": str(failed), "errorType": "RedriveFailed"}, {"FunctionError": "Unhandled"}
        return {"Payload": io.BytesIO(json.dumps(result).encode()), **error}


@dataclass
class Streams:
    """A stream with the records 1 to 9 in pages of 2, or one that no longer has them."""

    is_trimmed: bool = False

    def get_shard_iterator(self, StreamArn: str, ShardId: str, ShardIteratorType: str, SequenceNumber: str) -> Any:
        assert (StreamArn, ShardId, ShardIteratorType) == ("stream", "shard", "AT_SEQUENCE_NUMBER")
        if self.is_trimmed:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException", "Message": ""}}, "GetShardIterator")
        return {"ShardIterator": SequenceNumber}

    def get_records(self, ShardIterator: str) -> Any:
        first = int(ShardIterator)
        page = [self._record(number) for number in range(first, min(first + 2, 10))]
        return {"Records": page, "NextShardIterator": str(first + 2)}

    def _record(self, number: int) -> Any:
        times = {"ApproximateCreationDateTime": datetime(2026, 3, 5, tzinfo=UTC)}
        return {"dynamodb": {**times, "SequenceNumber": str(number), "NewImage": {"hash": {"B": b"\x01"}}}}


@dataclass(frozen=True)
class FakeDeployment(Deployment):
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        return self.clients[name]


def succeed(name: str, payload: Any) -> Any:
    return {"batchItemFailures": []}


@dataclass
class Failures:
    """A deployment with fakes, and what is in its queues."""

    handle: Callable[[str, Any], Any] = succeed
    streams: Streams = field(default_factory=Streams)
    queues: Queues = field(default_factory=Queues)

    def __post_init__(self) -> None:
        self.functions = Functions(self.handle)
        names = ("InboxUrl", "InboxDeadUrl", "FailedUrl")
        outputs = {service: {name: f"{service}/{name}" for name in names} for service in SERVICES}
        outputs["circles"] |= {name: f"circles/{name}" for name in ("PictureInboxUrl", "PictureDeadUrl")}
        clients = {"sqs": self.queues, "lambda": self.functions, "dynamodbstreams": self.streams}
        self.deployment = FakeDeployment(None, outputs, clients)

    def redrive(self) -> dict[str, tuple[int, dict[str, int]]]:
        results: list[Redriven] = redrive(self.deployment)
        return {result.queue: (result.moved, dict(result.left)) for result in results if result.moved or result.left}

    def fail(self, body: Any, **attributes: Any) -> None:
        self.queues.send_message("circles/FailedUrl", json.dumps(body), **attributes)

    @property
    def left(self) -> int:
        return len(self.queues.messages["circles/FailedUrl"])


def record(number: int) -> dict[str, Any]:
    change = {"SequenceNumber": str(number), "Keys": {"pk": {"S": "x"}}, "NewImage": {"pk": {"S": "x"}}}
    return {"function": "relay", "reason": "KeyError", "record": {"dynamodb": change}}


@pytest.mark.parametrize(
    ("dead", "source"),
    [(f"{service}/InboxDeadUrl", f"{service}/InboxUrl") for service in SERVICES]
    + [("circles/PictureDeadUrl", "circles/PictureInboxUrl")],
)
def test_a_dead_letter_moves_back_to_its_inbox_queue(dead: str, source: str) -> None:
    failures = Failures()
    for number in range(23):
        failures.queues.send_message(dead, f"message {number}")
    failures.redrive()
    assert failures.queues.messages[dead] == []
    assert [one["Body"] for one in failures.queues.messages[source]] == [f"message {number}" for number in range(23)]


def test_a_stream_record_is_given_again_to_its_function_and_deleted() -> None:
    failures = Failures()
    for number in (100, 9, 30):
        failures.fail(record(number))
    assert failures.redrive() == {"FailedUrl": (3, {})}
    expected = [("relay", {"Records": [record(number)["record"]], "redrive": True}) for number in (9, 30, 100)]
    assert failures.functions.calls == expected
    assert failures.left == 0


def test_a_record_that_fails_again_stays_with_its_reason() -> None:
    def handle(name: str, payload: Any) -> Any:
        if payload["Records"][0]["dynamodb"]["SequenceNumber"] == "2":
            raise ValueError("KeyError")
        return {"batchItemFailures": [{"itemIdentifier": "3"}] if "3" in json.dumps(payload) else []}

    failures = Failures(handle)
    for number in (1, 2, 3):
        failures.fail(record(number))
    expected = {"KeyError": 1, "the table or the bus was not available": 1}
    assert failures.redrive() == {"FailedUrl": (1, expected)}
    assert failures.left == len(failures.queues.visible_again) == 2


def test_a_record_of_which_only_the_keys_were_stored_is_named() -> None:
    failures = Failures()
    body = record(1)
    del body["record"]["dynamodb"]["NewImage"]
    failures.fail(body)
    assert failures.redrive() == {"FailedUrl": (0, {'only its keys were stored: {"pk": {"S": "x"}}': 1})}
    assert failures.functions.calls == []


def batch() -> dict[str, Any]:
    info = {"streamArn": "stream", "shardId": "shard", "startSequenceNumber": "3", "endSequenceNumber": "6", "batchSize": 4}
    return {"requestContext": {"functionArn": ALARM}, "DDBStreamBatchInfo": info}


def test_the_records_of_a_batch_that_lambda_gave_up_on_are_read_from_the_stream() -> None:
    failures = Failures()
    failures.fail(batch())
    assert failures.redrive() == {"FailedUrl": (1, {})}
    ((name, payload),) = failures.functions.calls
    assert name == ALARM
    assert payload.keys() == {"Records"}
    assert [one["dynamodb"]["SequenceNumber"] for one in payload["Records"]] == ["3", "4", "5", "6"]
    assert payload["Records"][0]["dynamodb"]["NewImage"] == {"hash": {"B": "AQ=="}}


def test_a_batch_that_the_stream_no_longer_has_stays_and_names_the_next_step() -> None:
    failures = Failures(streams=Streams(is_trimmed=True))
    failures.fail(batch())
    ((_, (moved, left)),) = failures.redrive().items()
    assert (moved, failures.left) == (0, 1)
    assert "make republish" in next(iter(left))


def test_a_failed_run_of_a_schedule_is_run_again() -> None:
    failures = Failures()
    failures.fail({"requestContext": {"functionArn": ALARM, "condition": "RetriesExhausted"}, "requestPayload": {"a": 1}})
    failures.fail({"b": 2}, MessageAttributes={"TARGET_ARN": {"StringValue": ALARM, "DataType": "String"}})
    assert failures.redrive() == {"FailedUrl": (2, {})}
    assert failures.functions.calls == [(ALARM, {"a": 1}), (ALARM, {"b": 2})]


@pytest.mark.parametrize("body", ["not JSON", "[]", "{}"])
def test_a_message_of_unknown_form_stays(body: str) -> None:
    failures = Failures()
    failures.queues.send_message("circles/FailedUrl", body)
    assert failures.redrive() == {"FailedUrl": (0, {"a message of unknown form": 1})}


def test_the_command_shows_a_row_per_queue_with_what_is_left_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    failures = Failures()
    failures.queues.send_message("circles/InboxDeadUrl", "message")
    failures.fail({})
    assert not print_redrive(failures.deployment)
    rows = [line.split(maxsplit=3) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["queue", "moved", "left", "reason"]
    assert len(rows) == 1 + 2 * len(SERVICES) + 1
    assert ["InboxDeadUrl", "1", "0"] in rows
    assert ["FailedUrl", "0", "1", "1 x a message of unknown form"] in rows
