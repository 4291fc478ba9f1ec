"""Memberships. Their items are never deleted: a ban must stay in force for a user who left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.circles.domain.issuing import IssuingRight, issuing_right_of, owner_since_of
from services.circles.domain.moderation import can_moderate
from services.circles.domain.passcode import Passcode
from services.circles.domain.permissions import KINDS, PERMISSIONS, Action
from services.circles.domain.profile import UNNAMED, Appearance
from services.circles.domain.role_proposals import RoleProposal, proposal_after
from services.circles.domain.roles import ROLE_BY_TRUST, Role, Trust
from services.circles.domain.sanction import Sanction
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
from services.shared.security.actions import ActionKind, require_not_muted
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
    trust_blocked_until: the end of the time in which a past sanction limits the trust to newcomer. trust_blocked_by: the
    highest role that imposed it. role_set_at: when the role was last assigned.
    erased: whether its content was deleted after the circle closed, or with the account. is_account_deleted: with the account.
    issuing, owner_since: the right to issue passcodes, and the version at which the ownership, with its passcodes, began.
    suspension: the version of the latest platform suspension that ended the member's passcodes.
    member_since: the version at which the user became a member, after a pending time if there was one. was_member: also now.
    appearance: what the circle shows of the user; of a past member, what it showed at the end.
    proposal: a higher role that waits for the member's answer. lift_reason: of the last lifting, for the moderation log.
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
    trust_blocked_by: Role = Role.MEMBER
    role_set_at: datetime | None = None
    request_text: str = ""
    erased: bool = False
    is_account_deleted: bool = False
    issuing: IssuingRight | None = None
    owner_since: int = 0
    suspension: int = 0
    member_since: int = 0
    was_member: bool = False
    appearance: Appearance = UNNAMED
    proposal: RoleProposal | None = None
    lift_reason: str = ""

    def __post_init__(self) -> None:
        """Derive the rights to issue passcodes and the beginnings, so that every change of a membership passes this rule."""
        object.__setattr__(self, "issuing", issuing_right_of(self))
        object.__setattr__(self, "owner_since", owner_since_of(self))
        object.__setattr__(self, "proposal", proposal_after(self))
        object.__setattr__(self, "member_since", (self.member_since or self.version) if self.is_active else 0)
        object.__setattr__(self, "was_member", self.was_member or self.is_active)
        object.__setattr__(self, "appearance", self.appearance.named(self.user_id))

    @property
    def effective_role(self) -> Role:
        return ROLE_BY_TRUST[self.trust] if self.role is Role.MEMBER else self.role

    @property
    def is_active(self) -> bool:
        return self.state is MemberState.MEMBER

    @property
    def is_pending(self) -> bool:
        return self.state is MemberState.PENDING

    def require(self, action: Action, at: datetime) -> None:
        """Raises: CircleNotFound (not an active member), CallerMuted, RoleNotAllowed."""
        if not self.is_active:
            raise CircleNotFound
        self.require_not_muted(KINDS[action], at)
        if not self.can(action):
            raise RoleNotAllowed

    def can(self, action: Action) -> bool:
        return self.is_active and action in PERMISSIONS[self.effective_role]

    def require_can_issue(self, max_uses: int, at: datetime) -> None:
        """Regulars can issue passcodes of few uses; moderators of any number."""
        if max_uses > settings().max_passcode_uses_of_regular:
            self.require(Action.ISSUE_PASSCODE, at)

    def update_trust(self, earned: Trust, *, at: datetime) -> Member:
        """Set the earned trust; newcomer at first and until `trust_blocked_until`. Unchanged if it is the same."""
        is_new = at - self.joined_at < settings().min_membership_for_trust
        if is_new or (self.trust_blocked_until and at < self.trust_blocked_until):
            earned = Trust.NEWCOMER
        return self if earned is self.trust else replace(self, trust=earned, version=next_version(self.version, at))

    def require_not_muted(self, kind: ActionKind, at: datetime) -> None:
        """Require that no mute in this circle denies this kind of action, also to a user who is not a member now."""
        require_not_muted(kind, is_muted=self.active_mute(at) is not None)

    def open_proposal(self, at: datetime) -> RoleProposal | None:
        return self.proposal if self.proposal and self.proposal.is_open(at) else None

    def active_mute(self, at: datetime) -> Sanction | None:
        return self.mute if self.mute and self.mute.is_active(at) else None

    def join(self, passcode_id: str, invited_by: str, screening: Screening | None, *, at: datetime) -> Member:
        """Join or rejoin with a passcode, as an ordinary member; pending if the circle screens newcomers.

        Raises: PasscodeRejected (banned or kicked recently: the error of a wrong passcode, so that it reveals nothing).
        """
        if self.is_excluded(at):
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
        by.require(Action.APPROVE_MEMBER, at)
        if self.is_active:
            return self
        by.require_can_moderate(self, Action.APPROVE_MEMBER, at)
        if not self.is_pending:
            raise MemberNotFound
        if self.pending_step is PendingStep.ANSWERS:
            raise ScreeningNotAnswered
        trail = self.trail.extend("approve", actor=by.user_id, at=at)
        after = replace(self, state=MemberState.MEMBER, pending_step=None, request_text="", approved_at=at, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def quarantine(self, passcode: Passcode, *, at: datetime) -> Member:
        """Make a member who joined with a leaked passcode wait for approval, as an ordinary member.

        Unchanged for the rank of the member who quarantined it and higher ranks, for other passcodes, and if approved or
        given a role after the quarantine. Users that the member invited with other passcodes stay.
        """
        since, by = passcode.quarantined_at, passcode.quarantined_by
        # A role that was set later clears: the rank at the time of the quarantine is not stored, and the stream can repeat it.
        is_cleared = since is None or any(time and time > since for time in (self.approved_at, self.role_set_at))
        is_waiting = self.is_pending and self.pending_step is PendingStep.APPROVAL
        is_affected = self.passcode_id == passcode.id and (self.is_active or self.is_pending)
        if is_cleared or is_waiting or not is_affected or not can_moderate(passcode.quarantined_by_role, self.role, at):
            return self
        trail = self.trail.extend("quarantine", actor=by, at=at, passcode=passcode.id)
        after = replace(self, role=Role.MEMBER, state=MemberState.PENDING, pending_step=PendingStep.APPROVAL, trail=trail)
        return replace(after, version=next_version(self.version, at))

    def is_banned(self, at: datetime) -> bool:
        """Whether a ban of this user is in force. A ban of another user of the same identity is in their membership."""
        ban = self.sanction if self.state is MemberState.BANNED else None
        return ban is not None and not ban.through and ban.is_active(at)

    def is_excluded(self, at: datetime) -> bool:
        """Whether the user cannot return: banned, or kicked recently. A ban through another user is not counted."""
        sanction = self.sanction if self.state in (MemberState.BANNED, MemberState.KICKED) else None
        return sanction is not None and not sanction.through and sanction.is_active(at)

    def leave(self, *, at: datetime) -> Member:
        """End the membership, or a request. A kick or a ban that came first stays.

        Raises: CircleNotFound (neither a member nor pending), OwnerCannotLeave.
        """
        if not (self.is_active or self.is_pending):
            raise CircleNotFound
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
        return replace(self, role=Role.OWNER, role_set_at=at, owner_since=owner_since, trail=trail, version=version)

    def step_down(self, as_co_owner: bool, *, at: datetime) -> Member:
        """End the ownership: an owner who transferred the circle becomes co-owner, an absent or removed one a member.

        Unchanged if the member is not the owner.
        """
        if self.role is not Role.OWNER:
            return self
        role = Role.CO_OWNER if as_co_owner else Role.MEMBER
        trail = self.trail.extend(f"role {role}", actor=self.user_id, at=at)
        return replace(self, role=role, role_set_at=at, trail=trail, version=next_version(self.version, at))

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
        sanction = replace(self.sanction, reason="", beneath=None) if self.sanction else None
        after = replace(after, appearance=UNNAMED, lift_reason="", erased=True)
        return replace(after, sanction=sanction, version=next_version(self.version, at))

    def require_can_moderate(
        self,
        target: Member,
        action: Action,
        at: datetime,
        *,
        assigned: Role = Role.MEMBER,
        current: Sanction | None = None,
        imposed: Sanction | None = None,
    ) -> None:
        """Require the permission for the action and the rank over the target; never against oneself.

        Raises: CircleNotFound (not an active member), CallerMuted, RoleNotAllowed.
        """
        self.require(action, at)
        can = can_moderate(self.role, target.role, at, assigned=assigned, current=current, imposed=imposed)
        if not can or self.user_id == target.user_id:
            raise RoleNotAllowed
