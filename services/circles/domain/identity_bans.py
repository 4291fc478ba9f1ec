"""What a ban of one user does to the memberships of other users of the same identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.circles.domain.member import Member, MemberState
from services.circles.domain.moderation import can_moderate
from services.circles.domain.roles import Role
from services.circles.domain.screening import PendingStep
from services.shared.kernel.clock import next_version


def end_with_identity(member: Member, banned: Member, *, at: datetime) -> Member:
    """End a membership or a request to join, because another user of the same identity is banned.

    The ban of that user stays the only one: when it ends or is lifted, this user can return.
    A member of the same or a higher rank than the imposer had at the ban stays.
    """
    if banned.sanction is None or not banned.is_banned(at) or not (member.is_active or member.is_pending):
        return member
    if not can_moderate(banned.sanction.by_role, member.role, at):
        return member
    trail = member.trail.extend("ban", actor=banned.sanction.by, at=at, through=banned.user_id)
    sanction = replace(banned.sanction, through=banned.user_id)
    step = member.pending_step if member.pending_step is PendingStep.APPROVAL else None  # an approval stays required
    after = replace(member, role=Role.MEMBER, state=MemberState.BANNED, pending_step=step, sanction=sanction, trail=trail)
    return replace(after, request_text="", version=next_version(member.version, at))
