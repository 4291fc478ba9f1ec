"""When a request is sent again, and after which pause."""

from __future__ import annotations

import os
import random
import re
import time
import uuid
from dataclasses import dataclass

import httpx

from coterie_client.routes import KEYED

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)  # the request never left, so a repeat is safe
BUSY = frozenset({502, 503, 504})
_KEYED = [(method, re.compile(re.sub(r"{\w+}", "[^/]+", template))) for method, template in KEYED]


@dataclass(frozen=True)
class Retries:
    """How often a request is sent, and how long all attempts take together.

    attempts: 1 sends a request once. deadline, first, cap: seconds; pauses grow from `first` to `cap`.
    """

    attempts: int = 8
    deadline: float = 30.0
    first: float = 0.2
    cap: float = 5.0

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        """Return the seconds before the next attempt: what the API asks for and some more, or a random part of a growing time.

        Random, so that clients which failed together do not return together.
        """
        if retry_after is not None:
            return retry_after + random.uniform(0, self.first)
        return backoff(attempt, self.first, self.cap)


def backoff(attempt: int, first: float, cap: float) -> float:
    """Return a random time up to `first`, doubled per attempt, up to `cap` (full jitter)."""
    return random.uniform(0, min(cap, first * 2 ** min(attempt - 1, 30)))


def is_repeatable(method: str, path: str) -> bool:
    """Whether a request can be sent again after an attempt with an unknown outcome.

    Reads, sets and deletions have the same effect once or twice, changes carry If-Match, and keyed writes their key.
    Other POSTs can take effect twice.
    """
    return method != "POST" or is_keyed(method, path)


def is_keyed(method: str, path: str) -> bool:
    """Whether the API remembers the Idempotency-Key of this request."""
    route = path.partition("?")[0]
    return any(method == keyed and pattern.fullmatch(route) for keyed, pattern in _KEYED)


def new_key(skew: float = 0.0) -> str:
    """Return a new Idempotency-Key (UUIDv7). skew: how many seconds the server's clock is ahead of the local one."""
    at_ms = int((time.time() + skew) * 1000)
    value = (at_ms << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    return str(uuid.UUID(int=value))
