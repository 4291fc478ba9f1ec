"""Routes of reviewers before a decision: review queues, claims and questions."""

from __future__ import annotations

from functools import partial

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import CLAIM_ERRORS, DECIDER_ERRORS, LEASE_ERRORS, REVIEWER_ERRORS, api
from services.review.domain import ReviewQueue
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/review-queue", raises=REVIEWER_ERRORS)
def list_review_queue(caller: Caller, page: PageRequest, query: schemas.ReviewQueueQuery) -> Page[schemas.ReviewQueueEntry]:
    """List the entries of a review queue, earliest due first."""
    ports = wiring.ports()
    is_listed = partial(query.matches, user_id=caller.user_id, now=ports.clock())
    entries = usecases.list_review_queue(ports, caller, ReviewQueue(query.review_queue), page, is_listed)
    return entries.map(schemas.ReviewQueueEntry.of)


@api.post("/applications/{application_id}/claim", kind=ActionKind.STAFF, raises=(*DECIDER_ERRORS, *CLAIM_ERRORS, *LEASE_ERRORS))
def claim_application(caller: Caller, application_id: str) -> schemas.ApplicationStateResponse:
    """Claim an application, until `lease_until`."""
    return schemas.ApplicationStateResponse.of(usecases.claim_application(wiring.ports(), caller, application_id))


@api.put(
    "/applications/{application_id}/claim",
    kind=ActionKind.STAFF,
    raises=(*REVIEWER_ERRORS, *CLAIM_ERRORS, errors.ExtensionLimitReached, errors.LeaseLimitReached),
)
def extend_claim(caller: Caller, application_id: str) -> schemas.ApplicationStateResponse:
    """Extend your claim by a new lease, a limited number of times. A client calls it while its user types."""
    return schemas.ApplicationStateResponse.of(usecases.extend_claim(wiring.ports(), caller, application_id))


@api.delete("/applications/{application_id}/claim", kind=ActionKind.STAFF, raises=(*REVIEWER_ERRORS, *CLAIM_ERRORS))
def release_claim(caller: Caller, application_id: str) -> schemas.ApplicationStateResponse:
    """End your claim, so that other reviewers can claim the application."""
    return schemas.ApplicationStateResponse.of(usecases.release_claim(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/handover", kind=ActionKind.STAFF, raises=(*DECIDER_ERRORS, *CLAIM_ERRORS, *LEASE_ERRORS)
)
def hand_over_claim(caller: Caller, application_id: str, body: schemas.HandoverRequest) -> schemas.ApplicationStateResponse:
    """Transfer your claim to another reviewer."""
    ports = wiring.ports()
    return schemas.ApplicationStateResponse.of(usecases.hand_over_claim(ports, caller, application_id, body.to_user_id))


@api.post(
    "/applications/{application_id}/questions",
    kind=ActionKind.STAFF,
    status=201,
    raises=(*DECIDER_ERRORS, *CLAIM_ERRORS, errors.InformationRequestLimitReached),
)
def request_information(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.QuestionRequest
) -> schemas.ApplicationStateResponse:
    """Ask the applicant for information.

    The review is paused until the applicant submits again. The application expires if the time to respond passes.
    """
    ports, fields = wiring.ports(), tuple(body.fields)
    return schemas.ApplicationStateResponse.of(
        usecases.request_information(ports, caller, application_id, key, fields, body.note)
    )
