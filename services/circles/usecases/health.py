"""How a circle does: measured once a week, read by who keeps order, told to the platform when nobody speaks any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from services.circles.domain import Action, Circle, Note
from services.circles.domain.health import DORMANT_AFTER, WINDOW, Health, Word, measure_health
from services.circles.domain.presence import member_day
from services.circles.repository import health as repository
from services.circles.repository import notes
from services.circles.repository.circles import find_member, require_member
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import CircleDormant, HealthMeasured
from services.shared.messaging.outbox import with_pending_events
from services.shared.security.auth import Caller
from services.shared.table.queries import put_if_absent

NOTES, COMMENTS, COMMENT_PAGES = 10, 5, 1500  # pages of a hundred: of notes, of comments under each, and of these in all


def get_health(ports: Ports, caller: Caller, circle_id: str) -> Health:
    """The newest measurement."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ_HEALTH)
    return repository.newest_health(ports.table, circle_id)


def keep_health(ports: Ports, circle: Circle, at: datetime) -> None:
    """Measure a circle as of that evening, once a week; where nobody has spoken for two weeks the platform looks into it."""
    health = take_health(ports, circle, at)
    week = "{}-W{:02}".format(*member_day(at).isocalendar())
    events = [HealthMeasured, CircleDormant] if health.is_dormant else [HealthMeasured]
    row = repository.health_to_item(circle.id, circle.owner, week, health)
    put_if_absent(ports.table, with_pending_events(row, ports.new_id, *events))


def take_health(ports: Ports, circle: Circle, at: datetime) -> Health:
    pages = iter(range(COMMENT_PAGES))
    visible = (note for note in notes.notes_since(ports.table, circle.id, at - WINDOW, NOTES) if note.is_visible)
    words = [word for note in visible for word in _words(ports, note, at, pages)]
    people = {word.author for word in words} | {word.to for word in words if word.to}
    found = [find_member(ports.table, circle.id, person) for person in people]
    joined = {one.entity.user_id: one.entity.joined_at for one in found if one}
    last = max((word.at for word in words), default=circle.created_at)
    if at - last >= DORMANT_AFTER:
        last = max(last, _last_word(ports, circle))
    return measure_health(words, joined, last, at=at)


def _words(ports: Ports, note: Note, at: datetime, pages: Iterator[int]) -> Iterator[Word]:
    """A note of the window and what was said under it within the window."""
    begin = at - WINDOW
    if note.created_at > begin:
        yield Word(note.author, note.created_at, note.id, sells=bool(note.content.listings))
    under = notes.iter_comments(ports.table, note.circle_id, note.id, 100, islice(pages, COMMENTS)) if note.comments else ()
    comments = [notes.comment_from_item(row) for row in under]
    authors = {comment.id: comment.author for comment in comments}  # an answer's key may be older than what it answers
    for comment in comments:
        if comment.created_at > begin:
            yield Word(comment.author, comment.created_at, note.id, to=authors.get(comment.parent_id or "", note.author))


def _last_word(ports: Ports, circle: Circle) -> datetime:
    """Where the window seems silent: the last word under any of the newest hundred notes, however old they are."""
    last = circle.created_at
    for note in map(notes.note_from_item, notes.list_notes(ports.table, circle.id, 100, None).items):
        spoken = notes.newest_comments(ports.table, circle.id, note.id, 1) if note.comments else []
        last = max([last, note.created_at, *(notes.comment_from_item(item).created_at for item in spoken)])
    return last
