"""A circle's health, measured once a week.

Moderators read it. A dormant circle is reported to the platform.

docs/health.md gives the formulas.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from services.circles.domain import Action, Circle, Note
from services.circles.domain.days import member_day
from services.circles.domain.health import DORMANT_AFTER, WINDOW, Health, Post, measure_health
from services.circles.repository import health as repository
from services.circles.repository import notes
from services.circles.repository.circles import find_member, require_member
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import CircleDormant, HealthMeasured
from services.shared.messaging.outbox import with_pending_events
from services.shared.security.auth import Caller
from services.shared.table.versioned import put_if_absent

# Pages of 100 that one measurement reads at most: of notes, of comments per note, of comments in total.
MAX_NOTE_PAGES, MAX_COMMENT_PAGES_PER_NOTE, MAX_COMMENT_PAGES = 10, 5, 1500


def get_health(ports: Ports, caller: Caller, circle_id: str) -> Health:
    """Return the latest weekly measurement. Raises: CircleNotFound, RoleNotAllowed, HealthNotFound."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ_HEALTH)
    return repository.get_latest_health(ports.table, circle_id)


def record_weekly_health(ports: Ports, circle: Circle, at: datetime) -> None:
    """Measure a circle's health as of `at` and store it, once per week.

    CircleDormant is published too if the circle is dormant."""
    health = measure_circle_health(ports, circle, at)
    week = "{}-W{:02}".format(*member_day(at).isocalendar())
    events = [HealthMeasured, CircleDormant] if health.is_dormant else [HealthMeasured]
    item = repository.health_to_item(circle.id, circle.owner, week, health)
    put_if_absent(ports.table, with_pending_events(item, ports.new_id, *events))


def measure_circle_health(ports: Ports, circle: Circle, at: datetime) -> Health:
    """Return a circle's health, from its visible notes of the last 28 days and the comments on them."""
    pages = iter(range(MAX_COMMENT_PAGES))
    visible = (note for note in notes.iter_notes_since(ports.table, circle.id, at - WINDOW, MAX_NOTE_PAGES) if note.is_visible)
    posts = [post for note in visible for post in _posts(ports, note, at, pages)]
    user_ids = {post.author for post in posts} | {post.replies_to for post in posts if post.replies_to}
    members = [find_member(ports.table, circle.id, user_id) for user_id in user_ids]
    joined = {member.entity.user_id: member.entity.joined_at for member in members if member}
    last_post_at = max((post.at for post in posts), default=circle.created_at)
    if at - last_post_at >= DORMANT_AFTER:
        last_post_at = max(last_post_at, _last_post_at(ports, circle))
    return measure_health(posts, joined, last_post_at, at=at)


def _posts(ports: Ports, note: Note, at: datetime, pages: Iterator[int]) -> Iterator[Post]:
    """Yield a note and its comments, as far as they were created in the 28 days before `at`."""
    start = at - WINDOW
    if note.created_at > start:
        yield Post(note.author, note.created_at, note.id, has_listings=bool(note.content.listings))
    note_pages = islice(pages, MAX_COMMENT_PAGES_PER_NOTE)
    items = notes.iter_comments(ports.table, note.circle_id, note.id, 100, note_pages) if note.comments else ()
    comments = [notes.comment_from_item(item) for item in items]
    authors = {comment.id: comment.author for comment in comments}  # a reply's key can be older than its parent's
    for comment in comments:
        if comment.created_at > start:
            replies_to = authors.get(comment.parent_id or "", note.author)
            yield Post(comment.author, comment.created_at, note.id, replies_to=replies_to)


def _last_post_at(ports: Ports, circle: Circle) -> datetime:
    """Return when the last post was made, among the newest 100 notes of any age and their comments.

    Called only if the last 28 days seem silent: a comment on an old note also shows that the circle is active.
    """
    last = circle.created_at
    for note in map(notes.note_from_item, notes.list_notes(ports.table, circle.id, 100, None).items):
        newest = notes.list_newest_comments(ports.table, circle.id, note.id, 1) if note.comments else []
        last = max([last, note.created_at, *(notes.comment_from_item(item).created_at for item in newest)])
    return last
