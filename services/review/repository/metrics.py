"""Figures of a month: a row for each step that counts, written from the applications' stream and summed when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.review.domain import Application, Decision, State
from services.review.domain.calendar import working_between
from services.review.domain.states import SLA
from services.shared.kernel.clock import from_millis
from services.shared.table.port import Item, Query, Table
from services.shared.table.queries import query_all

FINAL = (State.ACTIVE, State.WAITLISTED, State.REJECTED)
OVERALL = "everybody"
PAGE = 500
Counters = dict[str, int]


def put_metrics(table: Table, before: Application, after: Application) -> None:
    """What a step adds to the figures, under its application and version: told twice, one row."""
    moved = _moved(before, after)
    if moved:
        item: Item = {
            "pk": f"METRICS#{from_millis(after.version):%Y-%m}",
            "sk": f"{after.version:015}#{after.id}",
            "moved": moved,
        }
        table.put(item, when=None)


def list_metrics(table: Table, month: str) -> Iterator[tuple[str, Counters]]:
    """All steps of a month: whom each counts for (or OVERALL), and what it adds. Grows with the month's decisions."""
    rows = query_all(table, Query(pk=f"METRICS#{month}", limit=PAGE))
    return (moved for row in rows for moved in row["moved"].items())


def _moved(before: Application, after: Application) -> dict[str, Counters]:
    found: dict[str, Counters] = {}
    for decision in after.decisions[len(before.decisions) :] if after.revision == before.revision else ():
        verdict = "approved" if decision.approves else "rejected"
        found[decision.reviewer.user_id] = {"decided": 1, verdict: 1, **_agreement(before, decision)}
        found[OVERALL] = {"decided": 1, verdict: 1, **_agreement(before, decision)}
    overall = found.setdefault(OVERALL, {})
    if before.state is State.SUBMITTED and after.state in FINAL and after.submitted_at:
        overall["concluded"] = 1
        overall["working_seconds"] = int(_worked(before, from_millis(after.version)).total_seconds())
    if after.escalated and not before.escalated:
        overall["overdue"] = 1
    if before.state is State.APPEALED and after.state is not State.APPEALED:
        overturned = after.state is not State.UPHELD
        overall["overturned" if overturned else "upheld"] = 1
        if overturned:
            for first in (one for one in before.decisions if one.instance == 1 and not one.approves):
                found.setdefault(first.reviewer.user_id, {})["overturned"] = 1
    return {who: counters for who, counters in found.items() if counters}


def _worked(before: Application, at: datetime) -> timedelta:
    """Working time that the review has taken: what its deadline has left of the whole, so without the applicant's own."""
    if before.due_at is None:
        return timedelta()
    return SLA - working_between(at, before.due_at) + working_between(before.due_at, at)


def _agreement(before: Application, decision: Decision) -> Counters:
    """A second decision agrees with the first or does not."""
    firsts = [one for one in before.decisions if one.instance == decision.instance]
    if not firsts:
        return {}
    return {"agreed": 1} if firsts[-1].approves == decision.approves else {"disagreed": 1}
