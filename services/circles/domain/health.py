"""How a circle does, by formulae that anybody can work out again: docs/health.md gives them with an example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=28)
FIRST_REPLY_WITHIN = timedelta(hours=24)
DORMANT_AFTER = timedelta(days=14)
WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Word:
    """A note, or a comment on somebody's word (`to`); `note_id` is the note it stands under."""

    author: str
    at: datetime
    note_id: str
    to: str = ""
    sells: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """In thousandths, each rounded down; None where there is nothing to measure. High is good but for the three that say
    otherwise: `concentration`, `insularity` and `commercial`."""

    measured_at: datetime
    words: int
    speakers: int
    first_reply: int | None
    concentration: int | None
    insularity: int | None
    commercial: int | None
    silent_days: int
    score: int

    @property
    def is_dormant(self) -> bool:
        return timedelta(days=self.silent_days) >= DORMANT_AFTER


def measure_health(words: Sequence[Word], joined: Mapping[str, datetime], last_word: datetime, *, at: datetime) -> Health:
    """Of the words of the last 28 days, who joined when, and when the last word fell."""
    notes = [word for word in words if not word.to]
    comments = [word for word in words if word.to and word.to != word.author]
    new = {person for person, since in joined.items() if since > at - WINDOW}
    counts = Counter(word.author for word in words)
    first_reply = _first_reply(notes, comments, new)
    concentration = _part(sum(count * count for count in counts.values()), len(words) ** 2)
    insularity = _part(sum(not {one.author, one.to} & new for one in comments), len(comments))
    commercial = _part(sum(note.sells for note in notes), len(notes))
    good = [first_reply, *(WHOLE - bad for bad in (concentration, insularity, commercial) if bad is not None)]
    known = [part for part in good if part is not None]
    score = sum(known) // len(known) if known else 0
    metrics = (first_reply, concentration, insularity, commercial)
    return Health(at, len(words), len(counts), *metrics, (at - last_word).days, score)


def _first_reply(notes: Sequence[Word], comments: Sequence[Word], new: set[str]) -> int | None:
    """The share of newcomers whose first note was answered by somebody else within a day."""
    firsts: dict[str, Word] = {}
    for note in sorted(notes, key=lambda word: word.at):
        if note.author in new:
            firsts.setdefault(note.author, note)
    by_note = {first.note_id: first for first in firsts.values()}
    answered = {one.note_id for one in comments if one.note_id in by_note and _answers(one, by_note[one.note_id])}
    return _part(len(answered), len(firsts))


def _answers(comment: Word, first: Word) -> bool:
    return comment.author != first.author and comment.at <= first.at + FIRST_REPLY_WITHIN


def _part(some: int, of: int) -> int | None:
    return some * WHOLE // of if of else None
