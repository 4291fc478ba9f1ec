"""The worker that re-encodes uploaded pictures. It is a function of its own: only it loads an imaging library."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.commerce import usecases, wiring
from services.commerce.settings import settings
from services.shared.kernel.remaining_time import STREAM_RESERVE, has_time
from services.shared.pictures.child_process import clean_in_child
from services.shared.pictures.worker import process_notifications


def on_picture(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Process the uploads that the bucket's queue reports. A message that fails returns to the queue alone."""
    return process_notifications(event, has_time(context, STREAM_RESERVE), _process, wiring.upload_queue)


def _process(object_key: str, postponements: int) -> int:
    ports = wiring.ports()
    return usecases.process_upload(ports, object_key, partial(clean_in_child, settings=settings()), postponements)
