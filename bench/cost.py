"""The cost table: every action compared to its floor, in the terminal, in docs/cost.md and in docs/cost.svg."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.actions import ACTIONS
from bench.measure import ENTRY, READ, SIZES, WRITE, Action, Measured, growth, measure

DOCS = Path(__file__).parents[1] / "docs"
TARGET = 1.2
HEADS = (
    "action",
    "requests",
    "write units",
    "read units",
    "floor W / R",
    "ratio",
    "$ per million",
    "$ ratio",
    "events",
    "growth",
)
# Why an action misses the target.
REASONS = {
    "join": "an index entry lists the circles of a user, a right passcode removes the attempt again, and the issuer is checked",
    "a wrong passcode (10 at once)": "wrong guesses of a network are aggregated for the alarm, and the limit is read first",
    "post a note (10 at once)": "its tags are counted: a shard per tag, and the record of the group, which is also its marker",
    "comment (50 at once)": "the note is read first, and the HTTP layer reads the caller's account status",
    "like (10 at once)": "note, circle and account status are read; marker and counters, also the author's, are a transaction",
    "unlike (10 at once)": "the same as a like, and the like is read consistently",
    "unlike within a day (10 at once)": "the same as an unlike, and the slot of a rate limit",
    "place an order": "the buyer's item, with rate limit and reservations; buyer, circle, seller and owner are read",
    "place an order from a divided stock": "the same as an order; the stream counts the stock, once per 16 sales",
    "place an order of 3 lines": "as above; 1.13 of the floor in write units",
    "place an order with an address": "the same as an order; the first request is consistent, so that a new address is found",
    "place an order after a touch": "the same as an order; the stream stores what led to it",
    "open a card": "the slot of a rate limit; the member, the touches and the identities of reader and author are read",
    "open 3 cards": "as above; the touches of each listing are read",
    "payment captured (10 at once)": "the indexes of the seller and of what is due, and balances aggregated from the stream",
    "submit an application": (
        "the slot of the identity, the due index, an item over 1 KB, and from the stream the audit entry and the head to anchor"
    ),
    "decide": (
        "the due index; from the stream the audit entry, the head to anchor and the month's metric; consistent reads of "
        "enrolment and application, and the conflicts of interest of both identities"
    ),
    "decide, with the seat": "the same as a decision, and the owner's tenure, which starts from the stream",
    "rename a circle": (
        "the due index, which shows the name; from the stream the audit entry and the head to anchor; consistent reads of "
        "tenure and name"
    ),
    "accept a role": (
        "a transaction with the check that the proposer still has the right; the indexes of members; an item over 1 KB, and "
        "from the stream the audit entry and the moderation log"
    ),
    "decline a role": "an item over 1 KB while it has a proposal; from the stream the audit entry and the moderation log",
    "delete a note": "the counters of its tags, from the stream",
    "remove a note": "the author's rank is read; from the stream the counters of its tags, the audit entry, the moderation log",
    "edit a comment": "note and circle are read, and the earlier text is stored from the stream",
    "delete a comment": "the counter of the note and its marker, from the stream; note and comment are read",
    "remove a comment": "the counter of the note, the audit entry and the moderation log, from the stream",
    "read a profile": "the HTTP layer reads the account status",
    "change a name (in 1 circle)": "the slot of a rate limit; from the stream the membership and its place in the list",
    "list members, 20": "the HTTP layer reads the account status",
    "search members": "the HTTP layer reads the account status; the staff are searched too",
    "search members in Chinese": "a character with two readings is searched under both",
    "feed page of 20": "the HTTP layer reads the account status, and the range of 20 own likes is a little over 4 KB",
}
GROWING = (10, 1_000, 2_000)  # for actions whose cost depends on the size of the circle
Row = tuple[Action, tuple[Measured, ...]]


def ratio(action: Action, measured: Measured) -> float | None:
    """Return the metered dollars, with what the stream handler writes, divided by those of the floor."""
    if not action.floor:
        return None
    writes, reads = action.floor
    return measured.table_dollars / (writes * WRITE + reads * READ)


def dollar_ratio(action: Action, measured: Measured) -> float | None:
    """Return all dollars of an action divided by those of its floor: both with gateway and function."""
    if not action.floor:
        return None
    writes, reads = action.floor
    return measured.dollars(action.trigger) / (ENTRY.get(action.trigger, 0) + writes * WRITE + reads * READ)


def measured_rows() -> list[Row]:
    return [(action, tuple(measure(action, n) for n in (GROWING if action.grows else SIZES))) for action in ACTIONS]


def cells(row: Row) -> tuple[str, ...]:
    action, at_sizes = row
    middle = at_sizes[1]
    to_floor, in_dollars = ratio(action, middle), dollar_ratio(action, middle)
    return (
        f"{action.service}: {action.name}",
        f"{middle.requests:g}",
        f"{middle.writes:g}" + (f" + {middle.stream_writes:g}" if middle.stream_writes else ""),
        f"{middle.reads:g}",
        "{:g} / {:g}".format(*action.floor) if action.floor else "",
        f"{to_floor:.2f}" if to_floor else "",
        f"{middle.dollars(action.trigger):.2f}",
        f"{in_dollars:.2f}" if in_dollars else "",
        f"{middle.events:g}" + (f", {middle.deliveries:g} x inbox ({middle.inbox_writes:g} W)" if middle.deliveries else ""),
        growth(at_sizes),
    )


def show(rows: list[Row], console: Console) -> None:
    table = Table(title="cost of every action, n = 1,000")
    for head in HEADS:
        table.add_column(head, justify="left" if head in ("action", "growth") else "right")
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)


def as_markdown(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(line) + " |" for line in (heads, tuple("---" for _ in heads), *rows)]
    return "\n".join(lines)


def text(rows: list[Row]) -> str:
    ratios = [(action.name, to_floor) for action, sizes in rows if (to_floor := ratio(action, sizes[1]))]
    missed = [(name, to_floor) for name, to_floor in ratios if to_floor > TARGET + 1e-9]
    reasons = "\n".join(
        f"- **{name}** ({to_floor:.2f}): {REASONS.get(name, 'not explained yet')}." for name, to_floor in missed
    )
    return f"""# What an action costs

