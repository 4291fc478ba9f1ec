"""Search for broken invariants: `python -m simulation.soak --seconds 600 [--seed n] [--replay file]`.

Without a seed each run has new ones. The exit code is 1 if an invariant broke.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from simulation.environment import set_environment

set_environment()

from rich.console import Console  # noqa: E402

from simulation.soak.actions import WEIGHTS  # noqa: E402
from simulation.soak.course import Step, steps_of  # noqa: E402
from simulation.soak.report import show_broken, show_statistics, summary  # noqa: E402
from simulation.soak.running import Opening, Result, prepare, run_course  # noqa: E402
from simulation.soak.shrink import Shrinker  # noqa: E402
from simulation.soak.soak import Soak, Statistics  # noqa: E402

COURSES = Path(".local") / "soak"
STEPS = 2000  # of one course: later the tables are large, and new seeds find more
SHRINK_SECONDS = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m simulation.soak", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--replay", type=Path, default=None)
    given = parser.parse_args()
    console = Console(file=sys.__stdout__, soft_wrap=True)
    with prepare() as opening:
        if given.replay:
            steps = [Step.from_json(values) for values in json.loads(given.replay.read_text())["steps"]]
            return report(console, opening, -1, run_course(opening, steps))
        first = random.randrange(10**6) if given.seed is None else given.seed
        return search(console, opening, first, given.seconds)


def search(console: Console, opening: Opening, first: int, seconds: float) -> int:
    """Run the courses of seeds from `first` on until the time is over or an invariant breaks."""
    started, done = time.monotonic(), list[Statistics]()
    with console.status("") as status:

        def goes_on(soak: Soak) -> bool:
            passed = time.monotonic() - started
            faults = soak.statistics.faults.total()
            status.update(f"seed {seed}: {soak.statistics.steps} steps, {faults} faults; {passed:.0f} of {seconds:.0f} s")
            return passed < seconds

        for seed in seeds_from(first):
            result = run_course(opening, islice(steps_of(seed, WEIGHTS), STEPS), goes_on)
            done.append(result.statistics)
            if result.broken or time.monotonic() - started >= seconds:
                break
    show_statistics(console, summary(done), len(done), time.monotonic() - started)
    if not result.broken:
        console.print(f"no invariant broke; seeds {first} to {seed}")
        return 0
    return report(console, opening, seed, result)


def seeds_from(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1


def report(console: Console, opening: Opening, seed: int, result: Result) -> int:
    """Shrink the course of a broken invariant, write it to a file and show it; return the exit code."""
    if not result.broken:
        console.print("no invariant broke")
        return 0
    console.print(f"seed {seed} breaks {', '.join(result.broken)} after {len(result.steps)} steps; shrinking ...")
    shortest, replays = shrink(opening, result, SHRINK_SECONDS)
    COURSES.mkdir(parents=True, exist_ok=True)
    path = COURSES / f"{seed}.json"
    path.write_text(json.dumps({"seed": seed, "steps": [step.to_json() for step in shortest.steps]}, indent=1))
    show_broken(console, seed, shortest, replays, str(path))
    return 1


def shrink(opening: Opening, result: Result, seconds: float) -> tuple[Result, int]:
    """Return the result of the shortest course that breaks the same invariant, and the number of replays."""
    name = next(iter(result.broken))

    def breaks(steps: Sequence[Step]) -> bool:
        return name in run_course(opening, steps).broken

    shrinker = Shrinker(breaks, seconds)
    shortest = shrinker.shrink(result.steps, result.effective)
    return run_course(opening, shortest), shrinker.replays


if __name__ == "__main__":
    sys.exit(main())
