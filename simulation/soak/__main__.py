"""Search for broken invariants: `python -m simulation.soak [--seconds 600 | --courses 8] [--seed n] [--replay file]`.

Without a seed each run has new ones. The exit code is 1 if an invariant broke.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

from rich.console import Console

from simulation.soak.course import Step
from simulation.soak.report import show_broken, show_statistics, summary
from simulation.soak.searching import Outcome, replay, search

COURSES = Path(".local") / "soak"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m simulation.soak", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--courses", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--replay", type=Path, default=None)
    given = parser.parse_args()
    console = Console(file=sys.__stdout__, soft_wrap=True)
    if given.replay:
        outcomes = [replay([Step.from_json(values) for values in json.loads(given.replay.read_text())["steps"]])]
    else:
        first = random.randrange(10**6) if given.seed is None else given.seed
        outcomes = run(console, first, given.seconds, given.courses, given.processes)
    return report(console, outcomes)


def run(console: Console, first: int, seconds: int, courses: int, processes: int) -> list[Outcome]:
    """Search with progress, and show the tables of what was done."""
    started = time.monotonic()
    with console.status(f"seeds {first}, ...") as status:

        def show(outcomes: list[Outcome]) -> None:
            steps, faults = (sum(numbers) for numbers in zip(*map(_numbers, outcomes), strict=True))
            passed = time.monotonic() - started
            status.update(
                f"seeds {first} to {max(outcome.seed for outcome in outcomes)}: {steps} steps, {faults} faults, {passed:.0f} s"
            )

        outcomes = search(first, seconds, courses, processes, show)
    total = summary([outcome.result.statistics for outcome in outcomes])
    show_statistics(console, total, len(outcomes), time.monotonic() - started)
    return outcomes


def _numbers(outcome: Outcome) -> tuple[int, int]:
    return outcome.result.statistics.steps, outcome.result.statistics.faults.total()


def report(console: Console, outcomes: list[Outcome]) -> int:
    """Write the shortest course of each broken invariant to a file and show it; return the exit code."""
    broken = [outcome for outcome in outcomes if outcome.shortest]
    for outcome in broken:
        assert outcome.shortest is not None
        COURSES.mkdir(parents=True, exist_ok=True)
        path = COURSES / f"{outcome.seed}.json"
        steps = [step.to_json() for step in outcome.shortest.steps]
        path.write_text(json.dumps({"seed": outcome.seed, "steps": steps}, indent=1))
        show_broken(console, outcome.seed, outcome.shortest, outcome.replays, str(path))
    if not broken:
        seeds = sorted(outcome.seed for outcome in outcomes)
        console.print(f"no invariant broke; seeds {seeds[0]} to {seeds[-1]}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