Made by `make bench`; do not edit. Metered by AWS's rules over the table in memory, with {SIZES[1]:,} members, notes,
comments, messages, listings, orders and waiting applications. Every row includes the HTTP layer's read of the caller's
account status (0.5). "+" in write units is what the service's stream handler writes afterwards (counters, balances,
audit entries); it counts in the ratio. Ratio: metered dollars divided by those of the floor, the fewest units that
the action needs; "$ ratio": the same of all dollars, with gateway, function, events and inboxes. Dollars per
million, us-east-1: HTTP API $1.00, function $0.20 and 10 ms at 256 MB arm64, write unit
$0.625, read unit $0.125, event $1.00, queue request $0.40, post to a socket $1.00; reading a stream is free. Not
included: connection minutes, storage, traffic. Growth compares n = {", ".join(f"{n:,}" for n in SIZES)}; "a page"
grows until its page is full. Rows "at once" share what the stream handler aggregates in one group; "alone" is the
worst case.

{as_markdown(HEADS, [cells(row) for row in rows])}

![ratio of each action to its floor](cost.svg)

## Actions that miss {TARGET} times the floor

{len(missed)} of {len(ratios)} rows that have a floor:

{reasons}
"""


def chart(rows: list[Row]) -> str:
    """Return an SVG with a bar per action that has a floor, cut off at 4 times the floor, and a line at the target."""
    bars = [(f"{action.service}: {action.name}", to_floor) for action, sizes in rows if (to_floor := ratio(action, sizes[1]))]
    high, left, unit = 22, 230, 130
    parts = []
    for index, (name, to_floor) in enumerate(bars):
        y, colour = 30 + index * high, "#2a7f62" if to_floor <= TARGET + 1e-9 else "#c0562b"
        width = min(to_floor, 4) * unit
        parts.append(f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{name}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{width:.0f}" height="15" fill="{colour}"/>')
        parts.append(f'<text x="{left + width + 6:.0f}" y="{y + 12}">{to_floor:.2f}</text>')
    chart_height = 40 + len(bars) * high
    target_x = left + TARGET * unit
    line = f'<path d="M{target_x:.0f} 24V{chart_height - 8}" stroke="#222" stroke-dasharray="4 3"/>'
    line += f'<text x="{target_x + 4:.0f}" y="18">{TARGET} x floor</text>'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="820" height="{chart_height}" font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, line, "</svg>", ""])


def main(console: Console) -> str:
    """Measure every action, print the table, draw the chart, and return the part of docs/cost.md about costs."""
    rows = measured_rows()
    show(rows, console)
    (DOCS / "cost.svg").write_text(chart(rows), encoding="utf-8")
    return text(rows)
