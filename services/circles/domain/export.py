"""Data exports of one member, of a whole account or of a whole circle, which a worker writes part by part."""

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
    """What the worker writes next: items of the account, then of each circle.

    Of a circle it writes the user's own items, likes and passcodes, and notes with their comments. The manifest comes last.
    """

    ACCOUNT = "account"
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
    circles: how many circles an export of an account has, if the page found that out.
    """

    part: Part | None
    after: str
    reached: datetime | None
    pictures: int
    circles: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """A data export. Without a circle it is of the user's whole account: what is theirs in all circles and outside of them.

    begins_at, created_at: the period that it covers. reached: the time up to which notes are written.
    after: the sort key that the next page starts after.
    waiting_for: the other services whose parts have not arrived. missing: those without which the export became ready.
    current_circle: the circle that an export of an account is writing. circles: how many circles it has.
    circles_written: how many of them are written.
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
    missing: tuple[str, ...] = ()
    current_circle: str = ""
    circles: int = 0
    circles_written: int = 0

    @classmethod
    def of_account(cls, id: str, user_id: str, at: datetime) -> Export:
        new = cls(id, "", user_id, ExportKind.OWN, at, at, next_version(0, at))
        return replace(new, phase=Phase.ACCOUNT, waiting_for=OTHER_SERVICES)

    @property
    def is_of_account(self) -> bool:
        return not self.circle_id

    @property
    def work_due_at(self) -> datetime | None:
        """When the worker can continue; None if it has nothing to do.

        An export of an account waits for other services no longer than `max_export_time`. Then it becomes ready without them.
        """
        if self.state is ExportState.READY:
            return None
        if self.phase is not Phase.MANIFEST or not self.waiting_for:
            return self.created_at
        return self.created_at + settings().max_export_time if self.is_of_account else None

    def has_work(self, at: datetime) -> bool:
        return self.work_due_at is not None and self.work_due_at <= at

    def delays_next(self, at: datetime) -> bool:
        """Whether the user must wait for this export before the next one; not if something prevents its completion."""
        return self.state is ExportState.RUNNING and at < self.created_at + settings().max_export_time

    @property
    def percent(self) -> int:
        """How much of the period is written, of an account how many of its circles; 99 while other services write."""
        if self.state is ExportState.READY:
            return 100
        if self.phase is Phase.MANIFEST:
            return 99
        if self.is_of_account:
            return min(99, self.circles_written * 100 // (self.circles or 1))
        whole = (self.created_at - self.begins_at).total_seconds() or 1
        done = ((self.reached or self.begins_at) - self.begins_at).total_seconds()
        return max(0, min(99, int(done * 100 / whole)))

    @property
    def expires_at(self) -> datetime:
        return self.created_at + settings().export_lifetime

    def is_available(self, at: datetime) -> bool:
        return at < self.expires_at

    def add(self, page: WrittenPage, next_phase: Phase, *, at: datetime, next_circle: str = "") -> Export:
        """Add a written page. The export is ready if only the manifest is left, and no other service.

        next_circle: the circle that the next page is of, in an export of an account.
        """
        parts = (*self.parts, page.part) if page.part else self.parts
        after = replace(self, parts=parts, after=page.after, reached=page.reached or self.reached, phase=next_phase)
        is_written = bool(self.current_circle) and next_circle != self.current_circle
        after = replace(after, current_circle=next_circle, circles_written=self.circles_written + is_written)
        after = replace(after, circles=page.circles or self.circles, pictures=self.pictures + page.pictures)
        after = replace(after, version=next_version(self.version, at))
        return after.complete(at=at) if next_phase is Phase.MANIFEST and not after.waiting_for else after

    def add_parts(self, service: str, parts: tuple[Part, ...], pictures: int, *, at: datetime) -> Export:
        """Add the parts of another service, and the number of its pictures. Unchanged if they were added before."""
        if service not in self.waiting_for:
            return self
        waiting_for = tuple(other for other in self.waiting_for if other != service)
        after = replace(self, parts=(*self.parts, *parts), pictures=self.pictures + pictures, waiting_for=waiting_for)
        return replace(after, version=next_version(self.version, at))

    def complete(self, *, at: datetime) -> Export:
        """Make the export ready. What it still waits for is missing, also if it arrives later."""
        missing, version = self.waiting_for, next_version(self.version, at)
        return replace(self, state=ExportState.READY, ready_at=at, waiting_for=(), missing=missing, version=version)


@dataclass(frozen=True, slots=True)
class LatestExport:
    """Which export is the latest of one member of a circle, or of an account; the empty id if there was none."""

    circle_id: str
    user_id: str
    export_id: str = ""
    version: int = 0

    def replace_by(self, export: Export, *, at: datetime) -> LatestExport:
        return replace(self, export_id=export.id, version=next_version(self.version, at))
