"""What reviewers do before a decision: list a queue, claim an application, ask the applicant."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.domain import Application, DueEntry, Question, ReviewQueue, State
from services.review.errors import ApplicationNotFound
from services.review.repository import applications, due_index, people
from services.review.usecases.claims import reserve_claim
from services.review.usecases.conflicts import has_conflict_with_applicant
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest, is_any
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import InformationRequested
from services.shared.security.auth import Caller
from services.shared.table.versioned import Versioned, update


def list_review_queue(
    ports: Ports, caller: Caller, queue: ReviewQueue, page: PageRequest, is_listed: Callable[[DueEntry], bool] = is_any
) -> Page[DueEntry]:
    """Return a page of a review queue, of the entries that are listed, earliest due first.

    Cost: 2.5 read units for 20.
    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    return due_index.list_entries(ports.table, queue, page, is_listed)


def claim_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Claim an application for the time of a lease, in which no other reviewer can work on it.

    Unchanged if it is the caller's.

    Cost: 4 write units and 6 read units, if the applicant was verified under 2 identities.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, ApplicationNotOpen, ApplicationAlreadyClaimed, ConflictOfInterest,
    SecondReviewerRequired, LeaseLimitReached, ClaimLimitReached.
    """
    reviewer = require_reviewer(ports, caller)

    def step(application: Application) -> Application:
        conflict = has_conflict_with_applicant(ports, reviewer, application)
        after = application.claim_by(reviewer, has_conflict=conflict, at=ports.clock())
        if after is not application:
            reserve_claim(ports, reviewer, application_id)
        return after

    return _change(ports, application_id, step)


def extend_claim(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Extend the caller's claim by a new lease from now.

    Cost: 2 write units and 2.5 read units.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, LeaseExpired, ExtensionLimitReached, LeaseLimitReached.
    """
    reviewer = require_reviewer(ports, caller)
    return _change(ports, application_id, lambda application: application.extend_claim(reviewer, at=ports.clock()))


def release_claim(ports: Ports, caller: Caller, application_id: str) -> Application:
    """End the caller's claim, so that other reviewers can claim the application.

    Cost: 3 write units and 2.5 read units.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, LeaseExpired.
    """
    reviewer = require_reviewer(ports, caller)
    return _change(ports, application_id, lambda application: application.release_claim(reviewer.user_id, at=ports.clock()))


def hand_over_claim(ports: Ports, caller: Caller, application_id: str, to_user_id: str) -> Application:
    """Transfer the caller's claim to another enrolled reviewer.

    The lease and the claim count for the receiver.

    Cost: 4 write units and 8 read units.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, LeaseExpired, ApplicationAlreadyClaimed (to the caller, under any user),
    Invalid (not an enrolled reviewer), ConflictOfInterest, SecondReviewerRequired, LeaseLimitReached, ClaimLimitReached.
    """
    reviewer = require_reviewer(ports, caller)
    receiver = people.find_reviewer(ports.table, to_user_id)
    if receiver is None:
        raise Invalid(fields=(FieldError("/to_user_id", "must-be-enrolled-reviewer"),))

    def step(application: Application) -> Application:
        # Also of the giver, who would choose the person to decide. A reviewer with a conflict can release the claim.
        conflict = has_conflict_with_applicant(ports, receiver, application, giver=reviewer)
        after = application.hand_over_claim(reviewer, receiver, has_conflict=conflict, at=ports.clock())
        reserve_claim(ports, receiver, application_id)
        return after

    return _change(ports, application_id, step)


def request_information(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, fields: tuple[str, ...], note: str
) -> Application:
    """Ask the applicant for information, and pause the review until the applicant resubmits.

    Unchanged if the request was applied before (same key, same body).

    Cost: 10 write units and 5 read units.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, ApplicationNotOpen, ConflictOfInterest, SecondReviewerRequired,
    LeaseExpired, InformationRequestLimitReached, KeyReused.
    """
    reviewer = require_reviewer(ports, caller)

    def change(before: Application) -> Application:
        conflict = has_conflict_with_applicant(ports, reviewer, before)
        return before.request_information(reviewer, Question(fields, note, ports.clock()), has_conflict=conflict)

    load = partial(load_submitted, ports, application_id)
    request = ChangeRequest.of_key(key, rate=None)  # an application has a limit of questions
    return update(ports, load, change, InformationRequested, request=request)


def load_submitted(ports: Ports, application_id: str) -> Versioned[Application]:
    """Load an application for a reviewer.

    Raises: ApplicationNotFound (also for a draft, which only its applicant sees).
    """
    loaded = applications.load_application(ports.table, application_id)
    if loaded.entity.state is State.DRAFT:
        raise ApplicationNotFound
    return loaded


def _change(ports: Ports, application_id: str, step: Callable[[Application], Application]) -> Application:
    return update(ports, partial(load_submitted, ports, application_id), step)
