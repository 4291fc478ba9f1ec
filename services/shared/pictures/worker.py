"""The batches of the picture worker: notifications of the bucket, from its queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime
from services.shared.pictures.upload_queue import UploadQueue

Process = Callable[[str, int], int]  # of an upload's key and how often it was postponed; returns the seconds to postpone it for


def process_notifications(
    event: dict[str, Any], has_time: HasTime, process: Process, queue: Callable[[], UploadQueue]
) -> dict[str, Any]:
    """Process the uploads that the bucket's queue reports. A message that fails returns to the queue alone.

    Without time, the messages that are left return too.
    """
    failed = []
    for number, record in enumerate(event["Records"]):
        if number and not has_time():
            failed += [{"itemIdentifier": later["messageId"]} for later in event["Records"][number:]]
            break
        try:
            _process_notification(json.loads(record["body"]), process, queue)
        except Exception as error:  # noqa: BLE001 (one message that fails is retried; the others of the batch succeed)
            logger().warning("picture not processed", message_id=record["messageId"], error_type=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _process_notification(notification: dict[str, Any], process: Process, queue: Callable[[], UploadQueue]) -> None:
    """Process the uploads of one bucket notification, or postpone them. The bucket's first one is a test without records."""
    postponements = notification.get("postponements", 0)
    for upload in notification.get("Records", []):
        delay = process(unquote_plus(upload["s3"]["object"]["key"]), postponements)
        if delay:
            queue().postpone(upload, postponements + 1, delay)
