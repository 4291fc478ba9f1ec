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
from services.circles.domain.health import Health, Post, measure_health
from services.circles.repository import comments, notes
from services.circles.repository import health as repository
from services.circles.repository.people import get_members
from services.circles.settings import settings
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CircleDormant, HealthMeasured
from services.shared.security.auth import Caller

# Pages of 100 that one measurement reads at most: of notes, of comments per note, of comments in total.
MAX_NOTE_PAGES, MAX_COMMENT_PAGES_PER_NOTE, MAX_COMMENT_PAGES = 10, 5, 1500


def get_health(ports: Ports, caller: Caller, circle_id: str) -> Health:
    """Return the latest weekly measurement. Raises: CircleNotFound, RoleNotAllowed, HealthNotFound."""
    require_permission(ports, caller, circle_id, Action.READ_HEALTH)
    return repository.get_latest_health(ports.table, circle_id)


def record_weekly_health(ports: Ports, circle: Circle, at: datetime) -> None:
    """Measure a circle's health as of `at` and store it, once per week.

    CircleDormant is published too if the circle is dormant.
    """
    health = measure_circle_health(ports, circle, at)
    week = "{}-W{:02}".format(*member_day(at).isocalendar())
    events = [HealthMeasured, CircleDormant] if health.is_dormant else [HealthMeasured]
    repository.put_health(ports, circle, week, health, *events)


def measure_circle_health(ports: Ports, circle: Circle, at: datetime) -> Health:
    """Return a circle's health as of `at`, from its visible notes in the health window and the comments on them.

    What was written after `at` does not count: a schedule that runs late measures its evening.
    """
    pages = iter(range(MAX_COMMENT_PAGES))
    written = notes.iter_notes_since(ports.table, circle.id, at - settings().health_window, MAX_NOTE_PAGES)
    posts = [post for note in written if note.is_visible for post in _posts(ports, note, pages) if post.at <= at]
    user_ids = {post.author for post in posts} | {post.replies_to for post in posts if post.replies_to}
    members = get_members(ports.table, circle.id, sorted(user_ids))
    joined = {member.user_id: member.joined_at for member in members}
    last_post_at = max((post.at for post in posts), default=circle.created_at)
    if at - last_post_at >= settings().dormant_after:
        last_post_at = max(last_post_at, _last_post_at(ports, circle))
    return measure_health(posts, joined, last_post_at, at=at)


def _posts(ports: Ports, note: Note, pages: Iterator[int]) -> Iterator[Post]:
    """Yield a note and its comments, oldest first."""
    yield Post(note.author, note.created_at, note.id, has_listings=bool(note.content.listings))
    note_pages = islice(pages, MAX_COMMENT_PAGES_PER_NOTE)
    authors: dict[str, str] = {}
    for comment in comments.iter_comments(ports.table, note.circle_id, note.id, note_pages) if note.comments else ():
        authors[comment.id] = comment.author
        replies_to = authors.get(comment.parent_id or "", note.author)
        if comment.is_visible:
            yield Post(comment.author, comment.created_at, note.id, replies_to=replies_to)


def _last_post_at(ports: Ports, circle: Circle) -> datetime:
    """Return when the last post was made, among the newest 100 notes of any age and their comments.

    Called only if the notes of the health window show no recent post: a comment on an old note also shows activity.
    """
    last = circle.created_at
    for note in notes.list_notes(ports.table, circle.id, PageRequest(100)).items:
        newest = comments.find_newest_comment(ports.table, circle.id, note.id) if note.comments else None
        last = max(last, note.created_at, newest.created_at if newest else last)
    return last
