"""Imposing and lifting the sanctions of a member. `moderation` decides which are allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.circles.domain.member import Member, MemberState
from services.circles.domain.moderation import can_moderate
from services.circles.domain.permissions import Action
from services.circles.domain.roles import Role, Trust
from services.circles.domain.sanction import Sanction, SanctionKind
from services.circles.domain.screening import PendingStep
from services.circles.errors import MemberNotFound, RoleNotAllowed
from services.circles.settings import settings
from services.shared.kernel.clock import next_version

_STATE_AFTER = {SanctionKind.KICK: MemberState.KICKED, SanctionKind.BAN: MemberState.BANNED}


def impose_sanction(member: Member, sanction: Sanction, by: Member) -> Member:
    """Impose a sanction as a member of higher rank. Unchanged if it is repeated.

    It replaces what the same or a lower rank imposed, and adds to what a higher rank imposed, but cannot shorten that.
    A kick ends the membership; a ban also applies to a user who has left. A required approval stays required after both.
    Raises: RoleNotAllowed, MemberNotFound (a mute or kick of a user who is not in the circle).
    """
    is_mute, at = sanction.kind is SanctionKind.MUTE, sanction.at
    current = member.mute if is_mute else member.sanction
    by.require_can_moderate(member, Action.SANCTION, at, current=current, imposed=sanction)
    if current and current.is_repeated_by(sanction):
        return member
    if sanction.kind is not SanctionKind.BAN and not (member.is_active or member.is_pending):
        raise MemberNotFound
    details = {"reason": sanction.reason, "until": str(sanction.until)}
    trail = member.trail.extend(str(sanction.kind), actor=by.user_id, at=at, **details)
    after = replace(_block_trust(member, sanction), trail=trail, lift_reason="", version=next_version(member.version, at))
    sanction = replace(sanction, beneath=current.imposed_above(by.role, at) if current else None)
    if is_mute:
        return replace(after, mute=sanction)
    step = member.pending_step if member.pending_step is PendingStep.APPROVAL else None
    return replace(after, role=Role.MEMBER, state=_STATE_AFTER[sanction.kind], pending_step=step, sanction=sanction)


def _block_trust(member: Member, sanction: Sanction) -> Member:
    """Limit the trust to newcomer until some time after the sanction. A lower rank cannot shorten this either."""
    until, role = (sanction.until or sanction.at) + settings().trust_block, sanction.by_role
    current = member.trust_blocked_until
    if current and sanction.at < current and role.rank < member.trust_blocked_by.rank:
        until, role = max(until, current), member.trust_blocked_by
    return replace(member, trust=Trust.NEWCOMER, trust_blocked_until=until, trust_blocked_by=role)


def lift_sanctions(member: Member, by: Member, reason: str, *, at: datetime) -> Member:
    """End a mute, a ban and the time after a kick early. An excluded user is then out, but can rejoin.

    Unchanged if there is none. What a higher rank than that of `by` imposed stays in force.
    Raises: RoleNotAllowed (also if a higher rank imposed all that is in force).
    """
    by.require_can_moderate(member, Action.SANCTION, at)
    exclusion = member.sanction if member.is_excluded(at) else None
    in_force = [sanction for sanction in (member.active_mute(at), exclusion) if sanction]
    if not in_force:
        return member
    if not any(can_moderate(by.role, member.role, at, current=sanction) for sanction in in_force):
        raise RoleNotAllowed
    trail = member.trail.extend("lift", actor=by.user_id, at=at, reason=reason)
    mute = member.mute.imposed_above(by.role, at) if member.mute else None
    after = replace(member, trail=trail, mute=mute, lift_reason=reason, version=next_version(member.version, at))
    if by.role.rank >= member.trust_blocked_by.rank:
        after = replace(after, trust_blocked_until=None, trust_blocked_by=Role.MEMBER)
    if exclusion is None:
        return after
    stays = exclusion.imposed_above(by.role, at)
    return replace(after, state=_STATE_AFTER[stays.kind] if stays else MemberState.LEFT, sanction=stays)
