"""A circle: granted by review, opened by its owner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.domain.screening import Screening
from services.circles.errors import CircleNotActive, CircleReadOnly
from services.shared.clock import next_version
from services.shared.standing import CLEAR, Level, Standing


class CircleState(StrEnum):
    PROVISIONED = "provisioned"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Circle:
    """`seat` is the number it took in its cohort. `owner_standing` is what review last said of its owner, `owner_version` the
    version of that word: while the owner is out, the circle can only be read."""

    id: str
    name: str
    tags: tuple[str, ...]
    owner: str
    seat: int
    created_at: datetime
    version: int
    state: CircleState = CircleState.PROVISIONED
    owner_standing: Standing = CLEAR
    owner_version: int = 0
    owner_removed: bool = False
    screening: Screening | None = None
    screenings: int = 0  # editions there have been

    def activate(self, *, at: datetime) -> Circle:
        if self.state is CircleState.ACTIVE:
            return self
        return replace(self, state=CircleState.ACTIVE, version=next_version(self.version, at))

    def screen(self, rules: str, questions: tuple[str, ...], approval: bool, *, at: datetime) -> Circle:
        """Everybody who comes in from now on answers first. The same again changes nothing."""
        if self.screening and self.screening.says(rules, questions, approval):
            return self
        edition = self.screenings + 1
        after = replace(self, screening=Screening(rules, questions, approval, edition), screenings=edition)
        return replace(after, version=next_version(self.version, at))

    def stop_screening(self, *, at: datetime) -> Circle:
        """Who waits to be let in still does; who has not answered comes in by answering nothing."""
        return replace(self, screening=None, version=next_version(self.version, at)) if self.screening else self

    def is_read_only(self, at: datetime) -> bool:
        return self.owner_removed or self.owner_standing.at(at).reaches(Level.SUSPENDED)

    def hear_of_owner(self, standing: Standing, version: int, *, at: datetime) -> Circle:
        """Take over what review says of the owner, if it is newer; told twice or out of order, the same state."""
        if version <= self.owner_version:
            return self
        after = replace(self, owner_standing=standing, owner_version=version)
        return replace(after, version=next_version(self.version, at))

    def lose_owner(self, owner: str, *, at: datetime) -> Circle:
        """Review removed its owner: until there is another it can only be read. Of a former owner, nothing changes."""
        if self.owner_removed or owner != self.owner:
            return self
        return replace(self, owner_removed=True, version=next_version(self.version, at))

    def require_writable(self, at: datetime) -> None:
        """Judged when read: an owner's suspension that is over needs no job to end it."""
        if self.state is not CircleState.ACTIVE:
            raise CircleNotActive
        if self.is_read_only(at):
            raise CircleReadOnly
