"""`make bench`: cost, cold start, overhead, response times; with BENCH_FAULTS=1 the crash tests with 1,000,000 faults."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import cold_start, cost, load, orders, overhead, privacy, room_cost, screens

ROOT = Path(__file__).parents[1]
FAULTS = 1_000_000


def show(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]], console: Console) -> str:
    """Print a table, and return it as Markdown."""
    table = Table(*heads, title=title)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    return cost.as_markdown(heads, rows)


def inject_faults(console: Console) -> int:
    if os.environ.get("BENCH_FAULTS") != "1":
        console.print(f"not run: {FAULTS:,} injected faults (5 to 10 minutes); run them with BENCH_FAULTS=1 make bench")
        return 0
    command = [sys.executable, "-m", "pytest", "-s", "-n", "auto", "tests/kill/test_kill.py"]
    console.print(f"injecting {FAULTS:,} faults ...")
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "KILL_FAULTS": str(FAULTS)}, check=False).returncode


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print("measuring the response times of every reading route (20 s) ...")
    response_times = privacy.measure()  # before `overhead.measure`, which puts tables in memory under the routes
    screens.measure()  # the same; the result is stored
    parts = [cost.main(console)]
    imports = show("cold start", cold_start.HEADS, cold_start.measure(), console)
    parts.append(
        "## Cold start\n\nImport of a function's module (`app` serves HTTP and sockets, `inbox` events, `workers` streams "
        "and schedules) and a DynamoDB client, compared to the client alone: new processes in turns, "
        f"median of {cold_start.RUNS}.\nLibraries take nearly all of the target of 1.35, see decision 14. "
        "The ratio counts; milliseconds depend on the machine.\n\n"
        f"{imports}\n"
    )
    warm = show("overhead", overhead.HEADS, overhead.measure(), console)
    parts.append(
        "## Overhead\n\nMilliseconds of a warm call over the table in memory. Ours also checks the caller, the account status, "
        "the membership and the idempotency key, and logs; the other two validate, write and respond.\n\n" + warm + "\n"
    )
    difference = show("privacy", privacy.HEADS, response_times, console)
    parts.append(
        "## Response times of hidden circles (C3)\n\nEvery reading route inside a circle, called by a stranger for an existing "
        f"circle and for an unknown one, in turns, {privacy.ROUNDS} times each, over tables in memory. The difference must "
        "stay within the difference between two equal calls.\n\n" + difference + "\n"
    )
    parts.append(room_cost.text(show("rooms", room_cost.HEADS, room_cost.rows(), console)))
    (cost.DOCS / "cost.md").write_text("\n".join(parts), encoding="utf-8")
    show("screens", screens.HEADS, list(map(screens.row, screens.measure())), console)
    screens.PAGE_FILE.write_text(screens.text(), encoding="utf-8")
    console.print("pushing to 10, 100 and 1,000 connections (30 s) ...")
    pushes = load.text(show("pushes", load.HEADS, load.rows(), console))
    placed = show("orders", orders.HEADS, orders.measure(), console)
    load.PAGE_FILE.write_text(f"{pushes}\n{orders.TEXT}\n\n{placed}\n", encoding="utf-8")
    console.print("written: docs/cost.md, docs/cost.svg, docs/screens.md, docs/speed.md")
    return inject_faults(console)


if __name__ == "__main__":
    sys.exit(main())
