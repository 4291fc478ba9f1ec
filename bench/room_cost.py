"""What a room costs a month, by its connections, at a stated use."""

from __future__ import annotations

from math import ceil

from bench.measure import FUNCTION, HTTP, READ, SOCKET, WRITE

SIZES = (10, 100, 1_000, 10_000)  # connections
MESSAGES_PER_DAY = 1_000
HOURS_PER_DAY = 8  # that each connection is open
DAYS = 30
BURST = 10  # messages that are pushed together
MINUTE = 0.25  # dollars per million connection minutes
SEND_WRITES, SEND_READS = 3, 1.5  # docs/cost.md: "send a message", without the subscribers
SUBSCRIBER_BYTES = 75
PART = 1_000  # connections that one function pushes to
PER_MILLION = 1_000_000
HEADS = (
    "connections",
    "one by one",
    "half of them in bursts",
    "all in bursts",
    "of it posts, all in bursts",
    "of it connections",
)


def push_dollars(connections: int) -> float:
    """Return the dollars per million pushes of one frame: posts, the read of the subscribers, and the further functions."""
    parts = ceil(connections / PART)
    read_units = sum(ceil(min(PART, connections - part * PART) * SUBSCRIBER_BYTES / 4096) / 2 for part in range(parts))
    return connections * SOCKET + read_units * READ + (parts - 1) * FUNCTION


def month(connections: int, in_bursts: float) -> float:
    """Return the dollars of a month. in_bursts: the share of the messages that are pushed in bursts."""
    messages = MESSAGES_PER_DAY * DAYS
    send = HTTP + FUNCTION + SEND_WRITES * WRITE + SEND_READS * READ
    pushes = 1 - in_bursts + in_bursts / BURST
    return messages * (send + pushes * push_dollars(connections)) / PER_MILLION + connection_dollars(connections)


def connection_dollars(connections: int) -> float:
    return connections * HOURS_PER_DAY * 60 * DAYS * MINUTE / PER_MILLION


def rows() -> list[tuple[str, ...]]:
    posts = {n: MESSAGES_PER_DAY * DAYS / BURST * n * SOCKET / PER_MILLION for n in SIZES}
    dollars = ((n, *(month(n, share) for share in (0, 0.5, 1)), posts[n], connection_dollars(n)) for n in SIZES)
    return [(f"{n:,}", *(f"${each:,.2f}" for each in amounts)) for n, *amounts in dollars]


def text(table: str) -> str:
    return f"""## What a room costs a month

{MESSAGES_PER_DAY:,} messages a day for {DAYS} days, each connection open for {HOURS_PER_DAY} hours a day. In bursts: {BURST}
messages that are closer together than 100 ms are pushed in one frame per connection. Dollars with the prices above and
${MINUTE} per million connection minutes. The last two columns are parts of the column before them. A frame of more than 32 KB
would count as several posts. The account's quota of 10,000 posts per second delays what exceeds it: one message to 10,000
connections takes a second.

{table}
"""
