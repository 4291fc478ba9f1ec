"""The state of a note or comment: visible, deleted by its author, or removed by a moderator; and when it is down."""

from __future__ import annotations

from enum import StrEnum

from services.shared.security.take_downs import TakeDowns


class ContentState(StrEnum):
    """visible: to the members. deleted: by its author. removed: by a moderator. These two are final.

    taken_down: by the platform, until an appeal ends it; only shown, never stored: it is a state beside the others.
    """

    VISIBLE = "visible"
    DELETED = "deleted"
    REMOVED = "removed"
    TAKEN_DOWN = "taken_down"

    def shown(self, take_downs: TakeDowns) -> ContentState:
        """Return the state that is shown. What its author deleted stays deleted, whatever the platform decides."""
        return ContentState.TAKEN_DOWN if take_downs.is_down and self is not ContentState.DELETED else self
