"""A context of Lambda whose remaining time falls."""

from __future__ import annotations

from datetime import timedelta

from services.shared.kernel.remaining_time import HasTime, has_time


class FallingContext:
    """Each question for the remaining time costs some seconds. Without any left, Lambda has ended the function."""

    def __init__(self, seconds: float, per_question: float = 1) -> None:
        self.seconds, self.per_question = seconds, per_question

    def get_remaining_time_in_millis(self) -> int:
        self.seconds -= self.per_question
        assert self.seconds >= 0, "the function was ended"
        return int(self.seconds * 1000)


def time_for(parts: int) -> HasTime:
    """Return a `has_time` that is true for a number of questions."""
    return has_time(FallingContext(parts + 2), timedelta(seconds=1))
