"""Events that are processed in the background, as the relay and the inbox functions do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.served_api import ServedApi


@contextmanager
def streams_of(served: ServedApi) -> Iterator[None]:
    """Process events while the block runs."""
    stop = threading.Event()

    def process() -> None:
        while not stop.wait(0.05):
            served.run_streams()

    thread = threading.Thread(target=process)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
