"""The deletion of an account: a check of what must be finished first, 15 days to withdraw, then the erasure in all services."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.circles.errors import DeletionStarted
from services.circles.settings import settings
from services.shared.kernel.clock import next_version

CHECKED_BY = ("commerce",)
ERASED_BY = ("circles", "chat", "commerce", "review")
DELAYED_AFTER = timedelta(hours=1)  # a check takes a minute or two
REQUESTS_END_AFTER = timedelta(minutes=2)  # longer than a request that began before the sign-out can run


class ContentChoice(StrEnum):
    """What happens to the notes, comments and messages of a deleted account."""

    KEEP = "keep"
    DELETE = "delete"


class DeletionState(StrEnum):
    """checking: services look for what must be finished first. denied: something must be. scheduled: erased at `deletes_at`."""

    CHECKING = "checking"
    DENIED = "denied"
    SCHEDULED = "scheduled"
    WITHDRAWN = "withdrawn"
    DELETING = "deleting"
    DELETED = "deleted"


class ObstacleKind(StrEnum):
    """purchase, sale: an order in which money or delivery is outstanding. payout: one without a result.

    balance: money that the user has paid out first. circle: one that the user owns.
    """

    PURCHASE = "purchase"
    SALE = "sale"
    PAYOUT = "payout"
    BALANCE = "balance"
    CIRCLE = "circle"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What the user must finish first. id: of the order or circle."""

    kind: ObstacleKind
    id: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion of one account.

    check: the version at which the current check began. Its results repeat it.
    waiting_for: the services that have not checked, or not erased.
    obstacles: what the last check found. deletes_at: the end of the time to withdraw; None until a check found nothing.
    started_at: when the current check or the erasure began.
    """

    user_id: str
    content: ContentChoice = ContentChoice.KEEP
    state: DeletionState = DeletionState.WITHDRAWN
    version: int = 0
    check: int = 0
    waiting_for: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    started_at: datetime | None = None
    deletes_at: datetime | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the account can no longer be kept."""
        return self.state in (DeletionState.DELETING, DeletionState.DELETED)

    @property
    def work_due_at(self) -> datetime | None:
        """When the worker must act: check again, erase, or delete the sign-in. None while it waits for other services."""
        if self.state is DeletionState.SCHEDULED:
            return self.deletes_at
        is_erasing = self.state is DeletionState.DELETING and (not self.waiting_for or "circles" in self.waiting_for)
        return self.started_at + REQUESTS_END_AFTER if is_erasing and self.started_at else None

    def is_delayed(self, at: datetime) -> bool:
        """Whether a check takes unusually long. Nothing is deleted meanwhile."""
        return self.state is DeletionState.CHECKING and bool(self.started_at and at >= self.started_at + DELAYED_AFTER)

    def request(self, content: ContentChoice, *, at: datetime) -> Deletion:
        """Begin a check, unless one runs or found nothing. A repeat can choose otherwise for the content.

        Raises: DeletionStarted.
        """
        self._require_not_begun()
        if self.state in (DeletionState.CHECKING, DeletionState.SCHEDULED):
            return self if content is self.content else self._change(at, content=content)
        return replace(self, content=content, deletes_at=None).begin_check((), at=at)

    def withdraw(self, *, at: datetime) -> Deletion:
        """Keep the account. Unchanged if no deletion is requested. Raises: DeletionStarted."""
        self._require_not_begun()
        if self.state is DeletionState.WITHDRAWN:
            return self
        return self._change(at, state=DeletionState.WITHDRAWN, waiting_for=(), obstacles=(), deletes_at=None, started_at=None)

    def begin_check(self, obstacles: tuple[Obstacle, ...], *, at: datetime) -> Deletion:
        """Begin a check. obstacles: what this service has found already."""
        version = next_version(self.version, at)
        changes = {"check": version, "version": version, "started_at": at, "obstacles": obstacles}
        return replace(self, state=DeletionState.CHECKING, waiting_for=CHECKED_BY, **changes)  # type: ignore[arg-type]

    def apply_checked(self, service: str, check: int, obstacles: tuple[Obstacle, ...], *, at: datetime) -> Deletion:
        """Add what a service found. Unchanged for a result of an earlier check, or a repeated one.

        If a check before the erasure finds something, the erasure is postponed.
        """
        if self.state is not DeletionState.CHECKING or check != self.check or service not in self.waiting_for:
            return self
        waiting_for = tuple(other for other in self.waiting_for if other != service)
        after = self._change(at, waiting_for=waiting_for, obstacles=(*self.obstacles, *obstacles))
        return after if waiting_for else after._conclude(at)

    def _conclude(self, at: datetime) -> Deletion:
        if self.deletes_at is None and self.obstacles:
            return replace(self, state=DeletionState.DENIED)
        if self.deletes_at is None:
            return replace(self, state=DeletionState.SCHEDULED, deletes_at=at + settings().deletion_notice)
        if self.obstacles:
            return replace(self, state=DeletionState.SCHEDULED, deletes_at=at + settings().deletion_postponement)
        return replace(self, state=DeletionState.DELETING, waiting_for=ERASED_BY, started_at=at)

    def apply_erased(self, service: str, *, at: datetime) -> Deletion:
        """Record that a service has erased the user. Unchanged if it had."""
        if self.state is not DeletionState.DELETING or service not in self.waiting_for:
            return self
        return self._change(at, waiting_for=tuple(other for other in self.waiting_for if other != service))

    def complete(self, *, at: datetime) -> Deletion:
        return self._change(at, state=DeletionState.DELETED)

    def _change(self, at: datetime, **changes: object) -> Deletion:
        return replace(self, version=next_version(self.version, at), **changes)  # type: ignore[arg-type]

    def _require_not_begun(self) -> None:
        if self.has_begun:
            raise DeletionStarted
