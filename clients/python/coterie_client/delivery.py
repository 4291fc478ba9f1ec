"""The order of a room's messages: pushes and pages of the history become one sequence without gaps and repeats."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from coterie_client.errors import RoomClosed, SubscriptionEnded
from coterie_client.models import HistoryResponse, MessageResponse

GAP_SECONDS = 0.25  # messages that were sent at the same time can be pushed in another order
MAX_PAUSE_SECONDS = 2.0
# The history ends before a number whose send crashed, until that number becomes a void 15 seconds after its reservation.
HELD_BACK_SECONDS = 16.0
# What a message of the history has, and a pushed one has not: it has no pin, no highlight and no reaction yet.
UNKNOWN_OF_PUSH: dict[str, Any] = {
    "answered": None,
    "highlighted": False,
    "pinned": False,
    "reactions": [],
    "removal_reason": None,
    "violation": None,
}


@dataclass
class Counts:
    """What a room has received: by push, from the history, more than once, and as voids, which are not delivered."""

    pushed: int = 0
    fetched: int = 0
    duplicates: int = 0
    voids: int = 0


class Delivery:
    """What has arrived of a room and is not read yet, and whether the history has to be read.

    Pushes arrive from the thread of the connection, and one reader at a time takes messages and stores pages.

    buffer: the most pushes that wait. check: after so many seconds without a message, the history is read.
    last_seq: the number of the last message that was taken. highest: the highest number that has arrived in any way.
    """

    def __init__(self, after_seq: int, buffer: int, check: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.last_seq = self.highest = after_seq
        self.counts = Counts()
        self._buffer, self._check, self._clock = buffer, check, clock
        self._pushes: dict[int, MessageResponse] = {}
        self._fetched: deque[MessageResponse] = deque()
        self._changed = threading.Condition()
        self._is_behind = False  # the history can have messages that were not pushed
        self._quiet_since, self._gap_since = clock(), inf
        self._check_again_at, self._not_before, self._misses = inf, 0.0, 0
        self._is_subscribed = self._is_ended = False
        self._problem: Exception | None = None

    def push(self, pushed: dict[str, Any]) -> None:
        """Store a pushed message for the reader. One that does not fit is read from the history later."""
        try:
            message = MessageResponse.model_validate({**UNKNOWN_OF_PUSH, **pushed})
        except (TypeError, ValueError):
            return  # a later version of the API: the history has the message
        with self._changed:
            self.highest = max(self.highest, message.seq)
            if message.seq <= self._last_in_order() or message.seq in self._pushes:
                self.counts.duplicates += 1
                return
            if len(self._pushes) >= self._buffer:
                self._is_behind = True
            else:
                self._pushes[message.seq] = message
                self.counts.pushed += 1
            self._changed.notify_all()

    def see(self, seq: int) -> None:
        """Remember a number that the room has reached."""
        with self._changed:
            self.highest = max(self.highest, seq)

    def resume(self) -> None:
        """Have the history read: a subscription begins, and the pushes before it are lost."""
        with self._changed:
            self._is_behind, self._is_subscribed, self._not_before = True, True, 0.0
            self._check_again_at = self._clock() + HELD_BACK_SECONDS
            self._changed.notify_all()

    def wait_until_subscribed(self, timeout: float) -> None:
        """Wait for the first subscription. Raises: TimeoutError, SubscriptionEnded, RoomClosed."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_subscribed or self._is_ended, timeout):
                raise TimeoutError("the room is not subscribed yet")
            if not self._is_subscribed:
                raise self._ending()

    def end(self, problem: Exception | None) -> None:
        """Let readers stop after what has arrived. problem: why the user cannot receive the room; None if it was closed."""
        with self._changed:
            if not self._is_ended:
                self._is_ended, self._problem = True, problem
            self._changed.notify_all()

    def take(self, deadline: float) -> MessageResponse | None:
        """Return the next message, also a void; None if the history has to be read first.

        Raises: TimeoutError, SubscriptionEnded, RoomClosed.
        """
        with self._changed:
            while True:
                message = self._fetched.popleft() if self._fetched else self._pushes.pop(self.last_seq + 1, None)
                now = self._clock()
                if message:
                    self.last_seq, self._quiet_since, self._gap_since = message.seq, now, inf
                    return message
                if self._is_ended:
                    raise self._ending()
                fetch_at = self._fetch_time(now)
                if now >= fetch_at:
                    return None
                if now >= deadline:
                    raise TimeoutError("no message came")
                self._changed.wait(min(deadline, fetch_at) - now)

    def begin_fetch(self) -> bool:
        """Return whether the next page is only a check, before it is read.

        What makes the room fall behind from now on has another page read, because this page can be older.
        """
        with self._changed:
            is_check = not (self._is_behind or self._pushes)
            self._is_behind = False
            return is_check

    def store(self, page: HistoryResponse) -> None:
        """Store a page after `last_seq` for the reader, and discard the pushes that it contains."""
        with self._changed:
            for message in page.items:
                # A page has no gaps, so what is missing before it is not readable: it was sent before the user joined.
                if message.seq > self._last_in_order():
                    self._fetched.append(message)
                    self.counts.fetched += 1
            last, now = self._last_in_order(), self._clock()
            self.highest = max(self.highest, last)
            self._pushes = {seq: message for seq, message in self._pushes.items() if seq > last}
            self._is_behind |= page.has_more
            self._quiet_since, self._gap_since = now, inf
            if now >= self._check_again_at:
                self._check_again_at = inf
            if self._fetched:
                self._misses, self._not_before = 0, 0.0
            elif self._pushes:
                self._postpone(None)  # a number in the gap is reserved, and its message not stored yet

    def fail_fetch(self, seconds: float | None) -> None:
        """Have the history read again after a pause, or after so many seconds."""
        with self._changed:
            self._is_behind = True
            self._postpone(seconds)

    def _ending(self) -> Exception:
        return SubscriptionEnded(self._problem) if self._problem else RoomClosed("the room was closed")

    def _last_in_order(self) -> int:
        return self._fetched[-1].seq if self._fetched else self.last_seq

    def _fetch_time(self, now: float) -> float:
        """Return when to read the history: now if the room is behind, soon after a gap, otherwise as a check."""
        if self._is_behind:
            due = 0.0
        elif self._pushes:
            self._gap_since = min(self._gap_since, now)
            due = self._gap_since + GAP_SECONDS
        else:
            due = min(self._quiet_since + self._check, self._check_again_at)
        return max(due, self._not_before)

    def _postpone(self, seconds: float | None) -> None:
        self._misses += 1
        pause = min(MAX_PAUSE_SECONDS, GAP_SECONDS * 2 ** min(self._misses, 10))
        self._not_before = self._clock() + (pause if seconds is None else seconds)
