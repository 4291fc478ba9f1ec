"""The worker that makes uploaded pictures fit to be shown. Apart from the other doors: it alone loads an imaging library."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

from services.circles import usecases, wiring
from services.circles.adapters.imaging import clean
from services.shared.kernel.observability import logger


def on_picture(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Uploads, as the bucket tells of them -> cleaned pictures. One that fails goes back alone."""
    failed = []
    for record in event["Records"]:
        try:
            _take(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 (whatever failed, this one must come again and its neighbours pass)
            logger().warning("picture failed", message_id=record["messageId"], error_type=type(error).__name__)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _take(told: dict[str, Any]) -> None:
    """The bucket's notice; its first one is only a test and tells of nothing."""
    for one in told.get("Records", []):
        place = unquote_plus(one["s3"]["object"]["key"])
        usecases.take_picture(wiring.ports(), place, clean)
