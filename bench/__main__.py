"""`make bench`: cost, cold start, overhead, privacy by the clock; with BENCH_FAULTS=1 the kill tests with a million faults."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

import tests.conftest  # noqa: F401 (a function's environment, and no way to anybody's AWS account)
from bench import cold_start, cost, overhead, privacy
from tests.kill.scenarios import SCENARIOS

ROOT = Path(__file__).parents[1]
MILLION = 1_000_000


def show(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]], console: Console) -> str:
    table = Table(*heads, title=title)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    return cost.as_markdown(heads, rows)


def inject_faults(console: Console) -> int:
    if os.environ.get("BENCH_FAULTS") != "1":
        console.print(f"not run: {MILLION:,} injected faults (five to ten minutes); BENCH_FAULTS=1 make bench runs them too")
        return 0
    each = -(-MILLION // len(SCENARIOS))
    environment = {**os.environ, "KILL_FAULTS": str(each)}
    command = [sys.executable, "-m", "pytest", "-s", "-n", "auto", "tests/kill/test_kill.py"]
    console.print(f"injecting {each:,} faults into each of {len(SCENARIOS)} actions ...")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print("asking every reading route as a stranger (20 s) ...")
    asked = privacy.measure()  # before the overhead is measured, which puts tables in memory under the routes
    parts = [cost.main(console)]
    started = show("cold start", cold_start.HEADS, cold_start.measure(), console)
    parts.append(
        "## Cold start\n\nImport of a function's module (`app` answers HTTP and sockets, `inbox` events, `workers` streams "
        "and schedules) and a DynamoDB client, against the client alone: fresh processes in turns, "
        f"median of {cold_start.RUNS}.\nNearly all of the aim of 1.35 goes to libraries, see decision 14. "
        "The ratio counts; milliseconds are this machine's.\n\n"
        f"{started}\n"
    )
    warm = show("overhead", overhead.HEADS, overhead.measure(), console)
    parts.append(
        "## Overhead\n\nMilliseconds of a warm call over the table in memory. Ours also checks who asks, their standing and "
        "membership, the idempotency key, and logs; the other two validate, write and answer.\n\n" + warm + "\n"
    )
    told = show("privacy", privacy.HEADS, asked, console)
    parts.append(
        "## Privacy by the clock (C3)\n\nEvery reading route inside a circle, asked by a stranger about a circle that is there "
        f"and one that is not, in turns, {privacy.ROUNDS} times each, over moto in process. The difference must stay within "
        "what the same question asked twice differs by.\n\n" + told + "\n"
    )
    (cost.DOCS / "cost.md").write_text("\n".join(parts), encoding="utf-8")
    console.print("written: docs/cost.md, docs/cost.svg")
    return inject_faults(console)


if __name__ == "__main__":
    sys.exit(main())
