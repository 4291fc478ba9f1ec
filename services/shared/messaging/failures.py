"""The failure queue: where a function sets aside what it cannot process, so that nothing behind it waits.

`make redrive` (infra/redrive.py) gives a stream record again to the function that failed on it, and moves a message of an
inbox queue back to that queue.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from services.shared.kernel.observability import logger, record_metric
from services.shared.table.port import Throttled, TransactionConflict

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_TRIES = 3  # within one invocation, before a record is set aside
MAX_BODY_BYTES = 255 * 1024  # and 1 KB for the attribute; AWS takes 1 MB since 2025, the laptop cloud 256 KB
# SQS rejects a message with a character that XML does not have. In JSON it can be escaped. DynamoDB accepts it in a text.
NOT_IN_XML = {code: f"\\u{code:04x}" for code in (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)}
RECORD_ERRORS = {"ValidationException", "TransactionCanceledException"}  # conflicts and throttles have types of their own

StreamRecord = dict[str, Any]
SetAside = Callable[[StreamRecord, str], None]


def is_outage(error: Exception) -> bool:
    """Return whether an error says that the table, the bus or the network is not available, whatever the record is."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] not in RECORD_ERRORS
    return isinstance(error, Throttled | TransactionConflict | BotoCoreError) and not isinstance(error, ParamValidationError)


class RedriveFailed(Exception):
    """A record that was set aside before failed again. The message is the reason."""


def set_aside_in(batch: dict[str, Any], set_aside: SetAside) -> SetAside:
    """Return `set_aside`, or for a redrive a function that raises: then the record stays in the failure queue."""

    def fail(record: StreamRecord, reason: str) -> None:
        raise RedriveFailed(reason)

    return fail if batch.get("redrive") else set_aside


@dataclass(frozen=True, slots=True)
class FailureQueue:
    """The failure queue of a function.

    new_client: creates the client at the first failure, because most cold starts need none.
    """

    url: str
    function: str
    new_client: Callable[[], SQSClient]

    def put_record(self, record: StreamRecord, reason: str) -> None:
        """Store a whole stream record with the name of this function.

        A record that is too large for a message is stored as its keys and its sequence number, which an operator can look up.
        Raises: what boto3 raises. Then the invocation must fail, so that the record is not lost.
        """
        body = self._body(record, reason)
        if len(body.encode()) > MAX_BODY_BYTES:
            parts = {name: record["dynamodb"][name] for name in ("Keys", "SequenceNumber")}
            body = self._body({"dynamodb": parts}, f"{reason}; too large")
        self.put_message(body, reason)

    def put_message(self, body: str, reason: str) -> None:
        """Store the body of a message unchanged, with the reason as an attribute."""
        attribute: Any = {"reason": {"DataType": "String", "StringValue": ascii(reason)[1:-1][:256] or "unknown"}}
        self.new_client().send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes=attribute)
        logger().error("set aside", reason=reason)
        record_metric("SetAside", 1)

    def _body(self, record: StreamRecord, reason: str) -> str:
        body = json.dumps({"function": self.function, "reason": reason, "record": record}, ensure_ascii=False)
        return body.translate(NOT_IN_XML)
