"""The recount of counters that are shown: which differences are real.

A counter is aggregated from the stream, so a new like differs from its counter for a moment. A difference is real if a later
count finds the same number of items and the same counter again: then no change between the two was still in the stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

MIN_GAP = timedelta(minutes=1)  # between two counts; a stream that is behind for longer raises an alarm
MAX_FOUND = 200  # differences that are stored; the item stays small


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted and what the counters of one note or tag were, by name of the counter."""

    counted: Mapping[str, int]
    stored: Mapping[str, int]

    @property
    def difference(self) -> dict[str, int]:
        """Return how much each counter must move."""
        moves = {name: number - self.stored.get(name, 0) for name, number in self.counted.items()}
        return {name: by for name, by in moves.items() if by}

    def without_changes_since(self, earlier: Count) -> Count:
        """Return the counters of which an earlier count found the same: a new comment does not hide a wrong number of likes."""
        same = [name for name in self.counted if earlier.counted.get(name) == self.counted[name]]
        same = [name for name in same if earlier.stored.get(name, 0) == self.stored.get(name, 0)]
        return Count({name: self.counted[name] for name in same}, {name: self.stored.get(name, 0) for name in same})


Counts = Mapping[str, Count]


@dataclass(frozen=True, slots=True)
class Differences:
    """The differences that the last count found, by id, and when."""

    at: datetime
    found: Counts = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Counts, at: datetime) -> Differences:
        differing = ((key, count) for key, count in counts.items() if count.difference)
        return cls(at, dict(list(differing)[:MAX_FOUND]))

    def confirmed_by(self, later: Differences) -> dict[str, Count]:
        """Return the differences that a later count, at least a minute after this one, found again."""
        if later.at < self.at + MIN_GAP:
            return {}
        found = ((key, count.without_changes_since(self.found[key])) for key, count in later.found.items() if key in self.found)
        return {key: count for key, count in found if count.difference}

    def without(self, keys: Iterable[str]) -> Differences:
        left = set(keys)
        return replace(self, found={key: count for key, count in self.found.items() if key not in left})


@dataclass(frozen=True, slots=True)
class NoteRecount:
    """How far the recount of one circle is tonight.

    first, last: the ids of the first and the last note that are counted; empty before these are chosen.
    next_member: the member whose likes are counted next. likes: those counted so far, by note.
    """

    circle_id: str
    first: str = ""
    last: str = ""
    next_member: str = ""
    likes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TagRecount:
    """How far the nightly recount of tags is.

    day: the day it is for. partition, after: the records of counted changes that were added up. counted: their sums.
    next_tag: the tag that is compared next, after all records were added up.
    """

    day: str = ""
    partition: int = 0
    after: str = ""
    counted: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    next_tag: str = ""
    is_complete: bool = False
