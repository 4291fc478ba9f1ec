"""The product metrics that DuckDB computes from the archive of facts, by the SQL of the review service.

`python -m bench.product_archive <folder> <month>` shows the platform's numbers of a month, without those about fewer than 5
people. docs/operations.md says how to get the folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb

from services.review.domain import product_metrics
from services.review.domain.fact_files import encode_facts
from services.review.domain.product_definitions import DEFINITIONS
from services.review.domain.product_facts import Fact
from services.review.domain.product_metrics import Figure

SQL = Path(product_metrics.__file__).with_suffix(".sql")
COLUMNS = {
    "kind": "VARCHAR",
    "circle_id": "VARCHAR",
    "key": "VARCHAR",
    "version": "BIGINT",
    "user": "VARCHAR",
    "day": "DATE",
    "at": "BIGINT",
    "subject": "VARCHAR",
    "number": "INTEGER",
    "counts": "BOOLEAN",
}


def write_facts(folder: Path, facts: Iterable[Fact]) -> None:
    """Add facts as compressed JSON lines to the file of their day. Repeats stay in the files."""
    by_day: dict[str, list[Fact]] = {}
    for fact in facts:
        by_day.setdefault(fact.day.isoformat(), []).append(fact)
    for day, of_day in by_day.items():
        (folder / f"day={day}").mkdir(parents=True, exist_ok=True)
        with (folder / f"day={day}" / "facts.json.gz").open("ab") as file:
            file.write(encode_facts(of_day))


def query_figures(folder: Path, month: str) -> dict[str, dict[str, Figure]]:
    """Return the figures of each circle in a month, by metric, as DuckDB computes them from the files."""
    with duckdb.connect() as connection:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        files = f"read_json('{folder}/*/*.json.gz', format='newline_delimited', hive_partitioning=false, columns={{{columns}}})"
        connection.execute(f"CREATE VIEW facts AS SELECT * FROM {files}")
        connection.execute(f"CREATE TABLE params AS SELECT DATE '{month}-01' AS starts_on")
        rows = connection.execute(SQL.read_text(encoding="utf-8")).fetchall()
    figures: dict[str, dict[str, Figure]] = {}
    for metric, circle_id, *numbers in rows:
        figures.setdefault(circle_id, {})[metric] = Figure(*map(int, numbers))
    return figures


def main(folder: str, month: str) -> None:
    total: dict[str, Figure] = {}
    for figures in query_figures(Path(folder), month).values():
        for metric, figure in figures.items():
            total[metric] = total[metric] + figure if metric in total else figure
    for metric, figure in total.items():
        is_shown = figure.has_circles if DEFINITIONS[metric].is_about_circles else figure.is_shown
        print(f"{metric:28} {figure.numerator / figure.denominator:8.3f}" if is_shown else f"{metric:28} fewer than 5")


if __name__ == "__main__":
    main(*sys.argv[1:3])
