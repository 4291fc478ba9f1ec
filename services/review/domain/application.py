"""An application to own a circle: its content, its review, and every step that it can take."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.review.domain.calendar import add_working_time, working_time_between
from services.review.domain.claim import Claim, Leases, count_lease
from services.review.domain.cohort import Cohort
from services.review.domain.content import Appeal, Content, Decision, Question, Reviewer
from services.review.domain.states import ERASABLE, QUEUE_OF_STATE, TRANSITIONS, UNDER_REVIEW, ReviewQueue, State
from services.review.errors import (
    AppealPeriodExpired,
    ApplicationAlreadyAppealed,
    ApplicationAlreadyClaimed,
    ApplicationChanged,
    ApplicationNotOpen,
    ConflictOfInterest,
    EditLimitReached,
    ExtensionLimitReached,
    InformationRequestLimitReached,
    LeaseExpired,
    ResponsePeriodExpired,
    SecondReviewerRequired,
)
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.security.audit import AuditTrail


@dataclass(frozen=True, slots=True)
class Application:
    """An application to own a circle. Each method returns the next state, or raises.

    applicant: the user who applies; the identity behind it is in the content.
    revision: the number of the content's version. An edit after the submission starts a new one and removes its decisions.
    applicant_version: the version of the applicant's last edit or submission. Claims, decisions and flags do not change it.
    edits: the edits since the submission, or since the last question.
    claim: the reviewer who works on it now. leases: of each identity, until the decision.
    seat, waitlist_position: what the last approval granted.
    adult, active_days: from the verifier's statement.
    encrypted_data: the applicant's masked name and the links to the evidence.
    due_at: when the review, the applicant or the erasure is due, by the state.
    sla_left: the working time that is left for the review while the applicant is asked for information.
    escalated: the review was not finished by `due_at`.
    flags: hints for reviewers, such as a similar rejected application.
    """

    id: str
    applicant: str
    cohort: str
    content: Content
    created_at: datetime
    version: int
    trail: AuditTrail
    state: State = State.DRAFT
    revision: int = 1
    applicant_version: int = 0
    submitted_at: datetime | None = None
    edits: int = 0
    claim: Claim | None = None
    leases: Leases = ()
    decisions: tuple[Decision, ...] = field(default=())
    seat: int | None = None
    waitlist_position: int | None = None
    adult: bool = False
    active_days: int = 0
    encrypted_data: str = ""
    due_at: datetime | None = None
    sla_left: timedelta | None = None
    escalated: bool = False
    question: Question | None = None
    questions: int = 0
    appeal: Appeal | None = None
    flags: tuple[str, ...] = ()

    @property
    def instance(self) -> int:
        """1 for the first review, 2 for the review of an appeal."""
        return 2 if self.appeal else 1

    @property
    def approvals(self) -> int:
        """The number of approvals in this instance."""
        return sum(decision.approves for decision in self.decisions if decision.instance == self.instance)

    @property
    def review_queue(self) -> ReviewQueue | None:
        if self.state in UNDER_REVIEW and self.escalated:
            return ReviewQueue.ESCALATED
        if self.state in ERASABLE:
            return ReviewQueue.ERASE if self.due_at else None
        return QUEUE_OF_STATE.get(self.state)

    def edit(self, content: Content, encrypted_data: str, statement: tuple[bool, int], *, at: datetime) -> Application:
        """Replace the content of a draft, or start a new revision after the submission.

        A new revision has no decisions: they were about another text. The claim and the deadline stay.
        statement: adult and active days, from the verifier.
        """
        adult, active_days = statement
        step = replace(self, content=content, encrypted_data=encrypted_data, adult=adult, active_days=active_days)
        version = next_version(self.version, at)
        step = replace(step, version=version, applicant_version=version)
        if self.state is State.DRAFT:
            return step
        self._require_state(State.SUBMITTED, State.NEEDS_INFO)
        content.require_complete()
        if content.identity_hash != self.content.identity_hash:
            raise Invalid(fields=(FieldError("/real_name_token", "must-be-same-person"),))
        if self.edits >= settings().max_edits:
            raise EditLimitReached(limit=settings().max_edits)
        trail = self.trail.extend("edited", actor=self.applicant, at=at, content_hash=content.hash)
        return replace(step, revision=self.revision + 1, edits=self.edits + 1, decisions=(), trail=trail)

    def submit(self, *, at: datetime) -> Application:
        """Submit a draft, or resubmit after a question. The time for the review then continues from where it was paused."""
        self._require_state(State.DRAFT, State.NEEDS_INFO)
        self.content.require_complete()
        if self.state is State.NEEDS_INFO and self.due_at and at >= self.due_at:
            raise ResponsePeriodExpired
        due_at = add_working_time(at, settings().review_time if self.sla_left is None else self.sla_left)
        step = self._log("submitted", self.applicant, at, content_hash=self.content.hash)
        step = replace(step, submitted_at=self.submitted_at or at, due_at=due_at, sla_left=None, question=None)
        step = replace(step, applicant_version=step.version)
        return step._enter(State.SUBMITTED)

    def withdraw(self, *, at: datetime) -> Application:
        step = self._log("withdrawn", self.applicant, at)
        return replace(step, claim=None, due_at=at + settings().retention)._enter(State.WITHDRAWN)

    def submit_appeal(self, appeal: Appeal) -> Application:
        """Appeal a rejection once, against one of its reasons. Reviewers who decided before cannot decide the appeal."""
        if self.appeal:
            raise ApplicationAlreadyAppealed
        self._require_state(State.REJECTED)
        rejection = self.decisions[-1]
        if appeal.at >= rejection.at + settings().appeal_period:
            raise AppealPeriodExpired(days=settings().appeal_period.days)
        if appeal.cites not in rejection.reasons:
            raise Invalid(fields=(FieldError("/cites", "must-be-reason-of-decision"),))
        step = self._log("appealed", self.applicant, appeal.at, cites=appeal.cites, statement=appeal.statement)
        due_at = add_working_time(appeal.at, settings().review_time)
        return replace(step, appeal=appeal, due_at=due_at, escalated=False)._enter(State.APPEALED)

    def claim_by(self, reviewer: Reviewer, *, has_conflict: bool, at: datetime) -> Application:
        """Lease the application to a reviewer. Unchanged if the reviewer has the lease."""
        self._require_state(*UNDER_REVIEW)
        self.require_independent(reviewer, has_conflict=has_conflict)
        if self.claim and self.claim.is_active(at) and self.claim.reviewer != reviewer.user_id:
            raise ApplicationAlreadyClaimed
        if self.claim and self.claim.is_active(at):
            return self
        return self._lease(reviewer, at)

    def extend_claim(self, reviewer: Reviewer, *, at: datetime) -> Application:
        claim = self._require_lease(reviewer.user_id, at)
        if claim.extensions >= settings().max_claim_extensions:
            raise ExtensionLimitReached(limit=settings().max_claim_extensions)
        return self._lease(reviewer, at, claim.extensions + 1)

    def release_claim(self, reviewer: str, *, at: datetime) -> Application:
        self._require_lease(reviewer, at)
        return replace(self, claim=None, version=next_version(self.version, at))

    def hand_over_claim(self, by: Reviewer, to: Reviewer, *, has_conflict: bool, at: datetime) -> Application:
        """Transfer a claim to another reviewer, with a new lease. The number of extensions is not reset."""
        claim = self._require_lease(by.user_id, at)
        self.require_independent(to, has_conflict=has_conflict)
        if to.is_same_identity(by):
            raise ApplicationAlreadyClaimed
        return self._lease(to, at, claim.extensions)

    def request_information(self, reviewer: Reviewer, question: Question, *, has_conflict: bool) -> Application:
        """Ask the applicant, and pause the review. Without a response the application expires; that is no rejection."""
        self._require_state(State.SUBMITTED)
        self.require_independent(reviewer, has_conflict=has_conflict)
        self._require_lease(reviewer.user_id, question.at)
        if self.questions >= settings().max_information_requests:
            raise InformationRequestLimitReached(limit=settings().max_information_requests)
        left = working_time_between(question.at, self.due_at) if self.due_at else settings().review_time
        details = {"fields": list(question.fields), "note": question.note}
        step = self._log("asked for information", reviewer.user_id, question.at, **details)
        step = replace(step, question=question, questions=self.questions + 1, edits=0, claim=None, sla_left=left)
        return replace(step, due_at=question.at + settings().information_period)._enter(State.NEEDS_INFO)

    @property
    def needs_last_approval(self) -> bool:
        """Whether the next approval is the last one, which grants a seat."""
        return self.approvals + 1 >= settings().approvals_needed

    def require_independent(self, reviewer: Reviewer, *, has_conflict: bool) -> None:
        """The two-person rule. Identities are compared, so that a second user of a reviewer or applicant does not help."""
        if has_conflict or reviewer.user_id == self.applicant or reviewer.identity_hash == self.content.identity_hash:
            raise ConflictOfInterest
        if any(reviewer.is_same_identity(decision.reviewer) for decision in self.decisions):
            raise SecondReviewerRequired

    def decide(self, decision: Decision, cohort: Cohort, *, has_conflict: bool) -> tuple[Application, Cohort]:
        """Add a decision. The last approval takes a seat of the cohort, or a waitlist position if no seat is free.

        One rejection rejects. The rejection of an appeal is final.
        """
        self._require_state(*UNDER_REVIEW)
        self.require_independent(decision.reviewer, has_conflict=has_conflict)
        self._require_lease(decision.reviewer.user_id, decision.at)
        if decision.content_hash != self.content.hash:
            raise ApplicationChanged
        step = self._add_decision(replace(decision, instance=self.instance))
        if not decision.approves:
            state = State.UPHELD if self.appeal else State.REJECTED
            return replace(step, due_at=decision.at + settings().retention)._enter(state), cohort
        if step.approvals < settings().approvals_needed:
            return step, cohort
        cohort, seat, position = cohort.take_seat()
        step = replace(step, seat=seat, waitlist_position=position, due_at=None)
        return step._enter(State.ACTIVE if seat else State.WAITLISTED), cohort

    def promote(self, cohort: Cohort, *, at: datetime) -> tuple[Application, Cohort]:
        """Take a free seat as the first of the waitlist."""
        cohort, seat = cohort.promote_next()
        step = self._log("promoted", "schedule", at, seat=seat)
        return replace(step, seat=seat)._enter(State.ACTIVE), cohort

    def close(self, cohort: Cohort, *, at: datetime) -> tuple[Application, Cohort]:
        """Release the seat after the circle has closed."""
        step = replace(self._log("closed", "circles", at), due_at=at + settings().retention)._enter(State.CLOSED)
        return step, cohort.release_seat(self.seat or 0)

    def expire_waitlisted(self, *, at: datetime) -> Application:
        """Expire as the first of the waitlist, because the applicant is suspended."""
        return replace(self._log("expired on the waitlist", "schedule", at), due_at=at + settings().retention)._enter(
            State.EXPIRED
        )

    def advance(self, *, at: datetime) -> Application:
        """Escalate, expire or erase when that is due. Unchanged if nothing is due."""
        if self.due_at is None or at < self.due_at:
            return self
        if self.state in UNDER_REVIEW and not self.escalated:
            return replace(self._log("escalated", "schedule", at), escalated=True, claim=None)
        if self.state is State.NEEDS_INFO:
            return replace(self._log("expired", "schedule", at), due_at=at + settings().retention)._enter(State.EXPIRED)
        return self.erase(at=at) if self.state in ERASABLE else self

    def erase(self, *, at: datetime) -> Application:
        """Delete the personal data and all texts.

        The audit chain stays valid: its entries are hashes with a salt, and the salt is deleted too.
        """
        step = self._log("erased", "schedule", at)
        decisions = tuple(replace(decision, note="") for decision in self.decisions)
        trail = replace(step.trail, salt="")
        step = replace(step, content=Content(), encrypted_data="", decisions=decisions, trail=trail, due_at=None, question=None)
        return replace(step, appeal=replace(self.appeal, statement="") if self.appeal else None)

    def _lease(self, reviewer: Reviewer, at: datetime, extensions: int = 0) -> Application:
        """Give the reviewer a lease from now. Every lease is counted here."""
        claim = Claim(reviewer.user_id, reviewer.identity_hash, at + settings().claim_lease, extensions)
        leases = count_lease(self.leases, reviewer, at=at)
        return replace(self, claim=claim, leases=leases, version=next_version(self.version, at))

    def _add_decision(self, decision: Decision) -> Application:
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
        """The next version, with one more entry in the audit chain."""
        trail = self.trail.extend(action, actor=actor, at=at, **details)
        return replace(self, trail=trail, version=next_version(self.version, at))

    def _enter(self, state: State) -> Application:
        if state not in TRANSITIONS[self.state]:
            raise ApplicationNotOpen(state=self.state)
        return replace(self, state=state, leases=self.leases if state in (State.SUBMITTED, State.NEEDS_INFO) else ())

    def _require_lease(self, reviewer: str, at: datetime) -> Claim:
        if self.claim is None or self.claim.reviewer != reviewer or not self.claim.is_active(at):
            raise LeaseExpired
        return self.claim

    def _require_state(self, *states: State) -> None:
        if self.state not in states:
            raise ApplicationNotOpen(state=self.state)
