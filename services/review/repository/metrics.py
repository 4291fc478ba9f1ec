"""Metrics per month: one item per step of an application that counts. They are added up when an operator reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.review.domain import Application, Decision, State
from services.review.domain.calendar import working_time_between
from services.review.settings import settings
from services.shared.kernel.clock import from_millis
from services.shared.table.items import Item, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

CONCLUDING = (State.ACTIVE, State.WAITLISTED, State.REJECTED)
OVERALL = "overall"
PAGE = 500
Counters = dict[str, int]


def put_metrics(table: Table, before: Application, after: Application) -> None:
    """Store what a step adds to the metrics. A repeat writes the same item: its key is the application and version."""
    counters = _count(before, after)
    if counters:
        item: Item = {
            "pk": f"METRICS#{from_millis(after.version):%Y-%m}",
            "sk": f"{after.version:015}#{after.id}",
            "counters": counters,
        }
        table.put(item, when=None)


def iter_metrics(table: Table, month: str) -> Iterator[tuple[str, Counters]]:
    """Yield what each step of a month adds, with the reviewer it counts for, or OVERALL. Grows with the decisions."""
    items = query_all(table, Query(pk=f"METRICS#{month}", limit=PAGE))
    return (counters for item in items for counters in item["counters"].items())


def _count(before: Application, after: Application) -> dict[str, Counters]:
    counters: dict[str, Counters] = {}
    for decision in after.decisions[len(before.decisions) :] if after.revision == before.revision else ():
        verdict = "approved" if decision.approves else "rejected"
        counters[decision.reviewer.user_id] = {"decided": 1, verdict: 1, **_agreement(before, decision)}
        counters[OVERALL] = {"decided": 1, verdict: 1, **_agreement(before, decision)}
    overall = counters.setdefault(OVERALL, {})
    if before.state is State.SUBMITTED and after.state in CONCLUDING and after.submitted_at:
        overall["concluded"] = 1
        overall["working_seconds"] = int(_worked(before, from_millis(after.version)).total_seconds())
    if after.escalated and not before.escalated:
        overall["overdue"] = 1
    if before.state is State.APPEALED and after.state is not State.APPEALED:
        overturned = after.state is not State.UPHELD
        overall["overturned" if overturned else "upheld"] = 1
        if overturned:
            for first in (decision for decision in before.decisions if decision.instance == 1 and not decision.approves):
                counters.setdefault(first.reviewer.user_id, {})["overturned"] = 1
    return {reviewer: added for reviewer, added in counters.items() if added}


def _worked(before: Application, at: datetime) -> timedelta:
    """Return the working time that the review took, without the time that it waited for the applicant.

    It is derived from the time that was left until the due time, which is paused while the applicant is asked.
    """
    if before.due_at is None:
        return timedelta()
    return settings().review_time - working_time_between(at, before.due_at) + working_time_between(before.due_at, at)


def _agreement(before: Application, decision: Decision) -> Counters:
    """Count whether a second decision agrees with the first one."""
    earlier = [other for other in before.decisions if other.instance == decision.instance]
    if not earlier:
        return {}
    return {"agreed": 1} if earlier[-1].approves == decision.approves else {"disagreed": 1}
