"""`make redrive`: process again what is in the failure queues and dead-letter queues, after its cause is fixed.

A dead letter moves back to its inbox queue. What is in a service's failure queue is given again to the function that failed:
a stream record that our code set aside, a batch that Lambda gave up on, a failed run of a schedule. It is deleted only when
the function succeeds.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import Deployment
from services import SERVICES

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

# Outputs of a stack: from, back to.
DEAD_LETTER_SOURCES = {"InboxDeadUrl": "InboxUrl", "PictureDeadUrl": "PictureInboxUrl", "FactsDeadUrl": "FactsInboxUrl"}
FAILURES = "FailedUrl"
INVISIBLE_SECONDS = 900  # while a failure is processed again
BATCH_SIZE = 100  # of the stream mappings
MAX_PAGES = 1000  # of a stream that are read for one batch
UNKNOWN_FORM = "a message of unknown form"
HIDDEN = "another run received it; it is visible again within 15 minutes"
NO_RECORDS = "the stream no longer has the records: make republish, make audit, make recount"


@dataclass
class Redriven:
    """The result for one queue. left: how many messages were not processed, by reason."""

    queue: str
    processed: int = 0
    left: Counter[str] = field(default_factory=Counter)


def redrive(deployment: Deployment) -> list[Redriven]:
    """Redrive every failure queue and dead-letter queue of every service, and return the result of each.

    A queue gets at most as many messages as there were at the start, so one that fails again is not moved in a loop.
    """
    sqs: SQSClient = deployment.client("sqs")
    results = []
    for service in SERVICES:
        out = deployment.outputs[service]
        for dead, source in DEAD_LETTER_SOURCES.items():
            if dead in out:
                results.append(_move(sqs, out[dead], out[source]))
        results.append(_replay_all(deployment, out[FAILURES]))
    return results


def count_messages(sqs: SQSClient, queue: str, attribute: QueueAttributeNameType = "ApproximateNumberOfMessages") -> int:
    response = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[attribute])
    return int(response["Attributes"][attribute])


def _start(sqs: SQSClient, queue: str) -> Redriven:
    """Return the result of a queue before its first message. Messages that an aborted run received are left."""
    result = Redriven(_name(queue))
    if hidden := count_messages(sqs, queue, "ApproximateNumberOfMessagesNotVisible"):
        result.left[HIDDEN] = hidden
    return result


def _messages(sqs: SQSClient, queue: str) -> Iterator[Any]:
    """Yield the messages that a queue has now; each is invisible to others for 15 minutes."""
    remaining = count_messages(sqs, queue)
    while remaining > 0:
        response = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=min(10, remaining),
            WaitTimeSeconds=1,
            VisibilityTimeout=INVISIBLE_SECONDS,
            MessageAttributeNames=["All"],
        )
        received = response.get("Messages", [])
        if not received:
            return
        yield from received
        remaining -= len(received)


def _move(sqs: SQSClient, dead: str, source: str) -> Redriven:
    result = _start(sqs, dead)
    for message in _messages(sqs, dead):
        try:
            sqs.send_message(QueueUrl=source, MessageBody=message["Body"])
        except ClientError as error:  # this message cannot be sent; the others can
            result.left[_code(error)] += 1
            continue
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        result.processed += 1
    return result


def _replay_all(deployment: Deployment, queue: str) -> Redriven:
    """Process the messages of a failure queue again, stream records in their order."""
    sqs: SQSClient = deployment.client("sqs")
    result = _start(sqs, queue)
    for message in sorted(_messages(sqs, queue), key=_sequence):
        reason = _replay(deployment, message)
        if reason is None:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            result.processed += 1
        else:
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
            result.left[reason] += 1
    return result


def _sequence(message: Any) -> tuple[int, str]:
    """Return the first sequence number of a record or a batch, of up to 40 digits."""
    body = _json(message["Body"])
    try:
        if "DDBStreamBatchInfo" in body:
            number = str(body["DDBStreamBatchInfo"]["startSequenceNumber"])
        else:
            number = str(body["record"]["dynamodb"]["SequenceNumber"])
    except (KeyError, TypeError):
        number = ""
    return len(number), number


def _replay(deployment: Deployment, message: Any) -> str | None:
    """Give one failure to its function again. Return None, or the reason if it is still not processed.

    A message that cannot be processed must not stop those behind it.
    """
    try:
        return _replay_message(deployment, _json(message["Body"]), message.get("MessageAttributes", {}))
    except ClientError as error:
        return NO_RECORDS if _code(error) == "TrimmedDataAccessException" else _code(error)
    except BotoCoreError as error:
        return type(error).__name__
    except (KeyError, TypeError, ValueError, AttributeError):
        return UNKNOWN_FORM


def _replay_message(deployment: Deployment, body: dict[str, Any], attributes: dict[str, Any]) -> str | None:
    functions: LambdaClient = deployment.client("lambda")
    if "record" in body:
        return _replay_record(functions, body)
    if "DDBStreamBatchInfo" in body:
        records = _records(deployment.client("dynamodbstreams"), body["DDBStreamBatchInfo"])
        return _replay_records(functions, body["requestContext"]["functionArn"], records)
    if "requestPayload" in body:
        return _invoke(functions, body["requestContext"]["functionArn"], body["requestPayload"])
    if "TARGET_ARN" in attributes:  # the scheduler could not start the function
        return _invoke(functions, attributes["TARGET_ARN"]["StringValue"], body)
    return UNKNOWN_FORM


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _replay_record(functions: LambdaClient, body: dict[str, Any]) -> str | None:
    record = body["record"]
    if not record["dynamodb"].keys() & {"NewImage", "OldImage"}:
        return f"only its keys were stored: {json.dumps(record['dynamodb']['Keys'], ensure_ascii=False)}"
    return _invoke(functions, body["function"], {"Records": [record], "redrive": True})


def _replay_records(functions: LambdaClient, name: str, records: list[Any] | None) -> str | None:
    """Give records to a function, at most 100 at once. The stream has more than the batch had, because Lambda filters them."""
    if records is None:
        return NO_RECORDS
    for start in range(0, len(records), BATCH_SIZE):
        if reason := _invoke(functions, name, {"Records": records[start : start + BATCH_SIZE]}):
            return reason
    return None


def _invoke(functions: LambdaClient, name: str, payload: Any) -> str | None:
    response = functions.invoke(FunctionName=name, Payload=json.dumps(payload, ensure_ascii=False).encode())
    result = json.loads(response["Payload"].read() or b"null")
    if response.get("FunctionError"):
        return str(result.get("errorMessage") or result.get("errorType"))[:200]
    if isinstance(result, dict) and result.get("batchItemFailures"):
        return "the table or the bus was not available"
    return None


def _records(streams: Any, batch: dict[str, Any]) -> list[Any] | None:
    """Read the records of a batch from the stream, which has them for 24 hours, as Lambda gives them to a function.

    A page can be empty although the shard has more records. None if the last record of the batch was not reached: then a part
    of the batch must not pass as the whole.
    """
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    last, records = int(batch["endSequenceNumber"]), []
    for _ in range(MAX_PAGES):
        if not iterator:
            return None
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            number = int(record["dynamodb"]["SequenceNumber"])
            if number <= last:
                records.append(record)
            if number >= last:
                return list(json.loads(json.dumps(records, default=_plain)))
        iterator = page.get("NextShardIterator")
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()


def _json(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _name(queue: str) -> str:
    return queue.rpartition("/")[2]
