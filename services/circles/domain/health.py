"""The health of a circle, by formulas that members can recompute: docs/health.md gives them with an example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.circles.settings import settings

WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Post:
    """A note, or a comment. note_id: the note that it belongs to. replies_to: the author that a comment replies to."""

    author: str
    at: datetime
    note_id: str
    replies_to: str = ""
    has_listings: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The measured health, in thousandths, rounded down; None where there is nothing to measure.

    High values are good, except for `concentration`, `insularity` and `commercial`.
    """

    measured_at: datetime
    posts: int
    authors: int
    first_reply: int | None
    concentration: int | None
    insularity: int | None
    commercial: int | None
    silent_days: int
    score: int

    @property
    def is_dormant(self) -> bool:
        return timedelta(days=self.silent_days) >= settings().dormant_after


def measure_health(posts: Sequence[Post], joined: Mapping[str, datetime], last_post_at: datetime, *, at: datetime) -> Health:
    """Measure the posts of the health window. joined: when each of their authors joined the circle."""
    notes = [post for post in posts if not post.replies_to]
    comments = [post for post in posts if post.replies_to and post.replies_to != post.author]
    new = {user_id for user_id, joined_at in joined.items() if joined_at > at - settings().health_window}
    counts = Counter(post.author for post in posts)
    first_reply = _first_reply(notes, comments, new)
    concentration = _thousandths(sum(count * count for count in counts.values()), len(posts) ** 2)
    insularity = _thousandths(sum(not {post.author, post.replies_to} & new for post in comments), len(comments))
    commercial = _thousandths(sum(note.has_listings for note in notes), len(notes))
    good = [first_reply, *(WHOLE - bad for bad in (concentration, insularity, commercial) if bad is not None)]
    known = [part for part in good if part is not None]
    score = sum(known) // len(known) if known else 0
    metrics = (first_reply, concentration, insularity, commercial)
    silent_days = max(0, (at - last_post_at).days)  # a comment on an old note can be later than the evening of a measurement
    return Health(at, len(posts), len(counts), *metrics, silent_days, score)


def _first_reply(notes: Sequence[Post], comments: Sequence[Post], new: set[str]) -> int | None:
    """Return the share of newcomers whose first note got a reply from another member in time."""
    firsts: dict[str, Post] = {}
    for note in sorted(notes, key=lambda post: post.at):
        if note.author in new:
            firsts.setdefault(note.author, note)
    by_note = {first.note_id: first for first in firsts.values()}
    replied = {post.note_id for post in comments if post.note_id in by_note and _is_timely_reply(post, by_note[post.note_id])}
    return _thousandths(len(replied), len(firsts))


def _is_timely_reply(comment: Post, first: Post) -> bool:
    return comment.author != first.author and comment.at <= first.at + settings().first_reply_within


def _thousandths(part: int, whole: int) -> int | None:
    return part * WHOLE // whole if whole else None
