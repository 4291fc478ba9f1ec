"""How many drafts one member has open in a circle, without reading them each time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.domain.note import Draft
from services.circles.errors import DraftLimitReached
from services.circles.settings import settings
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import MAX_CREATION

ID_LENGTH = 8  # the end of an id is random


@dataclass(frozen=True, slots=True)
class OpenDrafts:
    """The drafts that can be open: every draft that was created since the stored ones were read last.

    entries: per draft the end of its id and the time of its creation. A draft that was published, deleted or never stored
        stays, until the list is full and is compared with what is stored.
    """

    entries: tuple[str, ...]

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= settings().max_open_drafts

    def without_closed(self, stored: Iterable[Draft], *, at: datetime) -> OpenDrafts:
        """Return the drafts that are open as stored, and those that are not stored but whose creation can be in progress."""
        is_open = {draft.id[-ID_LENGTH:]: not draft.is_closed for draft in stored}

        def counts(entry: str) -> bool:
            return is_open.get(entry[:ID_LENGTH], at - _created_at(entry) < MAX_CREATION)

        return replace(self, entries=tuple(filter(counts, self.entries)))

    def add(self, draft_id: str, *, at: datetime) -> OpenDrafts:
        """Add a new draft. Unchanged if a try of its request added it a moment ago. Raises: DraftLimitReached."""
        end = draft_id[-ID_LENGTH:]
        if any(entry.startswith(end) and at - _created_at(entry) < MAX_CREATION / 2 for entry in self.entries):
            return self
        others = replace(self, entries=tuple(entry for entry in self.entries if not entry.startswith(end)))
        if others.is_full:
            raise DraftLimitReached(limit=settings().max_open_drafts)
        return replace(others, entries=(*others.entries, f"{end}{millis(at)}"))


def _created_at(entry: str) -> datetime:
    return from_millis(int(entry[ID_LENGTH:]))
