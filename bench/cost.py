"""The cost table: every action against its floor, in the terminal, in docs/cost.md and in docs/cost.svg."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.actions import ACTIONS
from bench.measure import READ, SIZES, WRITE, Action, Measured, growth, measure

DOCS = Path(__file__).parents[1] / "docs"
AIM = 1.2
HEADS = ("action", "requests", "write units", "read units", "floor W / R", "ratio", "$ per million", "events", "growth")
WHY = {
    "join": "an index entry lists one's circles, and the attempt is given back after a right code: two writes more",
    "a wrong code (10 at once)": "wrong codes of a network are folded for the alarm, and the throttle is read first",
    "post a note (10 at once)": "its tags are counted: a shard each, and the record of the group, which is its marker too",
    "comment (50 at once)": "the note is read before it is commented on, and the caller's standing at the edge",
    "like (10 at once)": "note, circle and standing are read; marker and counters, the author's too, are a transaction",
    "unlike (10 at once)": "as a like",
    "unread of 12 rooms": "two or three queries for each circle, where the floor has two in all",
    "place an order": "two indexes: what one has sold, and what is due; the circle's owner is read too",
    "captured (10 at once)": "the index of what is due, and balances folded from the stream",
    "submit it": (
        "the slot of the human behind the account, the agenda's index entry, an item over 1 KB, and from the stream the audit "
        "entry and the head to anchor"
    ),
    "decide": (
        "the agenda's index entry; from the stream the audit entry, the head to anchor and the month's figure; strong reads of "
        "enrolment and application, and both people's ties"
    ),
    "decide, with the seat": "as a decision; and the owner's tenure, begun from the stream",
    "feed page of 20": "standing is read at the edge, and the range of twenty own likes is a little over 4 KB",
}
GROWING = (10, 1_000, 2_000)  # for what costs by the circle's size anyway
Row = tuple[Action, tuple[Measured, ...]]


def ratio(action: Action, measured: Measured) -> float | None:
    """Metered dollars, with what the action's own stream writes, to the floor's."""
    if not action.floor:
        return None
    writes, reads = action.floor
    return measured.table_dollars / (writes * WRITE + reads * READ)


def measured_rows() -> list[Row]:
    return [(action, tuple(measure(action, n) for n in (GROWING if action.item_count_change else SIZES))) for action in ACTIONS]


def cells(row: Row) -> tuple[str, ...]:
    action, at_sizes = row
    middle = at_sizes[1]
    found = ratio(action, middle)
    return (
        f"{action.service}: {action.name}",
        f"{middle.requests:g}",
        f"{middle.writes:g}" + (f" + {middle.stream_writes:g}" if middle.stream_writes else ""),
        f"{middle.reads:g}",
        "{:g} / {:g}".format(*action.floor) if action.floor else "",
        f"{found:.2f}" if found else "",
        f"{middle.dollars(action.door):.2f}",
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
    missed = [(action.name, found) for action, sizes in rows if (found := ratio(action, sizes[1])) and found > AIM + 1e-9]
    reasons = "\n".join(f"- **{name}** ({found:.2f}): {WHY.get(name, 'not explained yet')}." for name, found in missed)
    judged = sum(action.floor is not None for action, _ in rows)
    return f"""# What an action costs

Made by `make bench`; do not edit. Metered by AWS's rules over the table in memory, with {SIZES[1]:,} members, notes,
comments, messages, listings, orders and waiting applications. Every row has the edge's reading of the caller's
standing (0.5). "+" in write units is what the service's own stream writes afterwards (counters, balances, audit
entries); it counts in the ratio. Ratio: metered dollars to those of the floor, the fewest units that the action
needs. Dollars per million, us-east-1: HTTP API $1.00, function $0.20 and 10 ms at 256 MB arm64, write unit $0.625,
read unit $0.125, event $1.00, queue request $0.40, post to a socket $1.00; reading a stream is free. Not in them:
connection-minutes, storage, traffic. Growth compares n = {", ".join(f"{n:,}" for n in SIZES)}; "a page" grows until
its page is full. Rows "at once" share what the stream folds in one group; "alone" is the worst case.

{as_markdown(HEADS, [cells(row) for row in rows])}

![ratio of each action to its floor](cost.svg)

## What misses {AIM} times the floor

{len(missed)} of {judged} rows that have a floor:

{reasons}
"""


def chart(rows: list[Row]) -> str:
    """A bar for each action that has a floor; the line is the aim. Bars end at four times; the figure says the rest."""
    bars = [(f"{action.service}: {action.name}", found) for action, sizes in rows if (found := ratio(action, sizes[1]))]
    high, left, unit = 22, 230, 130
    parts = []
    for index, (name, found) in enumerate(bars):
        y, colour = 30 + index * high, "#2a7f62" if found <= AIM + 1e-9 else "#c0562b"
        width = min(found, 4) * unit
        parts.append(f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{name}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{width:.0f}" height="15" fill="{colour}"/>')
        parts.append(f'<text x="{left + width + 6:.0f}" y="{y + 12}">{found:.2f}</text>')
    tall = 40 + len(bars) * high
    aim = left + AIM * unit
    line = f'<path d="M{aim:.0f} 24V{tall - 8}" stroke="#222" stroke-dasharray="4 3"/>'
    line += f'<text x="{aim + 4:.0f}" y="18">{AIM} x floor</text>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="820" height="{tall}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, line, "</svg>", ""])


def main(console: Console) -> str:
    """Measure, show, draw; answers the text of docs/cost.md as far as it is about cost."""
    rows = measured_rows()
    show(rows, console)
    (DOCS / "cost.svg").write_text(chart(rows), encoding="utf-8")
    return text(rows)
