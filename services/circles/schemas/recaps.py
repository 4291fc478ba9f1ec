"""Recaps of what a member has missed."""

from __future__ import annotations

from services.circles.schemas.notes import NoteResponse
from services.circles.usecases.recaps import Recap
from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.pictures.addresses import PictureAddresses


class RecapResponse(ResponseModel):
    """What the caller has missed since they last read the circle.

    `missed` counts notes, up to a limit; `has_more` is true if there are others. `top_notes` have the most likes and comments.
    `quiet_now` is whether the caller's quiet hours apply now.
    """

    since: Moment
    missed: int
    has_more: bool
    top_notes: list[NoteResponse]
    quiet_now: bool

    @classmethod
    def of(cls, recap: Recap, addresses: PictureAddresses) -> RecapResponse:
        return cls(
            since=recap.since,
            missed=recap.missed,
            has_more=recap.has_more,
            top_notes=[NoteResponse.of(view, addresses) for view in recap.top_notes],
            quiet_now=recap.is_quiet,
        )
