"""Facts of circles by month, and the figures of each circle and month, with the definitions beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from services.review.domain.product_definitions import DEFINITIONS
from services.review.domain.product_facts import Fact, FactKind, month_of_day
from services.review.domain.product_metrics import VERSION, Figure
from services.shared.kernel.clock import millis, next_china_time
from services.shared.table.items import Item, Key, Query
from services.shared.table.jobs import Job, job_write
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer

FIGURES = "FIGURES"
FIGURE_JOBS = "FIGURE_JOBS"  # the partition of the jobs
NIGHT = time(3)  # in China
FACT_LIFETIME = timedelta(days=460)  # 15 months: so long a late event corrects a month
ACTIVATION = "ACTIVATION"  # in place of the month, of what every month needs
PAGE = 500


def put_fact(table: Table, fact: Fact) -> None:
    """Store a fact, unless the stored one is as new or newer. Cost: 1 write unit and 0.5 read units; of a repeat 0.5."""
    item = fact_to_item(fact)
    stored = table.get(Key.of(item))
    if stored is None or stored["version"] < fact.version:
        put_if_newer(table, item)


def list_facts(table: Table, circle_id: str, month: str) -> list[Fact]:
    """Return the facts of a circle in a month. Cost: 0.5 read units per 4 KB, some 20 facts."""
    return [fact_from_item(item) for item in query_all(table, Query(pk=_partition(circle_id, month), limit=PAGE))]


def list_activation(table: Table, circle_id: str) -> list[Fact]:
    return list_facts(table, circle_id, ACTIVATION)


def _partition(circle_id: str, month: str) -> str:
    return f"FACTS#{circle_id}#{month}"


def fact_to_item(fact: Fact) -> Item:
    is_activation = fact.kind is FactKind.CIRCLE
    item: Item = {
        "pk": _partition(fact.circle_id, ACTIVATION if is_activation else month_of_day(fact.day)),
        "sk": f"{fact.kind}#{fact.key}",
        "version": fact.version,
        "user": fact.user,
        "day": fact.day.isoformat(),
        "at": fact.at,
        "subject": fact.subject,
        "number": fact.number,
        "counts": fact.counts,
    }
    return item if is_activation else item | {"expires_at": (fact.at + FACT_LIFETIME // timedelta(milliseconds=1)) // 1000}


def fact_from_item(item: Item) -> Fact:
    kind, key = item["sk"].split("#")
    circle_id, day = item["pk"].split("#")[1], date.fromisoformat(item["day"])
    place = (FactKind(kind), circle_id, key, item["version"], item["user"], day, item["at"])
    return Fact(*place, item["subject"], item["number"], item["counts"])


def plan_figures(table: Table, circle_id: str, month: str, now: datetime, *, at: datetime | None = None) -> None:
    """Plan the figures of a circle's month for the next night, unless they are planned. at: another time."""
    job = Job(FIGURES, f"{circle_id}.{month}", at or next_china_time(now, NIGHT), FIGURE_JOBS)
    if table.get(job.key) is None:
        table.put(job_write(job).item, when=None)


def figures_key(circle_id: str, month: str) -> Key:
    return Key(f"FIGURES#{month}", circle_id)


def is_computed(table: Table, circle_id: str, month: str, since: datetime) -> bool:
    """Whether the figures of a circle's month were computed by this version since a time. Cost: 0.5 read units per 4 KB."""
    item = table.get(figures_key(circle_id, month))
    return item is not None and item["definitions"] == VERSION and item["computed_at"] >= millis(since)


def put_figures(
    table: Table, circle_id: str, month: str, figures: Mapping[str, Figure], days: Mapping[date, tuple[int, int]], at: datetime
) -> None:
    """Store the definitions of this version, and then the figures of a circle's month: a crash leaves none without texts."""
    key = Key(f"FIGURES#{month}", f"DEFINITIONS#{VERSION:05}")
    if table.get(key) is None:
        texts = {metric: asdict(definition) for metric, definition in DEFINITIONS.items()}
        table.put({**key.attributes(), "definitions": texts}, when=None)
    item: Item = {
        **figures_key(circle_id, month).attributes(),
        "definitions": VERSION,
        "computed_at": millis(at),
        "figures": {metric: [figure.numerator, figure.denominator, figure.people] for metric, figure in figures.items()},
        "days": {day.isoformat(): list(counts) for day, counts in days.items()},
    }
    table.put(item, when=None)


def list_figures(table: Table, month: str) -> tuple[list[dict[str, Figure]], Mapping[str, Mapping[str, str]]]:
    """Return the figures of each circle in a month, and the definitions that are stored beside them; none without figures.

    Cost: 0.5 read units per 4 KB, some 3 circles.
    """
    items = list(query_all(table, Query(pk=f"FIGURES#{month}", limit=PAGE)))
    texts = [item["definitions"] for item in items if item["sk"].startswith("DEFINITIONS#")]
    return list(_figures_of(items)), texts[-1] if texts else {}


def _figures_of(items: Iterable[Item]) -> Iterable[dict[str, Figure]]:
    for item in items:
        if "figures" in item and item["definitions"] == VERSION:
            yield {metric: Figure(*numbers) for metric, numbers in item["figures"].items()}
