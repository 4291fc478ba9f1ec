"""An application to own a circle: its content, who works on it, what was decided, and every step it may take."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.review.domain.calendar import add_working, working_between
from services.review.domain.cohort import Cohort
from services.review.domain.content import Appeal, Claim, Content, Decision, Question, Reviewer
from services.review.domain.states import (
    ANSWER_WITHIN,
    APPEAL_WITHIN,
    APPROVALS_NEEDED,
    KEPT_FOR,
    LEASE,
    MAX_EXTENSIONS,
    MAX_QUESTIONS,
    OVER,
    SLA,
    TRANSITIONS,
    UNDER_REVIEW,
    ReviewQueue,
    State,
)
from services.review.errors import (
    AlreadyAppealed,
    AlreadyClaimed,
    AppealTooLate,
    ApplicationChanged,
    ApplicationNotOpen,
    ConflictOfInterest,
    ExtensionsUsedUp,
    InformationAskedTwice,
    LeaseExpired,
    RealNameMissing,
    SamePersonTwice,
)
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.security.audit import AuditTrail


@dataclass(frozen=True, slots=True)
class Application:
    """A person's application and all that was decided about it. Methods give the next state."""

    id: str
    applicant: str
    cohort: str
    content: Content
    created_at: datetime
    version: int
    trail: AuditTrail
    state: State = State.DRAFT
    revision: int = 1
    submitted_at: datetime | None = None
    claim: Claim | None = None
    decisions: tuple[Decision, ...] = field(default=())
    seat: int | None = None
    waitlist_position: int | None = None
    adult: bool = False
    active_days: int = 0
    sealed: str = ""  # the applicant's masked name and links, encrypted
    due_at: datetime | None = None
    sla_left: timedelta | None = None  # while the clock stands
    escalated: bool = False
    question: Question | None = None
    questions: int = 0
    appeal: Appeal | None = None
    flags: tuple[str, ...] = ()

    @property
    def instance(self) -> int:
        return 2 if self.appeal else 1

    @property
    def approvals(self) -> int:
        """Approvals of this instance."""
        return sum(one.approves for one in self.decisions if one.instance == self.instance)

    @property
    def queue(self) -> ReviewQueue | None:
        if self.state in UNDER_REVIEW and self.escalated:
            return ReviewQueue.ESCALATED
        if self.state in OVER:
            return ReviewQueue.ERASE if self.due_at else None
        lanes = {State.SUBMITTED: ReviewQueue.REVIEW, State.APPEALED: ReviewQueue.APPEAL, State.NEEDS_INFO: ReviewQueue.WAITING}
        return lanes.get(self.state)

    def edit(self, content: Content, sealed: str, statement: tuple[bool, int], *, at: datetime) -> Application:
        """A draft is replaced. After submission a new revision begins: what was approved or claimed before was another text.
        `statement` is what the verifier says of age and activity."""
        adult, active_days = statement
        step = replace(self, content=content, sealed=sealed, adult=adult, active_days=active_days)
        step = replace(step, version=next_version(self.version, at))
        if self.state is State.DRAFT:
            return step
        self._require(State.SUBMITTED, State.NEEDS_INFO)
        _require_complete(content)
        if content.person != self.content.person:
            raise Invalid(fields=(FieldError("/real_name_token", "is about another person than the application"),))
        trail = self.trail.extend("edited", actor=self.applicant, at=at, content_hash=content.hash)
        return replace(step, revision=self.revision + 1, claim=None, decisions=(), trail=trail)

    def submit(self, *, at: datetime) -> Application:
        """Hand it in, or answer a question: then the clock goes on from where it stood."""
        self._require(State.DRAFT, State.NEEDS_INFO)
        _require_complete(self.content)
        if self.state is State.NEEDS_INFO and self.due_at and at >= self.due_at:
            raise ApplicationNotOpen("The time to answer is over.")
        left = SLA if self.sla_left is None else self.sla_left
        step = self._log("submitted", self.applicant, at, content_hash=self.content.hash)
        step = replace(step, submitted_at=self.submitted_at or at, due_at=add_working(at, left), sla_left=None, question=None)
        return step._to(State.SUBMITTED)

    def withdraw(self, *, at: datetime) -> Application:
        step = self._log("withdrawn", self.applicant, at)
        return replace(step, claim=None, due_at=at + KEPT_FOR)._to(State.WITHDRAWN)

    def contest(self, appeal: Appeal) -> Application:
        """Appeal, once, against a reason that was given, within its time. Those who decided before take no part."""
        if self.appeal:
            raise AlreadyAppealed
        self._require(State.REJECTED)
        last = self.decisions[-1]
        if appeal.at >= last.at + APPEAL_WITHIN:
            raise AppealTooLate
        if appeal.cites not in last.reasons:
            raise Invalid(fields=(FieldError("/cites", "is not a reason of the decision"),))
        step = self._log("appealed", self.applicant, appeal.at, cites=appeal.cites, statement=appeal.statement)
        due = add_working(appeal.at, SLA)
        return replace(step, appeal=appeal, due_at=due, escalated=False)._to(State.APPEALED)

    def claim_by(self, reviewer: Reviewer, *, tied: bool, at: datetime) -> Application:
        self._require(*UNDER_REVIEW)
        self.require_independent(reviewer, tied=tied)
        if self.claim and self.claim.is_live(at) and self.claim.reviewer != reviewer.user_id:
            raise AlreadyClaimed
        if self.claim and self.claim.is_live(at):
            return self
        return replace(self, claim=Claim(reviewer.user_id, at + LEASE), version=next_version(self.version, at))

    def extend_claim(self, reviewer: str, *, at: datetime) -> Application:
        claim = self._held(reviewer, at)
        if claim.extensions >= MAX_EXTENSIONS:
            raise ExtensionsUsedUp
        longer = replace(claim, until=at + LEASE, extensions=claim.extensions + 1)
        return replace(self, claim=longer, version=next_version(self.version, at))

    def release_claim(self, reviewer: str, *, at: datetime) -> Application:
        self._held(reviewer, at)
        return replace(self, claim=None, version=next_version(self.version, at))

    def hand_over(self, by: str, to: Reviewer, *, tied: bool, at: datetime) -> Application:
        """Give a claim to another reviewer, who gets a lease; extensions go on being counted."""
        claim = self._held(by, at)
        self.require_independent(to, tied=tied)
        if to.user_id == by:
            raise AlreadyClaimed
        handed = Claim(to.user_id, at + LEASE, claim.extensions)
        return replace(self, claim=handed, version=next_version(self.version, at))

    def ask(self, reviewer: Reviewer, question: Question) -> Application:
        """Ask the applicant for something. The clock stands until they answer; if they do not, it lapses: no rejection."""
        self._require(State.SUBMITTED)
        self._held(reviewer.user_id, question.at)
        if self.questions >= MAX_QUESTIONS:
            raise InformationAskedTwice
        left = working_between(question.at, self.due_at) if self.due_at else SLA
        asked = {"fields": list(question.fields), "note": question.note}
        step = self._log("asked for information", reviewer.user_id, question.at, **asked)
        step = replace(step, question=question, questions=self.questions + 1, claim=None, sla_left=left)
        return replace(step, due_at=question.at + ANSWER_WITHIN)._to(State.NEEDS_INFO)

    def has_wish(self, wish: str) -> bool:
        """Whether a decision of it came by that key: a late retry, after others have decided."""
        return any(one.wish == wish for one in self.decisions)

    @property
    def awaits_seat(self) -> bool:
        """Whether the next approval is the last."""
        return self.approvals + 1 >= APPROVALS_NEEDED

    def require_independent(self, reviewer: Reviewer, *, tied: bool) -> None:
        """The two-person rule: not the applicant, under any account, nobody near them (`tied`), and nobody twice."""
        if tied or reviewer.user_id == self.applicant or reviewer.person == self.content.person:
            raise ConflictOfInterest
        if any(reviewer.is_same_as(one.reviewer) for one in self.decisions):
            raise SamePersonTwice

    def decide(self, decision: Decision, cohort: Cohort, *, tied: bool) -> tuple[Application, Cohort]:
        """Take a decision of the reviewer who holds the lease, about the version that stands. The second approval takes
        a seat of the cohort or, when none is left, a place on its waitlist. A rejected appeal is final."""
        self._require(*UNDER_REVIEW)
        self.require_independent(decision.reviewer, tied=tied)
        self._held(decision.reviewer.user_id, decision.at)
        if decision.content_hash != self.content.hash:
            raise ApplicationChanged
        step = self._record(replace(decision, instance=self.instance))
        if not decision.approves:
            over = State.UPHELD if self.appeal else State.REJECTED
            return replace(step, due_at=decision.at + KEPT_FOR)._to(over), cohort
        if step.approvals < APPROVALS_NEEDED:
            return step, cohort
        cohort, seat, position = cohort.admit()
        step = replace(step, seat=seat, waitlist_position=position, due_at=None)
        return step._to(State.ACTIVE if seat else State.WAITLISTED), cohort

    def promote(self, cohort: Cohort, *, at: datetime) -> tuple[Application, Cohort]:
        """From the head of the waitlist to a seat that was freed."""
        cohort, seat = cohort.call()
        step = self._log("promoted", "schedule", at, seat=seat)
        return replace(step, seat=seat)._to(State.ACTIVE), cohort

    def close(self, cohort: Cohort, *, at: datetime) -> tuple[Application, Cohort]:
        """Its circle has ended: the seat is free, and what was said is forgotten in time."""
        step = replace(self._log("closed", "circles", at), due_at=at + KEPT_FOR)._to(State.CLOSED)
        return step, cohort.release(self.seat or 0)

    def pass_over(self, *, at: datetime) -> Application:
        """Its turn has come while its applicant is out: it has lapsed."""
        return replace(self._log("passed over", "schedule", at), due_at=at + KEPT_FOR)._to(State.EXPIRED)

    def advance(self, *, at: datetime) -> Application:
        """What the clock does when the time is over: escalate, let lapse, or forget personal data. Unchanged when it is not."""
        if self.due_at is None or at < self.due_at:
            return self
        if self.state in UNDER_REVIEW and not self.escalated:
            return replace(self._log("escalated", "schedule", at), escalated=True, claim=None)
        if self.state is State.NEEDS_INFO:
            return replace(self._log("expired", "schedule", at), due_at=at + KEPT_FOR)._to(State.EXPIRED)
        return self.forget(at=at) if self.state in OVER else self

    def forget(self, *, at: datetime) -> Application:
        """Erase what was said and who said it. The chain holds on: its entries are digests under a salt that goes too."""
        step = self._log("erased", "schedule", at)
        blank = tuple(replace(one, note="") for one in self.decisions)
        trail = replace(step.trail, salt="")
        step = replace(step, content=Content(), sealed="", decisions=blank, trail=trail, due_at=None, question=None)
        return replace(step, appeal=replace(self.appeal, statement="") if self.appeal else None)

    def _record(self, decision: Decision) -> Application:
        step = self._log(
            "approved" if decision.approves else "rejected",
            decision.reviewer.user_id,
            decision.at,
            content_hash=decision.content_hash,
            scores=dict(decision.scores),
            reasons=list(decision.reasons),
            note=decision.note,
        )
        return replace(step, decisions=(*self.decisions, decision), claim=None)

    def _log(self, action: str, actor: str, at: datetime, **details: Any) -> Application:
        """The next version, with its entry of the audit chain."""
        trail = self.trail.extend(action, actor=actor, at=at, **details)
        return replace(self, trail=trail, version=next_version(self.version, at))

    def _to(self, state: State) -> Application:
        if state not in TRANSITIONS[self.state]:
            raise ApplicationNotOpen(f"The application is {self.state}.")
        return replace(self, state=state)

    def _held(self, reviewer: str, at: datetime) -> Claim:
        if self.claim is None or self.claim.reviewer != reviewer or not self.claim.is_live(at):
            raise LeaseExpired
        return self.claim

    def _require(self, *states: State) -> None:
        if self.state not in states:
            raise ApplicationNotOpen(f"The application is {self.state}.")


def _require_complete(content: Content) -> None:
    missing = content.missing()
    if missing == ("person",):
        raise RealNameMissing(fields=(FieldError("/real_name_token", "is needed before you submit"),))
    if missing:
        names = ("real_name_token" if name == "person" else name for name in missing)
        raise Invalid(fields=tuple(FieldError(f"/{name}", "is needed before you submit") for name in names))
