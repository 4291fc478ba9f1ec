"""Limits of CPU time that hold on a slow or busy machine: they are relative to a loop that runs beside the measured block."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cpu_at_most(loops: float) -> Iterator[None]:
    """Require that the block takes at most the CPU time of `loops` loops of a million turns; one takes about 30 ms."""
    before = _loop_seconds()
    gc.freeze()  # what other tests keep in memory is not traversed by the collections of this block
    started = time.process_time()
    try:
        yield
        seconds = time.process_time() - started
    finally:
        gc.unfreeze()
    unit = max(before, _loop_seconds())  # a machine that other work slows down is slow for both
    assert seconds <= loops * unit, f"took {seconds / unit:.1f} loops, at most {loops:g} are allowed"


def _loop_seconds() -> float:
    started = time.process_time()
    for _ in range(1_000_000):
        pass
    return time.process_time() - started
