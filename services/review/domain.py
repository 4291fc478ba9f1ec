"""Applications to own a circle, and the seats they compete for. Pure: state and rules, no input or output."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.review.errors import (
    AlreadyClaimed,
    ApplicationChanged,
    ApplicationNotOpen,
    ConflictOfInterest,
    ExtensionsUsedUp,
    LeaseLapsed,
    SamePersonTwice,
)
from services.shared.audit import Trail, canonical
from services.shared.clock import next_version
from services.shared.errors import FieldError, Invalid

LEASE = timedelta(minutes=15)
MOST_EXTENSIONS = 4
APPROVALS_NEEDED = 2


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACTIVE = "active"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a decision fell as it did; each has its words in both languages in `schemas.py`."""

    MEETS_CRITERIA = "meets_criteria"
    RESONANCE_WEAK = "resonance_weak"
    CIRCLE_VAGUE = "circle_vague"
    EARLY_BUILDING_UNCLEAR = "early_building_unclear"
    TOO_LITTLE_TIME = "too_little_time"
    EVIDENCE_LACKING = "evidence_lacking"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Content:
    """What an applicant tells: the four criteria (resonance, a definite circle, early building, time), the evidence of
    experience, the plan, and the digest of the verifier's real-name token. A draft may lack any of it."""

    resonance: str = ""
    circle_name: str = ""
    circle_tags: tuple[str, ...] = ()
    circle_definition: str = ""
    early_building: str = ""
    weekly_hours: int = 0
    evidence: tuple[str, ...] = ()
    plan: str = ""
    person: str = ""

    def missing(self) -> tuple[str, ...]:
        return tuple(one.name for one in fields(self) if not getattr(self, one.name))

    def as_dict(self) -> dict[str, object]:
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @property
    def hash(self) -> str:
        """The version that a reviewer read, and that an approval is bound to."""
        return hashlib.sha256(canonical(self.as_dict()).encode()).hexdigest()[:32]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who may decide; `person` is the digest of the real name behind the account."""

    user_id: str
    person: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One reviewer's lease on an application."""

    reviewer: str
    until: datetime
    extensions: int = 0

    def is_live(self, at: datetime) -> bool:
        return at < self.until


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reviewer sends in: the verdict with scores, coded reasons, words, and the hash of the version it is about."""

    approves: bool
    content_hash: str
    scores: dict[str, int]
    reasons: tuple[Reason, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one reviewer found, of which version, and why."""

    reviewer: Reviewer
    approves: bool
    content_hash: str
    scores: Mapping[str, int]
    reasons: tuple[Reason, ...]
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cohort:
    """A launch group with its seats; the row of each is written by the decision that fills a seat."""

    name: str
    quota: int
    taken: int = 0
    waiting: int = 0

    def admit(self) -> tuple[Cohort, int | None, int | None]:
        """The cohort after one more approval, with the seat or the place on the waitlist that it gave."""
        if self.taken < self.quota:
            return replace(self, taken=self.taken + 1), self.taken + 1, None
        return replace(self, waiting=self.waiting + 1), None, self.waiting + 1


