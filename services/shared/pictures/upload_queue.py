"""The queue of uploads, to which the picture worker returns an upload that must wait."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_DELAY_SECONDS = 900  # of SQS


@dataclass(frozen=True, slots=True)
class UploadQueue:
    url: str
    sqs: SQSClient

    def postpone(self, record: dict[str, Any], postponements: int, seconds: int) -> None:
        """Deliver one record of the bucket again after a delay, as a message of its own.

        postponements: how often the record was postponed, this time included.
        """
        body = json.dumps({"Records": [record], "postponements": postponements})
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=min(seconds, MAX_DELAY_SECONDS))
