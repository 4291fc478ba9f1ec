"""A4: every place where a note or comment shows, before a take-down, while it is down, and after its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain.days import member_day
from services.circles.domain.export import ExportKind
from services.circles.repository.circles import get_circle
from services.circles.repository.recounts import count_comments
from services.circles.usecases.digests import publish_digest
from services.circles.usecases.health import measure_circle_health
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from tests.usecases.circles.down_thread import COMMENTED, HAO, LIN, OTHERS, PAGE, YAN, Thread, edit, note_or_none


def _texts(views: Any) -> list[str]:
    return [view.note.content.text for view in views]


def _digest(thread: Thread, by: Caller) -> list[str]:
    """Return the notes of a digest of this moment."""
    key = Key(f"CIRCLE#{thread.circle_id}#DIGESTS", member_day(thread.simulation.clock.now).isoformat())
    thread.simulation.circles_table.delete(key, when=None)
    publish_digest(thread.ports, get_circle(thread.simulation.circles_table, thread.circle_id), thread.simulation.clock.now)
    digest = thread.simulation.circles_table.get(key, consistent_read=True)
    return digest["note_ids"] if digest else []


def _posts(thread: Thread, by: Caller) -> int:
    circle = get_circle(thread.simulation.circles_table, thread.circle_id)
    return measure_circle_health(thread.ports, circle, thread.simulation.clock.now).posts


def _earlier_or_none(thread: Thread, by: Caller, comment_id: str = "") -> list[str] | None:
    at = (thread.ports, YAN, *thread.at)
    try:
        page = circles.list_comment_revisions(*at, comment_id, PAGE) if comment_id else circles.list_revisions(*at, PAGE)
    except errors.NoteNotFound:
        return None
    return [revision.content.text for revision in page.items]


def _can(call: Callable[[], Any]) -> bool:
    try:
        call()
    except errors.NoteNotFound:
        return False
    return True


# Where a note shows, each with what another member than its author sees there; and what members can do with it.
PLACES_OF_NOTES: dict[str, Callable[[Thread, Caller], Any]] = {
    "feed": lambda t, by: _texts(circles.list_notes(t.ports, by, t.circle_id, PAGE).items),
    "note by its id": note_or_none,
    "comments": lambda t, by: _can(lambda: circles.list_comments(t.ports, by, *t.at, PAGE)),
    "earlier revisions": _earlier_or_none,
    "pins": lambda t, by: _texts(circles.list_pins(t.ports, by, t.circle_id).items),
    "highlights": lambda t, by: _texts(circles.list_highlights(t.ports, by, t.circle_id, "", PAGE).items),
    "search": lambda t, by: _texts(circles.list_highlights(t.ports, by, t.circle_id, "苇莺", PAGE).items),
    "recap": lambda t, by: _texts(circles.get_recap(t.ports, by, t.circle_id).top_notes),
    "missed": lambda t, by: circles.get_recap(t.ports, by, t.circle_id).missed,
    "digest": _digest,
    "health": _posts,
    "tags": lambda t, by: circles.sum_counted_changes(t.ports)["birdwatching"]["notes"],
    "export of the circle": lambda t, by: [line["text"] for line in t.export(LIN, ExportKind.CIRCLE) if "text" in line],
    "a like": lambda t, by: _can(lambda: circles.like_note(t.ports, by, *t.at)),
    "a comment": lambda t, by: _can(lambda: t.add(by, "好")) and None,
    "an edit": lambda t, by: _can(lambda: edit(t)) and None,
}
# The same for a comment.
PLACES_OF_COMMENTS: dict[str, Callable[[Thread, Caller], Any]] = {
    "comments": lambda t, by: [(c.text, c.author, c.state) for c in circles.list_comments(t.ports, by, *t.at, PAGE).items],
    "earlier texts": lambda t, by: _earlier_or_none(t, by, t.comment.id),
    "count": lambda t, by: t.count(),
    "recount": lambda t, by: count_comments(t.simulation.circles_table, *t.at),
    "health": _posts,
    "export of the circle": lambda t, by: [line["text"] for line in t.export(LIN, ExportKind.CIRCLE) if "text" in line],
    "a reply": lambda t, by: _can(lambda: t.add(HAO, "为什么", t.comment.id)) and None,
}


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("place", PLACES_OF_NOTES)
def test_a4_a_note_that_is_down_shows_nowhere_and_is_back_as_it_was(place: str, role: str) -> None:
    thread, shown = Thread(), PLACES_OF_NOTES[place]
    before = shown(thread, OTHERS[role])
    thread.apply(thread.note)
    down = shown(thread, OTHERS[role])
    assert down in ([], None, False, 0), place
    assert down != before
    thread.end(thread.note)
    assert shown(thread, OTHERS[role]) == before


@pytest.mark.parametrize("place", PLACES_OF_COMMENTS)
def test_a4_a_comment_that_is_down_shows_nowhere_and_is_back_as_it_was(place: str) -> None:
    thread, shown = Thread(), PLACES_OF_COMMENTS[place]
    before = shown(thread, HAO)
    thread.apply(thread.comment)
    assert COMMENTED not in str(shown(thread, HAO))
    assert shown(thread, HAO) != before
    thread.end(thread.comment)
    assert shown(thread, HAO) == before
