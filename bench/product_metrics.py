"""The product metrics over a year of many members: time and memory of the service and of DuckDB, and what AWS charges.

`python -m bench.product_metrics [members] [months]`; 100,000 members and 12 months by default. The members are in circles of
1,000. Each is active on some days, by a fixed seed. The facts of one circle are in memory at a time, as in production.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.product_archive import query_figures, write_facts
from services.review.domain.product_facts import Fact, FactKind, month_of_day
from services.review.domain.product_metrics import MONTHS_AFTER, MONTHS_BEFORE, Figure, compute_figures
from services.shared.kernel.clock import shift_month

CIRCLE_SIZE = 1000
FIRST = date(2026, 1, 1)
USD_PER_WRITE, USD_PER_READ = 0.625e-6, 0.125e-6  # docs/cost.md
MILLIS_PER_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a run measured. differences: between the service and DuckDB, which must be none."""

    facts: int
    service_seconds: float
    duckdb_seconds: float
    file_bytes: int
    peak_megabytes: int
    differences: int

    @property
    def usd(self) -> float:
        """What storing each fact once costs: 1 write unit and 1 read unit."""
        return self.facts * (USD_PER_WRITE + USD_PER_READ)


def facts_of_circle(number: int, members: int, months: int) -> Iterator[Fact]:
    """Yield the facts of a circle: a fifth of its members write in chats, all read, some post, comment and buy."""
    choose, circle_id = random.Random(number), f"cir_{number:05}"
    yield Fact(FactKind.CIRCLE, circle_id, circle_id, 1, "", FIRST, 0, number=number % 2)
    for member in range(members):
        user, chats = f"{number:05}-{member:05}", member % 5 == 0
        yield Fact(FactKind.JOINED, circle_id, user, 1, user, FIRST + timedelta(choose.randrange(30 * months)), 0)
        for day in _days(choose, months, 8 if chats else 3):
            yield Fact(FactKind.OPENED, circle_id, f"{user} {day}", 1, user, day, 0)
        for day in _days(choose, months, 5) if chats else ():
            yield Fact(FactKind.ACTIVE, circle_id, f"{user} {day}", 1, user, day, 0)
        for kind, per_month in ((FactKind.NOTE, 0.2), (FactKind.COMMENT, 1), (FactKind.ORDER, 0.1)):
            for day in _days(choose, months, per_month):
                at = (day - FIRST).days * MILLIS_PER_DAY + choose.randrange(MILLIS_PER_DAY)
                key = f"{user} {day} {kind}"
                yield Fact(kind, circle_id, key, 1, user, day, at, number=choose.randrange(9), counts=choose.random() < 0.9)
                if kind is FactKind.ORDER and choose.random() < 0.05:  # far more than the search finds: each case is compared
                    yield Fact(FactKind.SUSPECTED, circle_id, key, 2, "", day, at, counts=choose.random() < 0.5)


def _days(choose: random.Random, months: int, per_month: float) -> set[date]:
    expected = per_month * months
    number = int(expected) + (choose.random() < expected % 1)
    return {FIRST + timedelta(choose.randrange(30 * months)) for _ in range(number)}


def run(members: int, months: int, folder: Path) -> Result:
    """Compute every month of every circle by the service's functions, and the last month by DuckDB from files; compare."""
    size = min(members, CIRCLE_SIZE)
    last, total, seconds, files = shift_month(month_of_day(FIRST), months - 1), 0, 0.0, 0
    by_service: dict[str, dict[str, Figure]] = {}
    for number in range(members // size):
        facts = list(facts_of_circle(number, size, months))
        total += len(facts)
        started = time.perf_counter()
        for offset in range(months):
            month = shift_month(month_of_day(FIRST), offset)
            window = {shift_month(month, shift) for shift in range(-MONTHS_BEFORE, MONTHS_AFTER + 1)}
            loaded = [fact for fact in facts if fact.kind is FactKind.CIRCLE or month_of_day(fact.day) in window]
            by_service[f"cir_{number:05}"] = compute_figures(loaded, month)
        seconds += time.perf_counter() - started
        write_facts(folder, facts)
    files = sum(path.stat().st_size for path in folder.rglob("*.gz"))
    started = time.perf_counter()
    by_sql = query_figures(folder, last)
    duckdb_seconds = time.perf_counter() - started
    none = Figure(0, 0, 0)
    differences = sum(
        by_sql.get(circle_id, {}).get(metric, none) != figure
        for circle_id, figures in by_service.items()
        for metric, figure in figures.items()
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Result(total, seconds, duckdb_seconds, files, peak, differences)


def main(members: int = 100_000, months: int = 12) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = run(members, months, Path(folder))
    print(f"{members:,} members, {months} months: {result.facts:,} facts, {result.file_bytes / 1e6:,.0f} MB of files")
    print(f"service, all months of all circles: {result.service_seconds:,.0f} s")
    print(f"DuckDB, one month of all circles: {result.duckdb_seconds:,.1f} s; differences: {result.differences}")
    print(f"memory at most {result.peak_megabytes:,} MB; USD {result.usd:,.2f} to store the facts")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
