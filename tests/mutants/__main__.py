"""Try a sample of mutants: `python -m tests.mutants [--count 300] [--seed 0] [--only GLOB]`.

The tests run against each mutant in a copy of the source under `.local/mutants`. The run fails if fewer than 90% are killed.
`survivors.toml` lists the mutants that no test can kill, with the reason: they count as survived, but only others are printed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from queue import SimpleQueue

from infra.build import ROOT
from tests.mutants.sample import AREAS, Mutant, sample
from tests.mutants.survivors import accepted
from tests.mutants.trace import TestsFailed, Trace, load, record
from tests.mutants.trees import Outcome, Tree

PROCESSES = 2
LEAST_KILLED = 0.9
MEMORY = 4 << 30  # a mutant may allocate without end
HOME = ROOT / ".local" / "mutants"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Try a sample of mutants of the source.")
    parser.add_argument("--count", type=int, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws another sample")
    parser.add_argument("--only", default="**/*.py", help="which files below services, such as 'chat/domain/*.py'")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    trees = [Tree(ROOT, HOME / f"tree-{number}") for number in range(PROCESSES)]
    trace = traced(trees)
    say(f"drawing {arguments.count} mutants with seed {arguments.seed} ...")
    mutants = sample(trees[0].path, arguments.count, arguments.seed, arguments.only)
    return report(try_all(mutants, trees, trace))


def traced(trees: list[Tree]) -> Trace:
    """Copy the source, and return which tests run which lines. Recorded again only if a file changed."""
    hashes = [tree.copy() for tree in trees]
    store = HOME / "traces" / hashes[0]
    if not (store / "coverage").exists():
        say("running all tests once, to record which lines each of them runs (some minutes) ...")
        record(trees[0].path, store)
    return load(trees[0].path, store)


def try_all(mutants: list[Mutant], trees: list[Tree], trace: Trace) -> list[tuple[Mutant, Outcome]]:
    free: SimpleQueue[Tree] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def attempt(mutant: Mutant) -> tuple[Mutant, Outcome, float]:
        tree, started = free.get(), time.monotonic()
        try:
            tests = trace.select(mutant.path, mutant.line, (tree.path / mutant.path).read_text(encoding="utf-8"))
            return mutant, tree.try_mutant(mutant, tests), time.monotonic() - started
        finally:
            free.put(tree)

    known, results = accepted(), []
    with ExitStack() as stack:
        for tree in trees:
            stack.callback(tree.close)
        pool = stack.enter_context(ThreadPoolExecutor(len(trees)))
        for number, future in enumerate(as_completed([pool.submit(attempt, mutant) for mutant in mutants]), 1):
            mutant, outcome, seconds = future.result()
            results.append((mutant, outcome))
            say(f"{number:4}/{len(mutants)}  {outcome:9} {seconds:6.1f} s  {mutant.path}:{mutant.line}")
            if outcome in (Outcome.SURVIVED, Outcome.UNCOVERED) and mutant not in known:
                say(mutant.diff)
    return results


def report(results: list[tuple[Mutant, Outcome]]) -> int:
    """Print the result of each area and the new survivors. Return 1 below the least share."""
    known = accepted()
    by_area = {area: Counter(outcome for mutant, outcome in results if mutant.area == area) for area in AREAS}
    for area, outcomes in by_area.items():
        say(f"{area:12} " + "  ".join(f"{outcome} {outcomes[outcome]:3}" for outcome in Outcome))
    survived = [mutant for mutant, outcome in results if outcome in (Outcome.SURVIVED, Outcome.UNCOVERED)]
    new = [mutant for mutant in survived if mutant not in known]
    for mutant in sorted(new, key=lambda mutant: (mutant.path, mutant.line)):
        say(f"{mutant.path}:{mutant.line}\n{mutant.diff}")
    share = 1 - len(survived) / max(len(results), 1)
    say(
        f"{share:.1%} of {len(results)} killed; {len(survived)} survived, {len(new)} of them without a reason in survivors.toml"
    )
    return 0 if share >= LEAST_KILLED else 1


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TestsFailed as failure:
        sys.exit(f"mutants: the tests fail without a mutant:\n{failure}")
