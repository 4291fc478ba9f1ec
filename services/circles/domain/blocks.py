"""The users that a user has blocked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.errors import BlockLimitReached
from services.circles.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class Blocks:
    """The block list of one user, the newest last. It applies in every circle."""

    user_id: str
    blocked: tuple[str, ...] = ()
    version: int = 0

    def add(self, user_id: str, *, at: datetime) -> Blocks:
        """Block a user. Unchanged if they are blocked.

        Raises: Invalid (the user is the caller), BlockLimitReached.
        """
        if user_id == self.user_id:
            raise Invalid(fields=(FieldError("/user_id", "must-not-be-own-id"),))
        if user_id in self.blocked:
            return self
        if len(self.blocked) >= settings().max_blocks:
            raise BlockLimitReached(limit=settings().max_blocks)
        return replace(self, blocked=(*self.blocked, user_id), version=next_version(self.version, at))

    def clear(self, *, at: datetime) -> Blocks:
        """Remove all blocks. Unchanged if there are none."""
        return replace(self, blocked=(), version=next_version(self.version, at)) if self.blocked else self

    def remove(self, user_id: str, *, at: datetime) -> Blocks:
        rest = tuple(blocked for blocked in self.blocked if blocked != user_id)
        return self if rest == self.blocked else replace(self, blocked=rest, version=next_version(self.version, at))
