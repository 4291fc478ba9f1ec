"""Sanctions of a circle against a member: mute, kick and ban."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.domain.roles import Role
from services.circles.settings import settings


class SanctionKind(StrEnum):
    MUTE = "mute"
    KICK = "kick"
    BAN = "ban"


@dataclass(frozen=True, slots=True)
class Sanction:
    """A sanction with its reason.

    by_role: the role of the member who imposed it, at that time.
    until: the end. A mute always has one, a kick has none; a ban without one is permanent.
    through: the banned user of the same identity, if the ban ended the membership of another user.
    beneath: a sanction of a higher rank that this one adds to. It stays in force when this one is lifted.
    """

    kind: SanctionKind
    reason: str
    by: str
    by_role: Role
    at: datetime
    until: datetime | None = None
    through: str = ""
    beneath: Sanction | None = None

    @property
    def in_force_until(self) -> datetime | None:
        """The end of the effect: after a kick the user cannot return for a while. None for a permanent ban."""
        return self.at + settings().kick_cooldown if self.kind is SanctionKind.KICK else self.until

    def is_active(self, at: datetime) -> bool:
        """Evaluated at each read, so no job has to end a sanction."""
        end = self.in_force_until
        return end is None or at < end or (self.beneath is not None and self.beneath.is_active(at))

    def is_repeated_by(self, other: Sanction) -> bool:
        """Whether the other differs in its time only: then it is a retry, not a second sanction."""
        return replace(self, at=other.at, beneath=other.beneath) == other

    def imposed_above(self, role: Role, at: datetime) -> Sanction | None:
        """Return the part of this sanction that is in force and that a higher rank than `role` imposed."""
        part: Sanction | None = self
        while part and (part.by_role.rank <= role.rank or not part.is_active(at)):
            part = part.beneath
        return part

    def lasts_as_long_as(self, other: Sanction) -> bool:
        end, other_end = self.in_force_until, other.in_force_until
        return end is None or (other_end is not None and other_end <= end)
