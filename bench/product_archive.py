"""An archive of facts in files, and the product metrics that DuckDB computes from them, by the SQL of the review service."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import duckdb

from services.review.domain import product_metrics
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
    by_day: dict[str, list[str]] = {}
    for fact in facts:
        by_day.setdefault(fact.day.isoformat(), []).append(json.dumps(asdict(fact), default=str) + "\n")
    for day, lines in by_day.items():
        (folder / f"day={day}").mkdir(parents=True, exist_ok=True)
        with (folder / f"day={day}" / "facts.json.gz").open("ab") as file:
            file.write(gzip.compress("".join(lines).encode(), 3))


def query_figures(folder: Path, month: str) -> dict[str, dict[str, Figure]]:
    """Return the figures of each circle in a month, by metric, as DuckDB computes them from the files."""
    with duckdb.connect() as connection:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        files = f"read_json('{folder}/*/*.json.gz', format='newline_delimited', hive_partitioning=false, columns={{{columns}}})"
        connection.execute(f"CREATE VIEW facts AS SELECT * FROM {files}")
        connection.execute(f"CREATE TABLE params AS SELECT DATE '{month}-01' AS first")
        rows = connection.execute(SQL.read_text(encoding="utf-8")).fetchall()
    figures: dict[str, dict[str, Figure]] = {}
    for metric, circle_id, *numbers in rows:
        figures.setdefault(circle_id, {})[metric] = Figure(*map(int, numbers))
    return figures
