"""The worker that re-encodes uploaded pictures. It is a function of its own: only it loads an imaging library."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from services.circles import usecases, wiring
from services.circles.adapters.child_process import clean_in_child
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import STREAM_RESERVE, has_time


def on_picture(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Process the uploads that the bucket's queue reports. A message that fails returns to the queue alone.

    Without time, the messages that are left return too.
    """
    failed, left = [], has_time(context, STREAM_RESERVE)
    for number, record in enumerate(event["Records"]):
        if number and not left():
            failed += [{"itemIdentifier": later["messageId"]} for later in event["Records"][number:]]
            break
        try:
            _process_notification(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 (one message that fails is retried; the others of the batch succeed)
            logger().warning("picture not processed", message_id=record["messageId"], error_type=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _process_notification(notification: dict[str, Any]) -> None:
    """Process the uploads of one bucket notification, or postpone them. The bucket's first one is a test without records."""
    postponements = notification.get("postponements", 0)
    for upload in notification.get("Records", []):
        object_key = unquote_plus(upload["s3"]["object"]["key"])
        clean = partial(clean_in_child, is_avatar=usecases.is_avatar(object_key))
        delay = usecases.process_upload(wiring.ports(), object_key, clean, postponements)
        if delay:
            wiring.upload_queue().postpone(upload, postponements + 1, delay)
