"""Platform sanctions of a user, and the rules for imposing them.

From `restricted` upwards a second reviewer must ratify a sanction, and its lifting too. A single reviewer can act alone in
an emergency, for a limited time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from services.review.domain.content import Reviewer
from services.review.errors import (
    ConflictOfInterest,
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
from services.shared.security.audit import AuditTrail, canonical_json

TWO_REVIEWERS_FROM = SanctionLevel.RESTRICTED


@dataclass(frozen=True, slots=True)
class Sanction:
    """A sanction that is in force or proposed. Level `none` lifts the current one.

    until: None for a sanction that is in force until it is lifted.
    mistake: a lifted sanction was wrong, so its strike is removed.
    """

    level: SanctionLevel
    until: datetime | None
    reason: str
    by: Reviewer
    at: datetime
    emergency: bool = False
    mistake: bool = False

    @property
    def ratify_until(self) -> datetime:
        return self.at + (settings().emergency_period if self.emergency else settings().proposal_period)

    @property
    def effective_until(self) -> datetime | None:
        """When the sanction expires. For an emergency this is published, so that it expires in every service by itself."""
        if not self.emergency:
            return self.until
        return min(self.until, self.ratify_until) if self.until else self.ratify_until

    @property
    def id(self) -> str:
        """A hash of what the second reviewer reads, so that a ratification applies to exactly that."""
        content = [self.level, millis(self.until) if self.until else None, self.reason, self.by.user_id, millis(self.at)]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:16]

    def is_repeat_of(self, other: Sanction) -> bool:
        """Whether both are the same request of the same reviewer, at any time."""
        return replace(self, at=other.at) == other


@dataclass(frozen=True, slots=True)
class SanctionRecord:
    """The platform sanctions of one user.

    current: the sanction in force; `account_status` is what other services receive.
    pending: a proposal or emergency that a second reviewer must ratify.
    previous: what an emergency replaced; restored if it expires or is rejected.
    strikes: when each final sanction took effect.
    unratified: the identity that imposed an emergency without ratification, and when it expired.
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

    def impose(self, sanction: Sanction, *, has_conflict: bool) -> SanctionRecord:
        """Impose a sanction below `restricted` or an emergency at once; propose any other.

        has_conflict: the reviewer has a conflict of interest with the user.
        Unchanged if the same reviewer repeats the same sanction.

        Raises: ConflictOfInterest, SanctionAlreadyPending, EmergencyNotRatified.
        """
        self._require_no_conflict(sanction.by, has_conflict)
        now = self.expire_pending(at=sanction.at)
        level = now.account_status.at(sanction.at)
        if now._is_repeat(sanction, level):
            return now
        if now.pending and not now._is_urgent_proposal(sanction):
            raise SanctionAlreadyPending
        if sanction.emergency:
            return now._impose_emergency(sanction)
        if sanction.level.includes(TWO_REVIEWERS_FROM) or level.includes(TWO_REVIEWERS_FROM):
            return replace(now._log("proposed", sanction.by, sanction), pending=sanction)
        return now._take_effect("sanctioned", sanction, sanction.by)

    def ratify(self, by: Reviewer, proposal_id: str, *, has_conflict: bool, at: datetime) -> SanctionRecord:
        """Put the pending sanction into force, as a second reviewer who read exactly this proposal.

        Raises: SanctionNotPending, ConflictOfInterest, RatificationExpired, ProposalChanged, SecondReviewerRequired.
        """
        sanction = self.pending
        if sanction is None:
            raise SanctionNotPending
        self._require_no_conflict(by, has_conflict)
        if at >= sanction.ratify_until or (sanction.until and at >= sanction.until):
            raise RatificationExpired
        if proposal_id != sanction.id:
            raise ProposalChanged
        if by.is_same_identity(sanction.by):
            raise SecondReviewerRequired
        return self._take_effect("ratified", replace(sanction, at=at, emergency=False), by)

    def reject(self, by: Reviewer, proposal_id: str, *, has_conflict: bool, at: datetime) -> SanctionRecord:
        """Delete the pending sanction. Any reviewer can, the proposer too. Unchanged if it is no longer pending."""
        self._require_no_conflict(by, has_conflict)
        now = self.expire_pending(at=at)
        if now.pending is None or now.pending.id != proposal_id:
            return now
        return now._delete_pending("rejected", by, at)

    def lift(self, by: Reviewer, reason: str, *, has_conflict: bool, mistake: bool, at: datetime) -> SanctionRecord:
        """Lift the current sanction. A sanction from `restricted` upwards is lifted by two reviewers: this proposes it.

        Raises: ConflictOfInterest, SanctionAlreadyPending, SanctionNotInForce.
        """
        self._require_no_conflict(by, has_conflict)
        now = self.expire_pending(at=at)
        level = now.account_status.at(at)
        lifting = Sanction(SanctionLevel.NONE, None, reason, by, at, mistake=mistake)
        if now._is_repeat(lifting, level):
            return now
        if now.pending:
            raise SanctionAlreadyPending
        if level is SanctionLevel.NONE:
            raise SanctionNotInForce
        if level.includes(TWO_REVIEWERS_FROM):
            return replace(now._log("proposed", by, lifting), pending=lifting)
        return now._take_effect("lifted", lifting, by)

    def expire_pending(self, *, at: datetime) -> SanctionRecord:
        """Delete a pending sanction that was not ratified in time. An expired emergency restores the previous sanction."""
        sanction = self.pending
        if sanction is None or at < sanction.ratify_until:
            return self
        step = self._delete_pending("expired", sanction.by, at)
        expired = (sanction.by.identity_hash, sanction.ratify_until)
        return replace(step, unratified=(*step.unratified, expired)) if sanction.emergency else step

    def _is_repeat(self, sanction: Sanction, level: SanctionLevel) -> bool:
        if self.pending and self.pending.is_repeat_of(sanction):
            return True
        return bool(self.current and level is sanction.level and self.current.is_repeat_of(sanction))

    def _is_urgent_proposal(self, sanction: Sanction) -> bool:
        """Whether a reviewer turns their pending proposal into an emergency."""
        pending = self.pending
        return bool(pending and sanction.emergency and not pending.emergency and pending.by.is_same_identity(sanction.by))

    def _impose_emergency(self, sanction: Sanction) -> SanctionRecord:
        # Otherwise one reviewer could renew an emergency every day, and no second one would ever be needed.
        own = [expired_at for identity_hash, expired_at in self.unratified if identity_hash == sanction.by.identity_hash]
        if own and sanction.at - own[-1] < settings().emergency_pause:
            raise EmergencyNotRatified
        step = self._log("emergency", sanction.by, sanction)
        status = self._account_status_of(sanction)
        return replace(step, account_status=status, current=sanction, pending=sanction, previous=self.current)

    def _delete_pending(self, action: str, by: Reviewer, at: datetime) -> SanctionRecord:
        sanction = self.pending or Sanction(SanctionLevel.NONE, None, "", by, at)
        step = replace(self._log(action, by, replace(sanction, at=at)), pending=None, previous=None)
        if not sanction.emergency:
            return step
        restored, valid_after = self.previous, self.account_status.valid_after
        level = restored.level if restored else SanctionLevel.NONE
        status = AccountStatus(level, restored.effective_until if restored else None, valid_after)
        return replace(step, account_status=status, current=restored)

    def _take_effect(self, action: str, sanction: Sanction, by: Reviewer) -> SanctionRecord:
        strikes = self.strikes
        if sanction.level is not SanctionLevel.NONE:
            strikes = (*strikes, sanction.at)
        elif sanction.mistake:
            strikes = strikes[:-1]
        step = self._log(action, by, sanction)
        status = self._account_status_of(sanction)
        return replace(step, account_status=status, current=sanction, pending=None, previous=None, strikes=strikes)

    def _account_status_of(self, sanction: Sanction) -> AccountStatus:
        suspends = sanction.level.includes(SanctionLevel.SUSPENDED)
        valid_after = millis(sanction.at) // 1000 if suspends else self.account_status.valid_after
        return AccountStatus(sanction.level, sanction.effective_until, valid_after)

    def _require_no_conflict(self, by: Reviewer, has_conflict: bool) -> None:
        if has_conflict or by.user_id == self.user_id:
            raise ConflictOfInterest

    def _log(self, action: str, by: Reviewer, sanction: Sanction) -> SanctionRecord:
        details = {"level": sanction.level, "until": str(sanction.until), "reason": sanction.reason}
        trail = self.trail.extend(action, actor=by.user_id, at=sanction.at, **details)
        return replace(self, trail=trail, version=next_version(self.version, sanction.at))
