"""Appeals of users against a take-down of their content, or against a sanction of their account.

Each decision can be appealed once. Other reviewers decide the appeal: as many must grant it as decided the first time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.review.domain.calendar import add_working_time
from services.review.domain.content import Reviewer
from services.review.domain.sanction import Sanction
from services.review.domain.states import AppealState
from services.review.errors import AppealClosed, ConflictOfInterest, SecondReviewerRequired
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail


class AppealKind(StrEnum):
    """What the user appeals."""

    TAKE_DOWN = "take_down"
    SANCTION = "sanction"


class AppealOutcome(StrEnum):
    """What a reviewer decides. `granted`: the first decision was wrong. `upheld`: it stays, which is final."""

    GRANTED = "granted"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class AppealDecision:
    """The decision of one reviewer about an appeal."""

    reviewer: Reviewer
    outcome: AppealOutcome
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UserAppeal:
    """The appeal of one user against one decision.

    case_id: of the take-down; empty for a sanction. sanction: the sanction as it was appealed; None for a take-down.
    deciders: the reviewers of the first decision, or the moderator who removed a listing.
    decisions: those of other reviewers about the appeal.
    escalated: it was not decided by `due_at`.
    """

    id: str
    kind: AppealKind
    user_id: str
    statement: str
    submitted_at: datetime
    due_at: datetime
    deciders: tuple[Reviewer, ...]
    trail: AuditTrail
    version: int
    case_id: str = ""
    sanction: Sanction | None = None
    decisions: tuple[AppealDecision, ...] = ()
    escalated: bool = False

    @classmethod
    def submit(
        cls,
        id: str,
        user_id: str,
        statement: str,
        deciders: tuple[Reviewer, ...],
        *,
        at: datetime,
        salt: str,
        case_id: str = "",
        sanction: Sanction | None = None,
    ) -> UserAppeal:
        """Return a new appeal. Reviewers have `review_time` of working time for it, from now."""
        kind = AppealKind.TAKE_DOWN if case_id else AppealKind.SANCTION
        trail = AuditTrail(salt=salt).extend("appealed", actor=user_id, at=at, statement=statement)
        due_at, version = add_working_time(at, settings().review_time), next_version(0, at)
        return cls(id, kind, user_id, statement, at, due_at, deciders, trail, version, case_id, sanction)

    @property
    def grants(self) -> int:
        return sum(decision.outcome is AppealOutcome.GRANTED for decision in self.decisions)

    @property
    def grants_needed(self) -> int:
        return len(self.deciders)

    @property
    def state(self) -> AppealState:
        if any(decision.outcome is AppealOutcome.UPHELD for decision in self.decisions):
            return AppealState.UPHELD
        return AppealState.GRANTED if self.grants >= self.grants_needed else AppealState.OPEN

    @property
    def parties(self) -> set[str]:
        """The users with which a reviewer must have no conflict: its own, and the moderator who decided first, if one did."""
        return {self.user_id, *(decider.user_id for decider in self.deciders if not decider.identity_hash)}

    @property
    def reviewers(self) -> tuple[Reviewer, ...]:
        """The reviewers who decided before, the first decision or the appeal."""
        return (*self.deciders, *(decision.reviewer for decision in self.decisions))

    def has_decision(self, by: Reviewer, outcome: AppealOutcome, note: str) -> bool:
        """Whether the reviewer decided exactly this."""
        own = [decision for decision in self.decisions if decision.reviewer == by]
        return any((decision.outcome, decision.note) == (outcome, note) for decision in own)

    def decide(self, by: Reviewer, outcome: AppealOutcome, note: str, *, has_conflict: bool, at: datetime) -> UserAppeal:
        """Add the decision of a reviewer. One who upholds it ends the appeal; the last one who must grant it does too.

        has_conflict: the reviewer has a conflict of interest with the user, or reported the content.

        Raises: AppealClosed, ConflictOfInterest, SecondReviewerRequired (this identity decided before).
        """
        if self.state is not AppealState.OPEN:
            raise AppealClosed
        if has_conflict or by.user_id == self.user_id:
            raise ConflictOfInterest
        if any(by.is_same_identity(other) for other in self.reviewers):
            raise SecondReviewerRequired
        decisions = (*self.decisions, AppealDecision(by, outcome, note, at))
        return replace(self._log(f"appeal {outcome}", by.user_id, at, note=note), decisions=decisions)

    def escalate(self, *, at: datetime) -> UserAppeal:
        """Mark an appeal that is overdue, so that it is listed first. Unchanged if it is marked, decided or not due."""
        if self.escalated or self.state is not AppealState.OPEN or at < self.due_at:
            return self
        return replace(self._log("escalated", "schedule", at), escalated=True)

    def erase(self, *, at: datetime) -> UserAppeal:
        """Erase all texts, and the salt of the audit chain, which stays valid. Unchanged if they are erased."""
        if not self.trail.salt:
            return self
        decisions = tuple(replace(decision, note="") for decision in self.decisions)
        step = replace(self, statement="", decisions=decisions, trail=replace(self.trail, salt=""))
        return replace(step, version=next_version(self.version, at))

    def _log(self, action: str, actor: str, at: datetime, **details: str) -> UserAppeal:
        trail = self.trail.extend(action, actor=actor, at=at, **details)
        return replace(self, trail=trail, version=next_version(self.version, at))
