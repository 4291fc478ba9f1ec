"""Fakes for `make redrive`: queues, functions and a stream."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.deployment import Deployment
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
        is_hidden = AttributeNames == ["ApproximateNumberOfMessagesNotVisible"]
        counted = [one for one in self.messages.get(QueueUrl, []) if bool(one.get("received")) is is_hidden]
        return {"Attributes": {AttributeNames[0]: str(len(counted))}}

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
    """A stream with the records 1 to 9 in pages of 2, or one that no longer has them.

    empty: how many empty pages come before each page. length: of the stream.
    """

    is_trimmed: bool = False
    empty: int = 0
    length: int = 9
    reads: int = 0

    def get_shard_iterator(self, StreamArn: str, ShardId: str, ShardIteratorType: str, SequenceNumber: str) -> Any:
        assert (StreamArn, ShardId, ShardIteratorType) == ("stream", "shard", "AT_SEQUENCE_NUMBER")
        if self.is_trimmed:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException", "Message": ""}}, "GetShardIterator")
        return {"ShardIterator": SequenceNumber}

    def get_records(self, ShardIterator: str) -> Any:
        self.reads += 1
        if self.reads % (self.empty + 1):
            return {"Records": [], "NextShardIterator": ShardIterator}
        first = int(ShardIterator)
        page = [self._record(number) for number in range(first, min(first + 2, self.length + 1))]
        is_last = first + 2 > self.length
        return {"Records": page, **({} if is_last else {"NextShardIterator": str(first + 2)})}

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
        outputs["review"] |= {name: f"review/{name}" for name in ("FactsInboxUrl", "FactsDeadUrl")}
        clients = {"sqs": self.queues, "lambda": self.functions, "dynamodbstreams": self.streams}
        self.deployment = FakeDeployment(None, outputs, clients)

    def redrive(self) -> dict[str, tuple[int, dict[str, int]]]:
        results: list[Redriven] = redrive(self.deployment)
        return {result.queue: (result.processed, dict(result.left)) for result in results if result.processed or result.left}

    def fail(self, body: Any, **attributes: Any) -> None:
        self.queues.send_message("circles/FailedUrl", json.dumps(body), **attributes)

    @property
    def left(self) -> int:
        return len(self.queues.messages["circles/FailedUrl"])


def record(number: int) -> dict[str, Any]:
    change = {"SequenceNumber": str(number), "Keys": {"pk": {"S": "x"}}, "NewImage": {"pk": {"S": "x"}}}
    return {"function": "relay", "reason": "KeyError", "record": {"dynamodb": change}}
