"""The search over seeds: courses in several processes, until the time is over, the courses are run or an invariant breaks."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, islice

from simulation.environment import set_environment
from simulation.soak.actions import WEIGHTS
from simulation.soak.course import Step, steps_of
from simulation.soak.invariants import INVARIANTS
from simulation.soak.running import Opening, Result, prepare, run_course
from simulation.soak.shrink import Shrinker
from simulation.soak.soak import Soak

STEPS = 2000  # of one course: later the tables are large, and new seeds find more
SHRINK_SECONDS = 180


@dataclass
class Outcome:
    """The course of one seed. shortest: of a broken invariant, the shortest course; replays: how many were run for it."""

    seed: int
    result: Result
    shortest: Result | None = None
    replays: int = 0


class Worker:
    """The opening of this process, which each of its courses starts from."""

    stack = ExitStack()
    opening: Opening | None = None

    @classmethod
    def get_opening(cls) -> Opening:
        if cls.opening is None:
            set_environment()
            cls.opening = cls.stack.enter_context(prepare())
        return cls.opening


def run_seed(seed: int, ends_at: float, steps: int = STEPS) -> Outcome:
    """Run the course of a seed until `ends_at`, in seconds since 1970; shrink it if an invariant breaks."""

    def goes_on(_: Soak) -> bool:
        return time.time() < ends_at

    opening = Worker.get_opening()
    result = run_course(opening, islice(steps_of(seed, WEIGHTS), steps), goes_on)
    if not result.broken:
        return Outcome(seed, result)
    return Outcome(seed, result, *shrink(opening, result, SHRINK_SECONDS))


def replay(steps: Sequence[Step]) -> Outcome:
    """Run a course that was shrunk before."""
    result = run_course(Worker.get_opening(), steps)
    return Outcome(-1, result, result if result.broken else None)


def shrink(opening: Opening, result: Result, seconds: float) -> tuple[Result, int]:
    """Return the result of the shortest course that breaks the same invariant, and the number of replays."""
    name = next(iter(result.broken))
    broken = [invariant for invariant in INVARIANTS if invariant.__name__ == name]

    def breaks(steps: Sequence[Step]) -> bool:
        return name in run_course(opening, steps, invariants=broken).broken

    shrinker = Shrinker(breaks, seconds)
    shortest = shrinker.shrink(result.steps, result.effective)
    return run_course(opening, shortest), shrinker.replays


def search(first: int, seconds: float, courses: int, processes: int, show: Callable[[list[Outcome]], None]) -> list[Outcome]:
    """Run the seeds from `first` on, in several processes; return the outcomes, the last of them with what broke.

    courses: how many, so that a run with fixed seeds is the same on each machine; 0 for as many as the time allows.
    show: is called with the outcomes so far.
    """
    outcomes: list[Outcome] = []
    ends_at = time.time() + (10**6 if courses else seconds)
    seeds = iter(range(first, first + courses)) if courses else count(first)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        running: set[Future[Outcome]] = {pool.submit(run_seed, seed, ends_at) for seed in islice(seeds, processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            outcomes += sorted((future.result() for future in done), key=lambda outcome: bool(outcome.result.broken))
            show(outcomes)
            if outcomes[-1].result.broken:
                for future in running:
                    future.cancel()
                break
            if time.time() < ends_at:
                running |= {pool.submit(run_seed, seed, ends_at) for seed in islice(seeds, len(done))}
    return outcomes
