"""The platform sanctions of one user: how acts of reviewers and an appeal change them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain.content import Reviewer
from services.review.domain.sanction import Effect, Sanction, decide_effect
from services.review.domain.states import AppealState
from services.review.errors import (
    AppealPeriodExpired,
    ConflictOfInterest,
    DecisionAlreadyAppealed,
    EmergencyNotRatified,
    ProposalChanged,
    RatificationExpired,
    SanctionAlreadyPending,
    SanctionNotInForce,
    SanctionNotPending,
    SecondReviewerRequired,
)
from services.review.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.security.account_status import NO_SANCTION, AccountStatus, SanctionLevel
from services.shared.security.audit import AuditTrail


@dataclass(frozen=True, slots=True)
class SanctionRecord:
    """The platform sanctions of one user.

    current: the sanction in force; `account_status` is what other services receive.
    pending: a proposal or emergency that a second reviewer must ratify.
    previous: what an emergency covers; `account_status` contains it, and it is current again if the emergency expires or is
    rejected.
    strikes: when each final sanction took effect.
    unratified: per identity, when its last emergency expired or was rejected.
    """

    user_id: str
    trail: AuditTrail
    version: int = 0
    account_status: AccountStatus = NO_SANCTION
    current: Sanction | None = None
    pending: Sanction | None = None
    previous: Sanction | None = None
    strikes: tuple[datetime, ...] = ()
    unratified: tuple[tuple[str, datetime], ...] = ()

    def count_strikes(self, at: datetime) -> int:
        return sum(at - strike < settings().strike_lifetime for strike in self.strikes)

    def impose(self, sanction: Sanction, *, has_conflict: bool, identities: Collection[str] = ()) -> SanctionRecord:
        """Impose or propose a sanction, as `decide_effect` says.

        has_conflict: the reviewer has a conflict of interest with the user.
        identities: further identities of the reviewer. An emergency under one of them counts as the reviewer's own.
        Unchanged if the same reviewer repeats the same sanction.

        Raises: ConflictOfInterest, SanctionAlreadyPending, EmergencyNotHigher, EmergencyNotRatified.
        """
        self._require_no_conflict(sanction.by, has_conflict)
        now = self.expire_pending(at=sanction.at)
        if now._is_repeat(sanction):
            return now
        if now.pending and not now._is_urgent_proposal(sanction):
            raise SanctionAlreadyPending
        return now._act_alone("sanctioned", sanction, identities)

    def ratify(self, by: Reviewer, proposal_id: str, *, has_conflict: bool, at: datetime) -> SanctionRecord:
        """Put the pending sanction into force, as a second reviewer who read exactly this proposal.

        Raises: SanctionNotPending, ConflictOfInterest, RatificationExpired, ProposalChanged, SecondReviewerRequired.
        """
        sanction = self.pending
        if sanction is None:
            raise SanctionNotPending
        self._require_no_conflict(by, has_conflict)
        if at >= sanction.ratify_until:
            raise RatificationExpired
        if proposal_id != sanction.id:
            raise ProposalChanged
        if by.is_same_identity(sanction.by):
            raise SecondReviewerRequired
        ratified = replace(sanction, at=at, emergency=False, ratified=True, ratifier=by)
        return self._apply(decide_effect(self.find_in_force(at), ratified, reviewers=2), "ratified", ratified, by)

    def reject(self, by: Reviewer, proposal_id: str, *, has_conflict: bool, at: datetime) -> SanctionRecord:
        """Delete the pending sanction. Any reviewer can, the proposer too. Unchanged if it is no longer pending.

        A rejected emergency counts as unratified, or its proposer could reject it before it expires, and impose it again.
        Raises: ConflictOfInterest.
        """
        self._require_no_conflict(by, has_conflict)
        now = self.expire_pending(at=at)
        if now.pending is None or now.pending.id != proposal_id:
            return now
        return now._delete_pending(now.pending, "rejected", by, at=at, ended_at=at)

    def lift(self, by: Reviewer, reason: str, *, has_conflict: bool, mistake: bool, at: datetime) -> SanctionRecord:
        """Lift the current sanction, or propose it, as `decide_effect` says.

        Raises: ConflictOfInterest, SanctionAlreadyPending, SanctionNotInForce.
        """
        self._require_no_conflict(by, has_conflict)
        now = self.expire_pending(at=at)
        lifting = Sanction(SanctionLevel.NONE, None, reason, by, at, mistake=mistake)
        if now._is_repeat(lifting):
            return now
        if now.pending:
            raise SanctionAlreadyPending
        if now.find_in_force(at) is None:
            raise SanctionNotInForce
        return now._act_alone("lifted", lifting)

    def expire_pending(self, *, at: datetime) -> SanctionRecord:
        """Delete a pending sanction that was not ratified in time. An expired emergency restores the previous sanction."""
        sanction = self.pending
        if sanction is None or at < sanction.ratify_until:
            return self
        return self._delete_pending(sanction, "expired", sanction.by, at=at, ended_at=sanction.ratify_until)

    def is_suspended(self, at: datetime) -> bool:
        return self.account_status.at(at).includes(SanctionLevel.SUSPENDED)

    def is_suspended_by_two(self, at: datetime) -> bool:
        """Whether a suspension or ban is in force that two reviewers decided, also one that an emergency covers."""
        sanctions = [sanction for sanction in (self.current, self.previous) if sanction and sanction.ratified]
        return any(sanction.level.includes(SanctionLevel.SUSPENDED) and sanction.is_in_force(at) for sanction in sanctions)

    def find_in_force(self, at: datetime) -> Sanction | None:
        return self.current if self.current and self.current.is_in_force(at) else None

    def find_appealable(self) -> Sanction | None:
        """Find the sanction that the user can appeal: the last final one, also after its end, for its strike.

        An emergency cannot be appealed: within a day it ends by itself, or a second reviewer makes it a sanction that can.
        """
        current = self.current
        return current if current and current.level is not SanctionLevel.NONE and not current.emergency else None

    def submit_appeal(self, *, at: datetime) -> SanctionRecord:
        """Mark the sanction as appealed, once.

        Raises: SanctionNotInForce (there is none that can be appealed), DecisionAlreadyAppealed, AppealPeriodExpired.
        """
        sanction = self.find_appealable()
        if sanction is None:
            raise SanctionNotInForce
        if sanction.appeal:
            raise DecisionAlreadyAppealed
        if at >= sanction.appeal_until:
            raise AppealPeriodExpired(days=settings().appeal_period.days)
        appealed = replace(sanction, appeal=AppealState.OPEN)
        return replace(self, current=appealed, version=next_version(self.version, at))

    def end_appeal(self, appealed: Sanction, state: AppealState, by: Reviewer, note: str, *, at: datetime) -> SanctionRecord:
        """Apply the decision of an appeal against a sanction, whatever became of the sanction since.

        granted: the sanction was a mistake. Its strike is removed, and it is lifted if it is still current or covered by an
        emergency, which stays. So does a newer sanction: it is a decision of its own.
        """
        if state is AppealState.GRANTED:
            return self._grant_appeal(appealed, by, note, at)
        ended = [
            replace(sanction, appeal=state) if sanction and sanction.id == appealed.id else sanction
            for sanction in (self.current, self.previous)
        ]
        step = self._log("appeal upheld", by, replace(appealed, reason=note, at=at))
        return replace(step, current=ended[0], previous=ended[1])

    def _grant_appeal(self, appealed: Sanction, by: Reviewer, note: str, at: datetime) -> SanctionRecord:
        lifting = Sanction(SanctionLevel.NONE, None, note, by, at, mistake=True, appeal=AppealState.GRANTED)
        strikes = tuple(strike for strike in self.strikes if strike != appealed.at)
        step = replace(self._log("appeal granted", by, lifting), strikes=strikes)
        if self.current and self.current.id == appealed.id:
            is_lift_pending = self.pending is not None and self.pending.level is SanctionLevel.NONE
            # With nothing left to lift, its ratification would remove the strike of another sanction.
            return replace(step, pending=None if is_lift_pending else self.pending)._with_current(lifting)
        if self.previous and self.previous.id == appealed.id:
            return replace(step, previous=None)._with_current(self.current)
        return step

    def _is_repeat(self, sanction: Sanction) -> bool:
        if self.pending and self.pending.is_repeat_of(sanction):
            return True
        current = self.find_in_force(sanction.at) if sanction.level is not SanctionLevel.NONE else self.current
        return bool(current and current.is_repeat_of(sanction))

    def _is_urgent_proposal(self, sanction: Sanction) -> bool:
        """Whether a reviewer turns their pending proposal into an emergency."""
        pending = self.pending
        return bool(pending and sanction.emergency and not pending.emergency and pending.by.is_same_identity(sanction.by))

    def _act_alone(self, action: str, sanction: Sanction, identities: Collection[str] = ()) -> SanctionRecord:
        effect = decide_effect(self.find_in_force(sanction.at), sanction, reviewers=1)
        # Otherwise one reviewer could renew an emergency every day, and no second one would ever be needed.
        own = {sanction.by.identity_hash, *identities}
        ends = [ended_at for identity_hash, ended_at in self.unratified if identity_hash in own]
        if effect is Effect.COVERS and any(sanction.at - ended_at < settings().emergency_pause for ended_at in ends):
            raise EmergencyNotRatified
        return self._apply(effect, action, sanction, sanction.by)

    def _apply(self, effect: Effect, action: str, sanction: Sanction, by: Reviewer) -> SanctionRecord:
        if effect is Effect.PROPOSED:
            return replace(self._log("proposed", by, sanction), pending=sanction)
        if effect is Effect.COVERS:
            step = replace(self._log("emergency", by, sanction), pending=sanction, previous=self.current)
            return step._with_current(sanction)
        strikes = self.strikes
        if sanction.level is not SanctionLevel.NONE:
            strikes = (*strikes, sanction.at)
        elif sanction.mistake:
            strikes = strikes[:-1]
        step = replace(self._log(action, by, sanction), pending=None, previous=None, strikes=strikes)
        return step._with_current(sanction)

    def _delete_pending(
        self, sanction: Sanction, action: str, by: Reviewer, *, at: datetime, ended_at: datetime
    ) -> SanctionRecord:
        """Delete the pending sanction; if it is an emergency, the previous sanction is current again."""
        step = replace(self._log(action, by, replace(sanction, at=at)), pending=None, previous=None)
        if not sanction.emergency:
            return step
        unratified = dict(self.unratified) | {sanction.by.identity_hash: ended_at}
        return replace(step, unratified=tuple(unratified.items()))._with_current(self.previous)

    def _with_current(self, current: Sanction | None) -> SanctionRecord:
        """Return the record with its current sanction, and the account status that follows from current and previous."""
        valid_after = self.account_status.valid_after
        if current and current.level.includes(SanctionLevel.SUSPENDED):
            valid_after = max(valid_after, millis(current.at) // 1000)
        levels, ends, violations = zip(*(_get_published(sanction) for sanction in (current, self.previous)), strict=True)
        status = AccountStatus(levels[0], ends[0], valid_after, levels[1], ends[1])
        status = replace(status, violation=violations[0], previous_violation=violations[1])
        return replace(self, current=current, account_status=status)

    def _require_no_conflict(self, by: Reviewer, has_conflict: bool) -> None:
        if has_conflict or by.user_id == self.user_id:
            raise ConflictOfInterest

    def _log(self, action: str, by: Reviewer, sanction: Sanction) -> SanctionRecord:
        details = {"level": sanction.level, "until": str(sanction.until), "reason": sanction.reason}
        details["violation"] = sanction.violation or ""
        trail = self.trail.extend(action, actor=by.user_id, at=sanction.at, **details)
        return replace(self, trail=trail, version=next_version(self.version, sanction.at))


def _get_published(sanction: Sanction | None) -> tuple[SanctionLevel, datetime | None, str]:
    if sanction is None:
        return SanctionLevel.NONE, None, ""
    return sanction.level, sanction.effective_until, str(sanction.violation or "")
