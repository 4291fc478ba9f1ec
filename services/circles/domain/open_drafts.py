"""How many drafts one member has open in a circle, without reading them each time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.circles.errors import DraftLimitReached
from services.circles.settings import settings
from services.shared.kernel.clock import from_millis, millis

MAX_CREATION = timedelta(minutes=1)  # longer than any function runs: by then a draft is stored, or its creation has crashed
ID_LENGTH = 8  # the end of an id is random


@dataclass(frozen=True, slots=True)
class OpenDrafts:
    """The drafts that can be open: every draft that was created since the stored ones were read last.

    entries: per draft the end of its id and the time of its creation. A draft that was published, deleted or never stored
        stays, until the list is full and is replaced by what is stored.
    """

    entries: tuple[str, ...]

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= settings().max_open_drafts

    def replace_by(self, stored_ids: list[str], *, at: datetime) -> OpenDrafts:
        """Return the drafts that are stored and open, and those whose creation is not complete."""
        stored = {draft_id[-ID_LENGTH:] for draft_id in stored_ids}
        recent = {entry[:ID_LENGTH] for entry in self.entries if at - _created_at(entry) < MAX_CREATION}
        return replace(self, entries=tuple(entry for entry in self.entries if entry[:ID_LENGTH] in stored | recent))

    def add(self, draft_id: str, *, at: datetime) -> OpenDrafts:
        """Add a new draft. Raises: DraftLimitReached."""
        if self.is_full:
            raise DraftLimitReached(limit=settings().max_open_drafts)
        return replace(self, entries=(*self.entries, f"{draft_id[-ID_LENGTH:]}{millis(at)}"))


def _created_at(entry: str) -> datetime:
    return from_millis(int(entry[ID_LENGTH:]))
