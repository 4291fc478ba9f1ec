"""Routes of reviewers before a decision: review queues, claims and questions."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import CLAIM_ERRORS, DECIDER_ERRORS, REVIEWER_ERRORS, api
from services.review.domain import ReviewQueue
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.get("/review-queue", raises=REVIEWER_ERRORS)
def list_review_queue(
    caller: Caller, page: PageRequest, query: schemas.ReviewQueueQuery
) -> PageResponse[schemas.ReviewQueueEntry]:
    """List the entries of a review queue, earliest due first."""
    ports = wiring.ports()
    entries = usecases.list_review_queue(ports, caller, ReviewQueue(query.review_queue), page.limit, page.start)
    return page.respond(query.select(entries.items, caller.user_id, ports.clock()), entries.next)


@api.post("/applications/{application_id}/claim", raises=(*DECIDER_ERRORS, *CLAIM_ERRORS))
def claim_application(caller: Caller, application_id: str) -> schemas.ApplicationStateResponse:
    """Claim an application for 15 minutes."""
    return schemas.ApplicationStateResponse.of(usecases.claim_application(wiring.ports(), caller, application_id))


@api.put("/applications/{application_id}/claim", raises=(*REVIEWER_ERRORS, *CLAIM_ERRORS, errors.ExtensionLimitReached))
def extend_claim(caller: Caller, application_id: str) -> schemas.ApplicationStateResponse:
    """Extend your claim to 15 minutes from now, at most 4 times. A client calls it while its user types."""
    return schemas.ApplicationStateResponse.of(usecases.extend_claim(wiring.ports(), caller, application_id))


@api.delete("/applications/{application_id}/claim", raises=(*REVIEWER_ERRORS, *CLAIM_ERRORS))
def release_claim(caller: Caller, application_id: str) -> schemas.ApplicationStateResponse:
    """End your claim, so that other reviewers can claim the application."""
    return schemas.ApplicationStateResponse.of(usecases.release_claim(wiring.ports(), caller, application_id))


@api.post("/applications/{application_id}/handover", raises=(*DECIDER_ERRORS, *CLAIM_ERRORS))
def hand_over_claim(caller: Caller, application_id: str, body: schemas.HandoverRequest) -> schemas.ApplicationStateResponse:
    """Transfer your claim to another reviewer."""
    ports = wiring.ports()
    return schemas.ApplicationStateResponse.of(usecases.hand_over_claim(ports, caller, application_id, body.to_user_id))


@api.post(
    "/applications/{application_id}/questions",
    status=201,
    raises=(*REVIEWER_ERRORS, *CLAIM_ERRORS, errors.InformationRequestLimitReached, KeyReused),
)
def request_information(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.QuestionRequest
) -> schemas.ApplicationStateResponse:
    """Ask the applicant for information.

    The review is paused until they submit again, for at most 7 days.
    """
    ports, fields = wiring.ports(), tuple(body.fields)
    return schemas.ApplicationStateResponse.of(
        usecases.request_information(ports, caller, application_id, key, fields, body.note)
    )
