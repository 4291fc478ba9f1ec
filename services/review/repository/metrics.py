"""Figures of a month, of all and of each reviewer, folded from the applications' stream."""

from __future__ import annotations

from collections.abc import Sequence

from services.review.domain import Application, Decision, State
from services.review.domain.calendar import working_between
from services.review.repository.applications import application_from
from services.shared.changes import Change
from services.shared.clock import from_millis
from services.shared.table import Item, Key, Query, Table, Update

ALL = "ALL"
FINAL = (State.ACTIVE, State.WAITLISTED, State.REJECTED)
MOST_REVIEWERS = 500
Counters = dict[str, int]


def updates_of(changes: Sequence[Change]) -> list[Update]:
    """One update a month and person: what these changes add to each figure."""
    sums: dict[Key, Counters] = {}
    for change in changes:
        if change.old and change.new:
            before, after = application_from(change.old), application_from(change.new)
            for who, counters in _moved(before, after).items():
                key = Key(f"METRICS#{from_millis(after.version):%Y-%m}", who)
                known = sums.setdefault(key, {})
                for name, by in counters.items():
                    known[name] = known.get(name, 0) + by
    return [Update(key, None, add=counters) for key, counters in sums.items() if counters]


def list_figures(table: Table, month: str) -> dict[str, Item]:
    """All figures of a month, by `ALL` and `REVIEWER#<user>`."""
    rows = table.query(Query(pk=f"METRICS#{month}", limit=MOST_REVIEWERS)).items
    return {row["sk"]: {name: value for name, value in row.items() if name not in ("pk", "sk")} for row in rows}


def _moved(before: Application, after: Application) -> dict[str, Counters]:
    found: dict[str, Counters] = {}
    for decision in after.decisions[len(before.decisions) :] if after.edition == before.edition else ():
        verdict = "approved" if decision.approves else "rejected"
        found[f"REVIEWER#{decision.reviewer.user_id}"] = {"decided": 1, verdict: 1, **_agreement(before, decision)}
        found[ALL] = {"decided": 1, verdict: 1, **_agreement(before, decision)}
    overall = found.setdefault(ALL, {})
    if before.state is State.SUBMITTED and after.state in FINAL and after.submitted_at:
        overall["concluded"] = 1
        overall["working_seconds"] = int(working_between(after.submitted_at, from_millis(after.version)).total_seconds())
    if after.escalated and not before.escalated:
        overall["overdue"] = 1
    if before.state is State.APPEALED and after.state is not State.APPEALED:
        overturned = after.state is not State.UPHELD
        overall["overturned" if overturned else "upheld"] = 1
        if overturned:
            for first in (one for one in before.decisions if one.instance == 1 and not one.approves):
                found.setdefault(f"REVIEWER#{first.reviewer.user_id}", {})["overturned"] = 1
    return {who: counters for who, counters in found.items() if counters}


def _agreement(before: Application, decision: Decision) -> Counters:
    """A second decision agrees with the first or does not."""
    firsts = [one for one in before.decisions if one.instance == decision.instance]
    if not firsts:
        return {}
    return {"agreed": 1} if firsts[-1].approves == decision.approves else {"disagreed": 1}