@dataclass(frozen=True, slots=True)
class Application:
    """A person's application and all that was decided about it. Methods give the next state."""

    id: str
    applicant: str
    cohort: str
    content: Content
    created_at: datetime
    version: int
    trail: Trail
    state: State = State.DRAFT
    edition: int = 1
    submitted_at: datetime | None = None
    claim: Claim | None = None
    decisions: tuple[Decision, ...] = field(default=())
    seat: int | None = None
    waitlist_position: int | None = None

    def edit(self, content: Content, *, at: datetime) -> Application:
        """A draft is replaced. After submission a new edition begins: what was approved or claimed before was another text."""
        if self.state is State.DRAFT:
            return replace(self, content=content, version=next_version(self.version, at))
        self._require(State.SUBMITTED)
        _require_complete(content)
        trail = self.trail.extend("edited", actor=self.applicant, at=at, content_hash=content.hash)
        step = replace(self, content=content, edition=self.edition + 1, claim=None, decisions=(), trail=trail)
        return replace(step, version=next_version(self.version, at))

    def submit(self, *, at: datetime) -> Application:
        self._require(State.DRAFT)
        _require_complete(self.content)
        trail = self.trail.extend("submitted", actor=self.applicant, at=at, content_hash=self.content.hash)
        return replace(self, state=State.SUBMITTED, submitted_at=at, trail=trail, version=next_version(self.version, at))

    def claim_by(self, reviewer: Reviewer, *, at: datetime) -> Application:
        self._require(State.SUBMITTED)
        self.require_independent(reviewer)
        if self.claim and self.claim.is_live(at) and self.claim.reviewer != reviewer.user_id:
            raise AlreadyClaimed
        if self.claim and self.claim.is_live(at):
            return self
        return replace(self, claim=Claim(reviewer.user_id, at + LEASE), version=next_version(self.version, at))

    def extend_claim(self, reviewer: str, *, at: datetime) -> Application:
        claim = self._held(reviewer, at)
        if claim.extensions >= MOST_EXTENSIONS:
            raise ExtensionsUsedUp
        longer = replace(claim, until=at + LEASE, extensions=claim.extensions + 1)
        return replace(self, claim=longer, version=next_version(self.version, at))

    def release_claim(self, reviewer: str, *, at: datetime) -> Application:
        self._held(reviewer, at)
        return replace(self, claim=None, version=next_version(self.version, at))

    def require_independent(self, reviewer: Reviewer) -> None:
        """The two-person rule: not the applicant, under any account, and nobody twice."""
        if reviewer.user_id == self.applicant or reviewer.person == self.content.person:
            raise ConflictOfInterest
        if any(reviewer.user_id == one.reviewer.user_id or reviewer.person == one.reviewer.person for one in self.decisions):
            raise SamePersonTwice

    def decide(self, decision: Decision, cohort: Cohort) -> tuple[Application, Cohort]:
        """Take a decision of the reviewer who holds the lease, about the version that stands. The second approval takes
        a seat of the cohort or, when none is left, a place on its waitlist."""
        self._require(State.SUBMITTED)
        self.require_independent(decision.reviewer)
        self._held(decision.reviewer.user_id, decision.at)
        if decision.content_hash != self.content.hash:
            raise ApplicationChanged
        step = self._record(decision)
        if not decision.approves:
            return replace(step, state=State.REJECTED), cohort
        if len(step.decisions) < APPROVALS_NEEDED:
            return step, cohort
        cohort, seat, position = cohort.admit()
        state = State.ACTIVE if seat else State.WAITLISTED
        return replace(step, state=state, seat=seat, waitlist_position=position), cohort

    def _record(self, decision: Decision) -> Application:
        trail = self.trail.extend(
            "approved" if decision.approves else "rejected",
            actor=decision.reviewer.user_id,
            at=decision.at,
            content_hash=decision.content_hash,
            scores=dict(decision.scores),
            reasons=list(decision.reasons),
            note=decision.note,
        )
        decided = (*self.decisions, decision)
        return replace(self, decisions=decided, claim=None, trail=trail, version=next_version(self.version, decision.at))

    def _held(self, reviewer: str, at: datetime) -> Claim:
        if self.claim is None or self.claim.reviewer != reviewer or not self.claim.is_live(at):
            raise LeaseLapsed
        return self.claim

    def _require(self, state: State) -> None:
        if self.state is not state:
            raise ApplicationNotOpen(f"The application is {self.state}.")


def _require_complete(content: Content) -> None:
    if missing := content.missing():
        names = ("real_name_token" if name == "person" else name for name in missing)
        raise Invalid(fields=tuple(FieldError(f"/{name}", "is needed before you submit") for name in names))
