"""Memberships. Their items are never deleted: a ban must stay in force for a user who left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.circles.domain.issuing import IssuingRight, issuing_right_of, owner_since_of
from services.circles.domain.passcode import Passcode
from services.circles.domain.permissions import PERMISSIONS, Action
from services.circles.domain.roles import ASSIGNABLE_ROLES, ROLE_BY_TRUST, Role, Trust
from services.circles.domain.sanction import Sanction, SanctionKind
from services.circles.domain.screening import PendingStep, Screening
from services.circles.errors import (
    CircleNotFound,
    MemberNotFound,
    OwnerCannotLeave,
    PasscodeRejected,
    RoleNotAllowed,
    ScreeningNotAnswered,
)
from services.circles.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import CallerMuted
from services.shared.security.audit import AuditTrail


class MemberState(StrEnum):
    PENDING = "pending"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Member:
    """The membership of one user in one circle.

    role: the assigned role; for ordinary members `effective_role` follows from `trust`.
    passcode_id, invited_by: the passcode that the member joined with, and its issuer.
    sanction: the kick or ban that ended the membership. mute: independent of it; stays when the user leaves and rejoins.
    pending_step: what a pending member waits for. A user who leaves while waiting for approval waits again when they rejoin.
    request_text: the text of a request to join, sent without a passcode; such a member needs approval.
    trust_blocked_until: the end of the time in which a past sanction limits the trust to newcomer.
    erased: whether the content of the membership was deleted after the circle closed.
    issuing, owner_since: the right to issue passcodes, and the version at which the ownership, with its passcodes, began.
    suspension: the version of the latest platform suspension that ended the member's passcodes.
    """

    circle_id: str
    user_id: str
    role: Role
    state: MemberState
    joined_at: datetime
    version: int
    trail: AuditTrail
    passcode_id: str = ""
    invited_by: str = ""
    sanction: Sanction | None = None
    mute: Sanction | None = None
    pending_step: PendingStep | None = None
    approved_at: datetime | None = None
    answers: tuple[str, ...] = ()
    trust: Trust = Trust.NEWCOMER
    trust_blocked_until: datetime | None = None
    request_text: str = ""
    erased: bool = False
    issuing: IssuingRight | None = None
    owner_since: int = 0
    suspension: int = 0

    def __post_init__(self) -> None:
        """Derive the rights to issue passcodes, so that every change of a membership passes this rule."""
        object.__setattr__(self, "issuing", issuing_right_of(self))
        object.__setattr__(self, "owner_since", owner_since_of(self))

    @property
    def effective_role(self) -> Role:
        return ROLE_BY_TRUST[self.trust] if self.role is Role.MEMBER else self.role

    @property
    def is_active(self) -> bool:
        return self.state is MemberState.MEMBER

    @property
    def is_pending(self) -> bool:
        return self.state is MemberState.PENDING

    def require(self, action: Action) -> None:
        """Raises: CircleNotFound (not an active member), RoleNotAllowed."""
        if not self.is_active:
            raise CircleNotFound
        if not self.can(action):
            raise RoleNotAllowed

    def can(self, action: Action) -> bool:
        return self.is_active and action in PERMISSIONS[self.effective_role]

    def require_can_issue(self, max_uses: int) -> None:
        """Regulars can issue passcodes of few uses; moderators of any number."""
        self.require(Action.INVITE)
        if max_uses > settings().max_passcode_uses_of_regular:
            self.require(Action.ISSUE_PASSCODE)

    def update_trust(self, earned: Trust, *, at: datetime) -> Member:
        """Set the earned trust; newcomer at first and until `trust_blocked_until`. Unchanged if it is the same."""
        is_new = at - self.joined_at < settings().min_membership_for_trust
        if is_new or (self.trust_blocked_until and at < self.trust_blocked_until):
            earned = Trust.NEWCOMER
        return self if earned is self.trust else replace(self, trust=earned, version=next_version(self.version, at))

    def require_not_muted(self, at: datetime) -> None:
        if self.active_mute(at):
            raise CallerMuted

    def active_mute(self, at: datetime) -> Sanction | None:
        return self.mute if self.mute and self.mute.is_active(at) else None

    def join(self, passcode_id: str, invited_by: str, screening: Screening | None, *, at: datetime) -> Member:
        """Join or rejoin with a passcode, as an ordinary member; pending if the circle screens newcomers.

        Raises: PasscodeRejected (banned: the error of a wrong passcode, so that it reveals nothing).
        """
        if self.is_banned(at):
            raise PasscodeRejected
        answers_first = PendingStep.ANSWERS if screening else None
        step = self.pending_step if self.pending_step is PendingStep.APPROVAL else answers_first
        state = MemberState.PENDING if step else MemberState.MEMBER
        after = replace(self, role=Role.MEMBER, state=state, pending_step=step, joined_at=at, sanction=None)
        after = replace(after, passcode_id=passcode_id, invited_by=invited_by, request_text="")
        return replace(after, version=next_version(self.version, at))

    def request_to_join(self, text: str, screening: Screening | None, *, at: datetime) -> Member:
        """Become pending without a passcode: answer first if the circle screens, then wait for approval.

        `invited_by` stays: it names the issuer of an earlier passcode.
        """
        skips_answers = not screening or self.pending_step is PendingStep.APPROVAL
        step = PendingStep.APPROVAL if skips_answers else PendingStep.ANSWERS
        after = replace(self, role=Role.MEMBER, state=MemberState.PENDING, pending_step=step, request_text=text)
        after = replace(after, joined_at=at, sanction=None, passcode_id="")
        return replace(after, version=next_version(self.version, at))

    def is_banned_or_recently_kicked(self, at: datetime, cooldown: timedelta) -> bool:
        kicked = self.sanction if self.state is MemberState.KICKED else None
        return self.is_banned(at) or (kicked is not None and at < kicked.at + cooldown)

    def answer_screening(self, screening: Screening | None, revision: int, answers: tuple[str, ...], *, at: datetime) -> Member:
        """Agree to the rules and answer the questions: then active, or pending until a moderator approves.

        Answers are not checked if the circle no longer screens.
        Raises: CircleNotFound (not pending), ScreeningChanged, AnswersIncomplete.
        """
        if not self.is_pending:
            raise CircleNotFound
        if screening:
            screening.require_answers(revision, answers)
        if self.pending_step is PendingStep.APPROVAL or self.request_text or (screening and screening.approval):
            if (self.pending_step, self.answers) == (PendingStep.APPROVAL, answers):
                return self
            return replace(self, pending_step=PendingStep.APPROVAL, answers=answers, version=next_version(self.version, at))
        after = replace(self, state=MemberState.MEMBER, pending_step=None, answers=answers)
        return replace(after, version=next_version(self.version, at))

    def approve(self, by: Member, *, at: datetime) -> Member:
        """Make a pending member active. Unchanged if they are active.

        Raises: RoleNotAllowed, MemberNotFound (not pending), ScreeningNotAnswered.
        """
        by.require(Action.APPROVE_MEMBER)
        if self.is_active:
            return self
        if not self.is_pending:
            raise MemberNotFound
        if self.pending_step is PendingStep.ANSWERS:
            raise ScreeningNotAnswered
        trail = self.trail.extend("approve", actor=by.user_id, at=at)
        after = replace(self, state=MemberState.MEMBER, pending_step=None, request_text="", approved_at=at, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def quarantine(self, passcode: Passcode, *, at: datetime) -> Member:
        """Make a member who joined with a leaked passcode wait for approval, as an ordinary member.

        Unchanged for the owner, for other passcodes, and if approved after the quarantine. Users that the
        member invited with other passcodes stay.
        """
        since, by = passcode.quarantined_at, passcode.quarantined_by
        is_cleared = since is None or (self.approved_at is not None and self.approved_at > since)
        is_waiting = self.is_pending and self.pending_step is PendingStep.APPROVAL
        is_owner = self.role is Role.OWNER
        is_affected = self.passcode_id == passcode.id and (self.is_active or self.is_pending)
        if is_owner or is_cleared or is_waiting or not is_affected:
            return self
        trail = self.trail.extend("quarantine", actor=by, at=at, passcode=passcode.id)
        after = replace(self, role=Role.MEMBER, state=MemberState.PENDING, pending_step=PendingStep.APPROVAL, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def is_banned(self, at: datetime) -> bool:
        """Whether a ban of this user is in force. A ban of another user of the same identity is in their membership."""
        ban = self.sanction if self.state is MemberState.BANNED else None
        return ban is not None and not ban.through and ban.is_active(at)

    def leave(self, *, at: datetime) -> Member:
        if self.role is Role.OWNER:
            raise OwnerCannotLeave
        return replace(self, role=Role.MEMBER, state=MemberState.LEFT, version=next_version(self.version, at))

    def can_become_owner(self, at: datetime) -> bool:
        """Whether the circle can be offered to this member: not a newcomer, and not muted."""
        return self.can(Action.POST_WITHOUT_LIMITS) and not self.active_mute(at)

    def become_owner(self, owner_since: int, *, at: datetime) -> Member:
        """Become the owner. With the former owner's `owner_since`, the passcodes of the ownership stay valid."""
        trail = self.trail.extend("owner", actor=self.user_id, at=at)
        version = next_version(self.version, at)
        return replace(self, role=Role.OWNER, owner_since=owner_since, trail=trail, version=version)

    def step_down(self, as_co_owner: bool, *, at: datetime) -> Member:
        """End the ownership: an owner who transferred the circle becomes co-owner, an absent or removed one a member.

        Unchanged if the member is not the owner.
        """
        if self.role is not Role.OWNER:
            return self
        role = Role.CO_OWNER if as_co_owner else Role.MEMBER
        trail = self.trail.extend(f"role {role}", actor=self.user_id, at=at)
        return replace(self, role=role, trail=trail, version=next_version(self.version, at))

    def close_membership(self, *, at: datetime) -> Member:
        """End the membership because the circle has closed."""
        if not (self.is_active or self.is_pending):
            return self
        return replace(
            self, role=Role.MEMBER, state=MemberState.LEFT, pending_step=None, version=next_version(self.version, at)
        )

    def erase(self, *, at: datetime) -> Member:
        """Delete everything but who was a member and how the membership ended."""
        if self.erased:
            return self
        after = replace(self, answers=(), request_text="", mute=None, trust=Trust.NEWCOMER, trust_blocked_until=None)
        sanction = replace(self.sanction, reason="") if self.sanction else None
        return replace(after, sanction=sanction, erased=True, version=next_version(self.version, at))

    def impose(self, sanction: Sanction, by: Member) -> Member:
        """Impose a sanction as a member of higher rank. Unchanged if it is repeated.

        A kick ends the membership; a ban also applies to a user who has left. A required approval stays required after both.
        Raises: RoleNotAllowed, MemberNotFound (a mute or kick of a user who is not in the circle).
        """
        by.require_outranks(self)
        if any(current and current.is_repeated_by(sanction) for current in (self.sanction, self.mute)):
            return self
        if sanction.kind is not SanctionKind.BAN and not (self.is_active or self.is_pending):
            raise MemberNotFound
        details = {"reason": sanction.reason, "until": str(sanction.until)}
        trail = self.trail.extend(str(sanction.kind), actor=by.user_id, at=sanction.at, **details)
        blocked_until = (sanction.until or sanction.at) + settings().trust_block
        after = replace(self, trust=Trust.NEWCOMER, trust_blocked_until=blocked_until, trail=trail)
        after = replace(after, version=next_version(self.version, sanction.at))
        if sanction.kind is SanctionKind.MUTE:
            return replace(after, mute=sanction)
        state = MemberState.BANNED if sanction.kind is SanctionKind.BAN else MemberState.KICKED
        step = self.pending_step if self.pending_step is PendingStep.APPROVAL else None
        return replace(after, role=Role.MEMBER, state=state, pending_step=step, sanction=sanction)

    def lift_sanctions(self, by: Member, reason: str, *, at: datetime) -> Member:
        """End a mute and a ban early. A banned user is then out, but can rejoin. Unchanged if there is neither."""
        by.require_outranks(self)
        if not (self.active_mute(at) or self.is_banned(at)):
            return self
        trail = self.trail.extend("lift", actor=by.user_id, at=at, reason=reason)
        after = replace(self, trail=trail, mute=None, version=next_version(self.version, at))
        after = replace(after, trust_blocked_until=None)
        return replace(after, state=MemberState.LEFT, sanction=None) if self.is_banned(at) else after

    def require_outranks(self, other: Member) -> None:
        """Members with the right to sanction can do so only against lower ranks, and never against themselves."""
        self.require(Action.SANCTION)
        if self.role.rank <= other.role.rank or self.user_id == other.user_id:
            raise RoleNotAllowed

    def set_role(self, role: Role, by: Member, *, at: datetime) -> Member:
        """Assign a role below that of `by` to a member below `by`.

        Raises: RoleNotAllowed, MemberNotFound (not active).
        """
        by.require(Action.SET_ROLE)
        is_below = max(role.rank, self.role.rank) < by.role.rank
        if self.user_id == by.user_id or role not in ASSIGNABLE_ROLES or not is_below:
            raise RoleNotAllowed
        if not self.is_active:
            raise MemberNotFound
        if role is self.role:
            return self
        trail = self.trail.extend(f"role {role}", actor=by.user_id, at=at)
        return replace(self, role=role, trail=trail, version=next_version(self.version, at))
