"""What members do, for figures: days with messages (published by chat), days with views and new notes (by circles)."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from services.shared.messaging.events.base import Event, EventData


class MemberDayData(EventData):
    """day: in China."""

    circle_id: str
    user_id: str
    day: date


class MemberActive(Event):
    """A member sent a message in a circle, for the first time on a day in China.

    One entity per circle, user and day. A repeat has the same event id.
    """

    SOURCE = "coterie.chat"
    data: MemberDayData


class MemberOpened(Event):
    """A member recorded views in a circle, for the first time on a day in China. One entity per circle, user and day."""

    SOURCE = "coterie.circles"
    data: MemberDayData


class NotePostedData(EventData):
    circle_id: str
    note_id: str
    author_id: str
    pictures: int = Field(description="Number of pictures of the note.", examples=[3])


class NotePosted(Event):
    """A member posted a note. That it ended is a NoteChanged; an edit is not published."""

    SOURCE = "coterie.circles"
    data: NotePostedData
