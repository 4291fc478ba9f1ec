"""The time that is left to an invocation. A worker asks before each part of its work, and stops before Lambda ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from services.shared.kernel.clock import millis_of

HasTime = Callable[[], bool]

# Of the time limits of the functions in infra: 60 seconds of relays and stream handlers, 10 of inboxes, 50 of schedules.
STREAM_RESERVE = timedelta(seconds=15)  # a part of which each change fails, and the failure queue
INBOX_RESERVE = timedelta(seconds=4)
SCHEDULE_RESERVE = timedelta(seconds=10)


def always() -> bool:
    """The `HasTime` of callers without a limit: an operator's command, the simulation."""
    return True


def has_time(context: Any, reserve: timedelta) -> HasTime:
    """Return a function that returns whether more than `reserve` is left.

    context: the context object of Lambda. reserve: enough for the part that begins last, and for reporting the rest.
    """
    milliseconds = millis_of(reserve)
    return lambda: bool(context.get_remaining_time_in_millis() > milliseconds)


def latched(has_time: HasTime) -> HasTime:
    """Return `has_time`, which is not asked again once it has answered no: several loops share it."""
    ended = False

    def still_has_time() -> bool:
        nonlocal ended
        ended = ended or not has_time()
        return not ended

    return still_has_time
