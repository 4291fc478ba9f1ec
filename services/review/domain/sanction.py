"""The sanction ladder. From restricted upwards, and down again from there, it takes two people; one alone may act in an
emergency, for a day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.domain.content import Reviewer
from services.review.errors import (
    ConflictOfInterest,
    EmergencySpent,
    NothingToLift,
    NothingToRatify,
    ProposalChanged,
    RatificationExpired,
    SamePersonTwice,
    SomethingPending,
)
from services.shared.kernel.clock import millis, next_version
from services.shared.security.account_status import NO_SANCTION, AccountStatus, SanctionLevel
from services.shared.security.audit import AuditTrail, canonical

RATIFY_WITHIN = timedelta(hours=24)
PROPOSAL_LIFETIME = timedelta(days=7)
EMERGENCY_AGAIN = timedelta(days=7)  # after one of the same human's lapsed
STRIKE_LIFETIME = timedelta(days=180)
TWO_PEOPLE_FROM = SanctionLevel.RESTRICTED


@dataclass(frozen=True, slots=True)
class Sanction:
    """A step that somebody put, or asks to put, a person under: until when (None: until lifted), why, by whom. `mistake`
    says of a lifting that the step should never have been: then it is no strike."""

    level: SanctionLevel
    until: datetime | None
    reason: str
    by: Reviewer
    at: datetime
    emergency: bool = False
    mistake: bool = False

    @property
    def ratify_by(self) -> datetime:
        return self.at + (RATIFY_WITHIN if self.emergency else PROPOSAL_LIFETIME)

    @property
    def holds_until(self) -> datetime | None:
        """An emergency lapses by itself, wherever it is read."""
        if not self.emergency:
            return self.until
        return min(self.until, self.ratify_by) if self.until else self.ratify_by

    @property
    def id(self) -> str:
        """What a second person agrees to: these very words."""
        said = [self.level, millis(self.until) if self.until else None, self.reason, self.by.user_id, millis(self.at)]
        return hashlib.sha256(canonical(said).encode()).hexdigest()[:16]

    def says(self, other: Sanction) -> bool:
        """The same word of the same person again: a retry."""
        return replace(self, at=other.at) == other


@dataclass(frozen=True, slots=True)
class Person:
    """What review keeps of a person: `last` is the sanction that stands, and `standing` what everybody is told of it;
    `pending` waits for a second person; `before` came before an emergency and comes back when it lapses; `strikes` are
    the moments of final sanctions, `lapsed` whose emergencies were not ratified, and when."""

    user_id: str
    trail: AuditTrail
    version: int = 0
    standing: AccountStatus = NO_SANCTION
    last: Sanction | None = None
    pending: Sanction | None = None
    before: Sanction | None = None
    strikes: tuple[datetime, ...] = ()
    expired: tuple[tuple[str, datetime], ...] = ()

    def strikes_at(self, at: datetime) -> int:
        return sum(at - strike < STRIKE_LIFETIME for strike in self.strikes)

    def impose(self, sanction: Sanction, identity_id: str) -> Person:
        """Upwards below restricted at once; in an emergency at once, for a day; else it waits for a second person.
        `human` is the digest of who is behind the account, if it is known."""
        self._require_other(sanction.by, identity_id)
        now = self.without_lapsed(at=sanction.at)
        stands = now.standing.at(sanction.at)
        if now._was_said(sanction, stands):
            return now
        if now.pending and not (sanction.emergency and not now.pending.emergency and now.pending.by.is_same_as(sanction.by)):
            raise SomethingPending
        if sanction.emergency:
            return now._act_alone(sanction)
        if sanction.level.includes(TWO_PEOPLE_FROM) or stands.includes(TWO_PEOPLE_FROM):
            return replace(now._log("proposed", sanction.by, sanction), pending=sanction)
        return now._take_effect("sanctioned", sanction, sanction.by)

    def ratify(self, by: Reviewer, proposal: str, identity_id: str, *, at: datetime) -> Person:
        """A second person's word on what they read: other than the first, under any account, and not the one it is about."""
        sanction = self.pending
        if sanction is None:
            raise NothingToRatify
        self._require_other(by, identity_id)
        if at >= sanction.ratify_by or (sanction.until and at >= sanction.until):
            raise RatificationExpired
        if proposal != sanction.id:
            raise ProposalChanged
        if by.is_same_as(sanction.by):
            raise SamePersonTwice
        return self._take_effect("ratified", replace(sanction, at=at, emergency=False), by)

    def refuse(self, by: Reviewer, proposal: str, identity_id: str, *, at: datetime) -> Person:
        """Drop what waits, as it was read; anybody may, whoever proposed it too. A retry finds it gone and changes nothing."""
        self._require_other(by, identity_id)
        now = self.without_lapsed(at=at)
        if now.pending is None or now.pending.id != proposal:
            return now
        return now._drop("dropped", by, at)

    def lift(self, by: Reviewer, reason: str, identity_id: str, *, mistake: bool, at: datetime) -> Person:
        """Let the person back. A step that two people took is lifted by two."""
        self._require_other(by, identity_id)
        now = self.without_lapsed(at=at)
        stands = now.standing.at(at)
        none = Sanction(SanctionLevel.NONE, None, reason, by, at, mistake=mistake)
        if now._was_said(none, stands):
            return now
        if now.pending:
            raise SomethingPending
        if stands is SanctionLevel.NONE:
            raise NothingToLift
        if stands.includes(TWO_PEOPLE_FROM):
            return replace(now._log("proposed", by, none), pending=none)
        return now._take_effect("lifted", none, by)

    def without_lapsed(self, *, at: datetime) -> Person:
        """What waited too long for a second person is undone: an emergency gives back what stood before it."""
        sanction = self.pending
        if sanction is None or at < sanction.ratify_by:
            return self
        step = self._drop("expired", sanction.by, at)
        return replace(step, expired=(*self.expired, (sanction.by.person, sanction.ratify_by))) if sanction.emergency else step

    def _was_said(self, sanction: Sanction, stands: SanctionLevel) -> bool:
        if self.pending and self.pending.says(sanction):
            return True
        return bool(self.last and stands is sanction.level and self.last.says(sanction))

    def _act_alone(self, sanction: Sanction) -> Person:
        """For a day, and by the same human not again for a week once it was not ratified."""
        mine = [at for person, at in self.expired if person == sanction.by.person]
        if mine and sanction.at - mine[-1] < EMERGENCY_AGAIN:
            raise EmergencySpent
        step = self._log("emergency", sanction.by, sanction)
        return replace(step, standing=self._told(sanction), last=sanction, pending=sanction, before=self.last)

    def _drop(self, action: str, by: Reviewer, at: datetime) -> Person:
        """What waits goes; an emergency gives back what stood before it."""
        sanction = self.pending or Sanction(SanctionLevel.NONE, None, "", by, at)
        step = replace(self._log(action, by, replace(sanction, at=at)), pending=None, before=None)
        if not sanction.emergency:
            return step
        stood = self.before
        standing = AccountStatus(stood.level, stood.holds_until, self.standing.valid_after) if stood else NO_SANCTION
        return replace(step, standing=replace(standing, valid_after=self.standing.valid_after), last=stood)

    def _take_effect(self, action: str, sanction: Sanction, by: Reviewer) -> Person:
        strikes = self.strikes
        if sanction.level is not SanctionLevel.NONE:
            strikes = (*strikes, sanction.at)
        elif sanction.mistake:
            strikes = strikes[:-1]
        step = self._log(action, by, sanction)
        return replace(step, standing=self._told(sanction), last=sanction, pending=None, before=None, strikes=strikes)

    def _told(self, sanction: Sanction) -> AccountStatus:
        out = sanction.level.includes(SanctionLevel.SUSPENDED)
        valid_after = millis(sanction.at) // 1000 if out else self.standing.valid_after
        return AccountStatus(sanction.level, sanction.holds_until, valid_after)

    def _require_other(self, by: Reviewer, identity_id: str) -> None:
        if by.user_id == self.user_id or by.person == identity_id:
            raise ConflictOfInterest

    def _log(self, action: str, by: Reviewer, sanction: Sanction) -> Person:
        said = {"level": sanction.level, "until": str(sanction.until), "reason": sanction.reason}
        trail = self.trail.extend(action, actor=by.user_id, at=sanction.at, **said)
        return replace(self, trail=trail, version=next_version(self.version, sanction.at))
