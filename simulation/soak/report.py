"""What a soak shows: progress while it runs, tables at its end, and the shortest course that breaks an invariant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from simulation.soak.actions import WEIGHTS
from simulation.soak.course import faults_of
from simulation.soak.faults import StepFault
from simulation.soak.invariants import INVARIANTS
from simulation.soak.running import Result
from simulation.soak.soak import Statistics


def summary(statistics: Sequence[Statistics]) -> Statistics:
    """Return the statistics of several courses together."""
    total = Statistics()
    for each in statistics:
        total.statuses += each.statuses
        total.faults += each.faults
        total.judged += each.judged
        total.actions += each.actions
        total.events += each.events
        total.steps += each.steps
        total.records += each.records
        total.messages += each.messages
        total.pushes += each.pushes
    return total


def show_statistics(console: Console, total: Statistics, courses: int, seconds: float) -> None:
    """Show steps, requests with their statuses, events, faults, pairs of step and fault, and how often was judged."""
    by_action: dict[str, Counter[int]] = defaultdict(Counter)
    for (action, status), count in total.statuses.items():
        by_action[action][status] += count
    statuses = Table("request or socket event", "times", "statuses; 0: the function died")
    for action in sorted(by_action):
        cells = (f"{status}: {count}" for status, count in sorted(by_action[action].items()))
        statuses.add_row(action, str(by_action[action].total()), "  ".join(cells))
    faults: Counter[str] = Counter()
    for (_, fault), count in total.faults.items():
        faults[fault] += count
    for table in (_counts("step", total.actions), statuses, _counts("event", total.events), _counts("fault", faults)):
        console.print(table)
    _show_sums(console, total, courses, seconds)


def _counts(name: str, counts: Counter[str]) -> Table:
    table = Table(name, "times")
    for entry, count in counts.most_common():
        table.add_row(entry, str(count))
    return table


def _show_sums(console: Console, total: Statistics, courses: int, seconds: float) -> None:
    step_faults = {fault.value for fault in StepFault}
    pairs = sum(fault in step_faults for _, fault in total.faults)
    console.print(f"pairs of step and fault: {pairs} of {sum(len(set(faults_of(action))) for action in WEIGHTS)}")
    judged = total.judged[INVARIANTS[0].__name__]
    console.print(f"{len(INVARIANTS)} invariants, judged at {judged} quiet points")
    console.print(f"between quiet points: {total.records} stream records, {total.messages} messages; {total.pushes} pushes")
    requests, speed = total.statuses.total(), total.steps / max(seconds, 0.001)
    console.print(
        f"{courses} courses, {total.steps} steps, {requests} requests, {total.faults.total()} faults, {seconds:.0f} s, "
        f"{speed:.0f} steps a second"
    )


def show_broken(console: Console, seed: int, result: Result, replays: int, path: str) -> None:
    """Show the broken invariants, and the steps of the shortest course as lines."""
    promises = {invariant.__name__: invariant.__doc__ for invariant in INVARIANTS}
    console.print(
        f"\n[red]seed {seed} breaks {len(result.broken)} invariant(s)[/red]; "
        f"shrunk to {len(result.steps)} steps by {replays} replays"
    )
    for name, flaws in result.broken.items():
        console.print(f"[bold]{name}[/bold]: {promises[name]}")
        for flaw in flaws[:5]:
            console.print(f"  {flaw[:400]}", markup=False, highlight=False)
    for number, line in enumerate(result.journal, start=1):
        console.print(f"{number:4} {line}", markup=False, highlight=False)
    console.print(f"the course is in {path}: replay it with --replay {path}")
