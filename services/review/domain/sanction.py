"""The sanction ladder. From restricted upwards it takes two people; one alone may act in an emergency, for a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.domain.content import Reviewer
from services.review.errors import ConflictOfInterest, NothingToLift, NothingToRatify, RatificationLapsed, SamePersonTwice
from services.shared.audit import Trail
from services.shared.clock import millis, next_version
from services.shared.standing import CLEAR, Level, Standing

RATIFY_WITHIN = timedelta(hours=24)
PROPOSAL_LIFE = timedelta(days=7)
STRIKE_LIFE = timedelta(days=180)
TWO_PEOPLE_FROM = Level.RESTRICTED


@dataclass(frozen=True, slots=True)
class Sanction:
    """A step that somebody put, or asks to put, a person under: until when (None: until lifted), why, by whom."""

    level: Level
    until: datetime | None
    reason: str
    by: Reviewer
    at: datetime
    emergency: bool = False

    @property
    def needs_two(self) -> bool:
        return self.level.reaches(TWO_PEOPLE_FROM)

    @property
    def ratify_by(self) -> datetime:
        return self.at + (RATIFY_WITHIN if self.emergency else PROPOSAL_LIFE)


@dataclass(frozen=True, slots=True)
class Person:
    """What review keeps of a person: `standing` as everybody is told it; `pending` waits for a second person; `before` is
    what comes back when an emergency lapses; `strikes` are the moments of final sanctions."""

    user_id: str
    trail: Trail
    version: int = 0
    standing: Standing = CLEAR
    reason: str = ""
    pending: Sanction | None = None
    before: Standing = CLEAR
    strikes: tuple[datetime, ...] = ()

    def strikes_at(self, at: datetime) -> int:
        return sum(at - strike < STRIKE_LIFE for strike in self.strikes)

    def put_under(self, sanction: Sanction) -> Person:
        """At once, if one person may decide it; for a day, in an emergency; else it waits for a second person."""
        if sanction.by.user_id == self.user_id:
            raise ConflictOfInterest
        now = self.without_lapsed(at=sanction.at)
        if not sanction.needs_two:
            return now._take_effect("sanctioned", sanction, sanction.by, strike=True)
        if not sanction.emergency:
            return replace(now._log("proposed", sanction.by, sanction), pending=sanction)
        lasting = replace(sanction, until=sanction.ratify_by)  # lapses by itself wherever it is read
        stood = now.before if now.pending and now.pending.emergency else now.standing
        return replace(now._take_effect("emergency", lasting, sanction.by), pending=sanction, before=stood)

    def ratify(self, by: Reviewer, *, at: datetime) -> Person:
        """A second person's word: other than the first, under any account, and not the one it is about."""
        sanction = self.pending
        if sanction is None:
            raise NothingToRatify
        if at >= sanction.ratify_by:
            raise RatificationLapsed
        if by.user_id == self.user_id:
            raise ConflictOfInterest
        if by.is_same_as(sanction.by):
            raise SamePersonTwice
        return self._take_effect("ratified", replace(sanction, at=at), by, strike=True)

    def lift(self, by: Reviewer, reason: str, *, at: datetime) -> Person:
        """Let the person back: their tokens from before stay void."""
        if by.user_id == self.user_id:
            raise ConflictOfInterest
        if self.standing.at(at) is Level.NONE and self.pending is None:
            raise NothingToLift
        none = Sanction(Level.NONE, None, reason, by, at)
        return self._take_effect("lifted", none, by)

    def without_lapsed(self, *, at: datetime) -> Person:
        """What waited too long for a second person is undone: an emergency gives back what stood before it."""
        sanction = self.pending
        if sanction is None or at < sanction.ratify_by:
            return self
        standing = replace(self.before, valid_after=self.standing.valid_after) if sanction.emergency else self.standing
        step = self._log("lapsed", sanction.by, replace(sanction, at=at))
        return replace(step, standing=standing, pending=None, before=CLEAR)

    def _take_effect(self, action: str, sanction: Sanction, by: Reviewer, *, strike: bool = False) -> Person:
        out = sanction.level.reaches(Level.SUSPENDED)
        valid_after = millis(sanction.at) // 1000 if out else self.standing.valid_after
        return replace(
            self._log(action, by, sanction),
            pending=None,
            standing=Standing(sanction.level, sanction.until, valid_after),
            reason=sanction.reason,
            before=CLEAR,
            strikes=(*self.strikes, sanction.at) if strike else self.strikes,
        )

    def _log(self, action: str, by: Reviewer, sanction: Sanction) -> Person:
        said = {"level": sanction.level, "until": str(sanction.until), "reason": sanction.reason}
        trail = self.trail.extend(action, actor=by.user_id, at=sanction.at, **said)
        return replace(self, trail=trail, version=next_version(self.version, sanction.at))
