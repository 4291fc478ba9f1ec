"""A circle: granted by review, opened by its owner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.errors import CircleNotActive
from services.shared.clock import next_version


class CircleState(StrEnum):
    PROVISIONED = "provisioned"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Circle:
    """`seat` is the number it took in its cohort."""

    id: str
    name: str
    tags: tuple[str, ...]
    owner: str
    seat: int
    created_at: datetime
    version: int
    state: CircleState = CircleState.PROVISIONED

    def activate(self, *, at: datetime) -> Circle:
        if self.state is CircleState.ACTIVE:
            return self
        return replace(self, state=CircleState.ACTIVE, version=next_version(self.version, at))

    def require_active(self) -> None:
        if self.state is not CircleState.ACTIVE:
            raise CircleNotActive
