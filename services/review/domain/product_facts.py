"""Facts of what members do, from which the product metrics of a circle are computed. Pure: no event, no user id.

A fact has keyed pseudonyms in place of the ids of users, notes, comments and orders.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class FactKind(StrEnum):
    """What a fact is about."""

    ACTIVE = "active"  # a day on which a member wrote in a chat of the circle
    OPENED = "opened"  # a day on which a member read in the circle
    JOINED = "joined"  # a day on which a user became a member, also again
    NOTE = "note"
    ENDED = "ended"  # that a note is not visible any more, or is again
    COMMENT = "comment"
    ORDER = "order"
    SUSPECTED = "suspected"  # that an order may be wash trade, is fake, or is genuine
    CIRCLE = "circle"  # the activation of the circle


# What leaves a fact out, whatever its own state: the fact of this kind with the same key, while it does not count.
EXCLUDED_BY = {FactKind.NOTE: FactKind.ENDED, FactKind.ORDER: FactKind.SUSPECTED}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a circle.

    key: of the entity; the fact with its highest version counts.
    user: who did it. day: in China. at: milliseconds since 1970.
    subject: of a comment its note; otherwise empty.
    number: of a note its pictures; of the activation 1 if the circle has a tag of an interest; otherwise 0.
    counts: whether it counts: false for content that is not visible, and for an order that was not paid or was refunded.
    """

    kind: FactKind
    circle_id: str
    key: str
    version: int
    user: str
    day: date
    at: int
    subject: str = ""
    number: int = 0
    counts: bool = True


def newest_facts(facts: Iterable[Fact]) -> list[Fact]:
    """Return of each entity the fact with the highest version, so that repeats and the order of events change nothing."""
    newest: dict[tuple[str, FactKind, str], Fact] = {}
    for fact in facts:
        entity = (fact.circle_id, fact.kind, fact.key)
        if entity not in newest or newest[entity].version < fact.version:
            newest[entity] = fact
    return list(newest.values())


def month_of_day(day: date) -> str:
    """Return the month of a day, as `2026-11`."""
    return day.isoformat()[:7]
