"""How the appearance of a member changes: with the profile, by a name of its own in the circle, and by a take-down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.circles.domain.member import Member
from services.circles.domain.profile import Appearance, Name, Profile
from services.shared.kernel.clock import next_version
from services.shared.security.take_downs import TakeDown


def copy_profile(member: Member, profile: Profile, *, at: datetime) -> Member:
    """Show the profile in the circle. Unchanged if this or a newer one is shown, or if the user is not a member now.

    So what a circle shows of a past member stays as it was when the membership ended.
    """
    return _with_appearance(member, member.appearance.copy(profile), at) if member.is_active else member


def set_own_name(member: Member, own: Name | None, profile: Profile, *, at: datetime) -> Member:
    """Set the member's name in this circle; None shows that of the profile again."""
    return _with_appearance(member, member.appearance.with_name(own, profile, at=at), at)


def take_name_down(member: Member, take_down: TakeDown, *, at: datetime) -> Member:
    """Show the default name in the circle, also of a past member, or the one before again."""
    return _with_appearance(member, member.appearance.apply_take_down(member.user_id, take_down, at=at), at)


def _with_appearance(member: Member, appearance: Appearance, at: datetime) -> Member:
    if appearance == member.appearance:
        return member
    return replace(member, appearance=appearance, version=next_version(member.version, at))
