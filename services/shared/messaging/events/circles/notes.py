"""The events of notes, comments and likes."""

from __future__ import annotations

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import ContentReported, Event, EventData


class CommentChangedData(EventData):
    circle_id: str
    note_id: str
    comment_id: str
    author_id: str
    note_author_id: str
    parent_author_id: str = ""
    created_at: Moment
    is_visible: bool


class CommentChanged(Event):
    """A comment was added, or it ended: its author deleted it, or a moderator removed it. An edit is not published.

    is_visible: whether members see its text.
    """

    SOURCE = "coterie.circles"
    data: CommentChangedData


class NoteChangedData(EventData):
    """has_cards: whether it shows product cards, or did before it was deleted."""

    circle_id: str
    note_id: str
    author_id: str
    is_visible: bool
    has_cards: bool


class NoteChanged(Event):
    """A note ended: its author deleted it, or a moderator removed it. A new note is not published."""

    SOURCE = "coterie.circles"
    data: NoteChangedData


class NoteLikedData(EventData):
    circle_id: str
    note_id: str
    author_id: str
    likes: int
    liker_ids: list[str]


class NoteLiked(Event):
    """Users liked a note. Published for the first like of a minute, and after it if there were more; with all likes of then.

    The version is the moment, because counting likes does not change the version of the note.
    """

    SOURCE = "coterie.circles"
    data: NoteLikedData


class NoteReported(ContentReported):
    """A user reported content of circles: a note, a comment, a picture of a note, a profile, or the page or name of a circle.

    evidence: if it has pictures also `picture_folder`, where their copies are in the bucket of evidence.
    """

    SOURCE = "coterie.circles"
