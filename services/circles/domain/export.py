"""Data exports of one member or of a whole circle, which a worker writes part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.settings import settings
from services.shared.kernel.clock import next_version

FORMAT = "coterie-export/1"


class ExportKind(StrEnum):
    OWN = "own"
    CIRCLE = "circle"


class ExportState(StrEnum):
    RUNNING = "running"
    READY = "ready"


class Phase(StrEnum):
    """What the worker writes next: the user's own items, their likes, or notes with their comments."""

    USER = "user"
    LIKES = "likes"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export, with its number of JSON lines and the SHA-256 of its bytes."""

    name: str
    lines: int
    sha256: str


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """The result of writing one page.

    part: its file; None if the page was empty. after: the sort key that the next page starts after.
    reached: the creation time of its last note. pictures: how many were copied.
    """

    part: Part | None
    after: str
    reached: datetime | None
    pictures: int


@dataclass(frozen=True, slots=True)
class Export:
    """A data export.

    begins_at, created_at: the period that it covers. reached: the time up to which notes are written.
    after: the sort key that the next page starts after.
    """

    id: str
    circle_id: str
    user_id: str
    kind: ExportKind
    begins_at: datetime
    created_at: datetime
    version: int
    state: ExportState = ExportState.RUNNING
    phase: Phase = Phase.USER
    after: str = ""
    reached: datetime | None = None
    parts: tuple[Part, ...] = ()
    pictures: int = 0
    ready_at: datetime | None = None

    @property
    def percent(self) -> int:
        """How much of the period is written."""
        if self.state is ExportState.READY:
            return 100
        whole = (self.created_at - self.begins_at).total_seconds() or 1
        done = ((self.reached or self.begins_at) - self.begins_at).total_seconds()
        return max(0, min(99, int(done * 100 / whole)))

    def is_available(self, at: datetime) -> bool:
        return at < self.created_at + settings().export_lifetime

    def add(self, page: WrittenPage, next_phase: Phase | None, *, at: datetime) -> Export:
        """Add a written page. Without a next phase the export is ready."""
        parts = (*self.parts, page.part) if page.part else self.parts
        after = replace(self, parts=parts, after=page.after, reached=page.reached or self.reached)
        after = replace(after, pictures=self.pictures + page.pictures, version=next_version(self.version, at))
        return replace(after, phase=next_phase) if next_phase else replace(after, state=ExportState.READY, ready_at=at)


@dataclass(frozen=True, slots=True)
class LatestExport:
    """Which export is the latest of one member of a circle; the empty id if there was none."""

    circle_id: str
    user_id: str
    export_id: str = ""
    version: int = 0

    def replace_by(self, export: Export, *, at: datetime) -> LatestExport:
        return replace(self, export_id=export.id, version=next_version(self.version, at))
