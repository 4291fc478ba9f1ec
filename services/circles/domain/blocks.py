"""Whom somebody wants to hear nothing from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.errors import TooManyBlocks
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Invalid

MAX_BLOCKS = 100


@dataclass(frozen=True, slots=True)
class Blocks:
    """A person's own list, the newest last; it goes with them into every circle."""

    user_id: str
    blocked: tuple[str, ...] = ()
    version: int = 0

    def add(self, user_id: str, *, at: datetime) -> Blocks:
        if user_id == self.user_id:
            raise Invalid(fields=(FieldError("/user_id", "is you"),))
        if user_id in self.blocked:
            return self
        if len(self.blocked) >= MAX_BLOCKS:
            raise TooManyBlocks
        return replace(self, blocked=(*self.blocked, user_id), version=next_version(self.version, at))

    def drop(self, user_id: str, *, at: datetime) -> Blocks:
        rest = tuple(one for one in self.blocked if one != user_id)
        return self if rest == self.blocked else replace(self, blocked=rest, version=next_version(self.version, at))
