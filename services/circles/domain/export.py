"""An archive of what somebody made in a circle, or of a whole circle, in parts that a worker writes one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.shared.kernel.clock import next_version

FORMAT = "coterie-export/1"
KEPT_FOR = timedelta(days=7)


class ExportKind(StrEnum):
    OWN = "own"
    CIRCLE = "circle"


class ExportState(StrEnum):
    RUNNING = "running"
    READY = "ready"


class Phase(StrEnum):
    """What comes next: the person's own rows, their likes, then notes with their comments."""

    PERSON = "person"
    LIKES = "likes"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive: `rows` lines of JSON, with the digest of its bytes."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one page: its file, if it held anything, where the next begins, and how many pictures went along."""

    part: Part | None
    after: str
    reached: datetime | None
    pictures: int


@dataclass(frozen=True, slots=True)
class Export:
    """`begins_at` and `created_at` bound the time that it goes through; `reached` is how far it has come. `after` is the key
    that the next page begins behind."""

    id: str
    circle_id: str
    user_id: str
    kind: ExportKind
    begins_at: datetime
    created_at: datetime
    version: int
    state: ExportState = ExportState.RUNNING
    phase: Phase = Phase.PERSON
    after: str = ""
    reached: datetime | None = None
    parts: tuple[Part, ...] = ()
    pictures: int = 0
    ready_at: datetime | None = None

    @property
    def percent(self) -> int:
        """How much of the circle's time it has gone through."""
        if self.state is ExportState.READY:
            return 100
        whole = (self.created_at - self.begins_at).total_seconds() or 1
        done = ((self.reached or self.begins_at) - self.begins_at).total_seconds()
        return max(0, min(99, int(done * 100 / whole)))

    def is_kept(self, at: datetime) -> bool:
        return at < self.created_at + KEPT_FOR

    def add(self, page: Written, phase: Phase | None, *, at: datetime) -> Export:
        """One page further; without a next phase it is whole."""
        parts = (*self.parts, page.part) if page.part else self.parts
        step = replace(self, parts=parts, after=page.after, reached=page.reached or self.reached)
        step = replace(step, pictures=self.pictures + page.pictures, version=next_version(self.version, at))
        return replace(step, phase=phase) if phase else replace(step, state=ExportState.READY, ready_at=at)
