"""Data exports of one member or of a whole circle, which a worker writes part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.settings import settings
from services.shared.exports.format import Part
from services.shared.kernel.clock import next_version

OTHER_SERVICES = ("chat", "commerce", "review")


class ExportKind(StrEnum):
    OWN = "own"
    CIRCLE = "circle"


class ExportState(StrEnum):
    RUNNING = "running"
    READY = "ready"


class Phase(StrEnum):
    """What the worker writes next: the user's own items, likes and passcodes, notes with their comments, the manifest."""

    USER = "user"
    LIKES = "likes"
    PASSCODES = "passcodes"
    NOTES = "notes"
    MANIFEST = "manifest"


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
    waiting_for: the other services whose parts have not arrived.
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
    waiting_for: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether the worker can continue: it does not wait for other services."""
        return self.state is ExportState.RUNNING and not (self.phase is Phase.MANIFEST and self.waiting_for)

    def delays_next(self, at: datetime) -> bool:
        """Whether the user must wait for this export before the next one; not if something prevents its completion."""
        return self.state is ExportState.RUNNING and at < self.created_at + settings().max_export_time

    @property
    def percent(self) -> int:
        """How much of the period is written; 99 while other services write."""
        if self.state is ExportState.READY:
            return 100
        if self.phase is Phase.MANIFEST:
            return 99
        whole = (self.created_at - self.begins_at).total_seconds() or 1
        done = ((self.reached or self.begins_at) - self.begins_at).total_seconds()
        return max(0, min(99, int(done * 100 / whole)))

    @property
    def expires_at(self) -> datetime:
        return self.created_at + settings().export_lifetime

    def is_available(self, at: datetime) -> bool:
        return at < self.expires_at

    def add(self, page: WrittenPage, next_phase: Phase, *, at: datetime) -> Export:
        """Add a written page. The export is ready if only the manifest is left, and no other service."""
        parts = (*self.parts, page.part) if page.part else self.parts
        after = replace(self, parts=parts, after=page.after, reached=page.reached or self.reached, phase=next_phase)
        after = replace(after, pictures=self.pictures + page.pictures, version=next_version(self.version, at))
        return after.complete(at=at) if next_phase is Phase.MANIFEST and after.has_work else after

    def add_parts(self, service: str, parts: tuple[Part, ...], *, at: datetime) -> Export:
        """Add the parts of another service. Unchanged if they were added before."""
        if service not in self.waiting_for:
            return self
        waiting_for = tuple(other for other in self.waiting_for if other != service)
        return replace(self, parts=(*self.parts, *parts), waiting_for=waiting_for, version=next_version(self.version, at))

    def complete(self, *, at: datetime) -> Export:
        return replace(self, state=ExportState.READY, ready_at=at, version=next_version(self.version, at))


@dataclass(frozen=True, slots=True)
class LatestExport:
    """Which export is the latest of one member of a circle; the empty id if there was none."""

    circle_id: str
    user_id: str
    export_id: str = ""
    version: int = 0

    def replace_by(self, export: Export, *, at: datetime) -> LatestExport:
        return replace(self, export_id=export.id, version=next_version(self.version, at))
