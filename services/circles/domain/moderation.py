"""Rank, direction and length: which members a role can moderate, and which of their sanctions it can replace or lift."""

from __future__ import annotations

from datetime import datetime

from services.circles.domain.roles import Role
from services.circles.domain.sanction import Sanction


def can_moderate(
    by: Role,
    target: Role,
    at: datetime,
    *,
    assigned: Role = Role.MEMBER,
    current: Sanction | None = None,
    imposed: Sanction | None = None,
) -> bool:
    """Whether a member with the role `by` can do this to a member with the role `target`.

    The one rule for kick, ban, mute, quarantine, lifting, approval and role. It has three parts:
    rank: `by` is above the target's role and above the role that the target gets, `assigned`.
    direction: a sanction in force, `current`, can be lifted or replaced by the rank that imposed it or a higher one.
    length: a lower rank can only add to it: `imposed` must not end before what a higher rank imposed.
    """
    if max(target.rank, assigned.rank) >= by.rank:
        return False
    above = current.imposed_above(by, at) if current else None
    if above is None:
        return True
    return imposed.lasts_as_long_as(above) if imposed else above is not current
