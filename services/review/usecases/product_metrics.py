"""The product metrics: computed at night for each circle with new facts, and read by operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from services.review.domain.product_definitions import DEFINITIONS
from services.review.domain.product_facts import Fact, month_of_day
from services.review.domain.product_metrics import MONTHS_AFTER, MONTHS_BEFORE, Figure, compute_figures, count_days
from services.review.errors import ProductMetricsNotFound
from services.review.repository import product_metrics as repository
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import china_day, next_china_time, shift_month, start_of_china_day
from services.shared.security.auth import Caller
from services.shared.table.jobs import Job

FIGURES, FIGURE_JOBS = repository.FIGURES, repository.FIGURE_JOBS


@dataclass(frozen=True, slots=True)
class ProductMetrics:
    """The figures of all circles in a month, with the definitions that are stored beside them."""

    month: str
    is_complete: bool
    circles: int
    figures: Mapping[str, Figure]
    definitions: Mapping[str, Mapping[str, str]]

    def texts_of(self, metric: str) -> Mapping[str, str]:
        """Return the definition as it was stored with the numbers; the current one if the month has none."""
        return self.definitions.get(metric) or {"zh": DEFINITIONS[metric].zh, "en": DEFINITIONS[metric].en}


def compute_circle_figures(ports: Ports, job: Job) -> Iterator[None]:
    """Compute the figures of every month that facts of the job's month are in, and store them. Yields after each month.

    The facts of a month are in the windows of one month before it and two after it. Months that an interrupted run has computed
    since the job was due are left out, so a large circle is finished over several runs. The current month is computed again
    when it has ended, so that a circle in which nothing happens any more is counted too.
    Cost: 4 write units per figure item of at most 4 KB, and 0.5 read units per 4 KB of facts, of up to 7 months.
    """
    circle_id, month = job.id.split(".")
    current = month_of_day(china_day(ports.clock()))
    activation = repository.list_activation(ports.table, circle_id)
    facts: dict[str, list[Fact]] = {}
    for computed in [shift_month(month, offset) for offset in range(-MONTHS_AFTER, MONTHS_BEFORE + 1)]:
        if computed <= current and not repository.is_computed(ports.table, circle_id, computed, job.due_at):
            window = [shift_month(computed, offset) for offset in range(-MONTHS_BEFORE, MONTHS_AFTER + 1)]
            facts = {name: facts.get(name) or repository.list_facts(ports.table, circle_id, name) for name in window}
            of_month = [*activation, *chain.from_iterable(facts.values())]
            figures, days = compute_figures(of_month, computed), count_days(of_month, computed)
            repository.put_figures(ports.table, circle_id, computed, figures, days, ports.clock())
            yield
    following = shift_month(current, 1)
    after_it = next_china_time(start_of_china_day(date.fromisoformat(f"{following}-02")), repository.NIGHT)
    repository.plan_figures(ports.table, circle_id, following, ports.clock(), at=after_it)


def get_product_metrics(ports: Ports, caller: Caller, month: str) -> ProductMetrics:
    """Return the product metrics of a month (`2026-11`, in China) over all circles.

    Cost: 1 read unit, and 0.5 more per 4 KB of figures, some 3 circles.
    Raises: OperatorRequired, ProductMetricsNotFound (the month has not begun).
    """
    caller.require_operator()
    current = month_of_day(china_day(ports.clock()))
    if month > current:
        raise ProductMetricsNotFound
    circles, definitions = repository.list_figures(ports.table, month)
    total: dict[str, Figure] = {}
    for figures in circles:
        for metric, figure in figures.items():
            total[metric] = total[metric] + figure if metric in total else figure
    return ProductMetrics(month, month < current, len(circles), total, definitions)
