"""What reviewers call: the queue, claims, questions, decisions, owners in office; and the operators' view of it all."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import (
    CLAIMING,
    INDEPENDENT,
    OPERATOR,
    REVIEWER,
    api,
)
from services.review.domain import ReviewQueue
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.get("/queue", raises=REVIEWER)
def list_queue(caller: Caller, page: PageRequest, query: schemas.QueueQuery) -> PageResponse[schemas.QueueEntry]:
    """List what waits in a lane, the one due first at the head."""
    ports = wiring.ports()
    found = usecases.list_queue(ports, caller, ReviewQueue(query.queue), page.limit, page.start)
    return page.answer(query.chosen(found.items, caller.user_id, ports.clock()), found.next)


@api.post("/applications/{application_id}/claim", raises=(*INDEPENDENT, *CLAIMING))
def claim_application(caller: Caller, application_id: str) -> schemas.WorkResponse:
    """Claim an application for 15 minutes."""
    return schemas.WorkResponse.of(usecases.claim_application(wiring.ports(), caller, application_id))


@api.put("/applications/{application_id}/claim", raises=(*REVIEWER, *CLAIMING, errors.ExtensionsUsedUp))
def extend_claim(caller: Caller, application_id: str) -> schemas.WorkResponse:
    """Extend your claim by another 15 minutes, at most four times: a client calls it while its user types."""
    return schemas.WorkResponse.of(usecases.extend_claim(wiring.ports(), caller, application_id))


@api.delete("/applications/{application_id}/claim", raises=(*REVIEWER, *CLAIMING))
def release_claim(caller: Caller, application_id: str) -> schemas.WorkResponse:
    """Give a claimed application back to the queue."""
    return schemas.WorkResponse.of(usecases.release_claim(wiring.ports(), caller, application_id))


@api.post("/applications/{application_id}/handover", raises=(*INDEPENDENT, *CLAIMING))
def hand_over_claim(caller: Caller, application_id: str, body: schemas.HandoverRequest) -> schemas.WorkResponse:
    """Give your claim to another reviewer."""
    return schemas.WorkResponse.of(usecases.hand_over_claim(wiring.ports(), caller, application_id, body.to))


@api.post(
    "/applications/{application_id}/questions",
    status=201,
    raises=(*REVIEWER, *CLAIMING, errors.InformationAskedTwice, KeyReused),
)
def request_information(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.QuestionRequest
) -> schemas.WorkResponse:
    """Ask the applicant for something; the review's clock stands until they answer, for at most 7 days."""
    fields = tuple(body.fields)
    return schemas.WorkResponse.of(usecases.request_information(wiring.ports(), caller, application_id, key, fields, body.note))


@api.post(
    "/applications/{application_id}/decisions",
    status=201,
    raises=(*INDEPENDENT, *CLAIMING, errors.ApplicationChanged, errors.UnderSanction, KeyReused),
)
def decide_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.DecisionRequest
) -> schemas.WorkResponse:
    """Decide on the version you read; the second approval, by another person, grants the seat."""
    return schemas.WorkResponse.of(usecases.decide_application(wiring.ports(), caller, application_id, key, body.judgement()))


@api.post("/decisions", raises=(*REVIEWER, KeyReused))
def decide_applications(caller: Caller, key: IdempotencyKey, body: schemas.DecisionsRequest) -> schemas.ResultsResponse:
    """Decide on up to 100 applications that you hold, each on its own: what is stale is named, the others are done."""
    wanted = [(one.application_id, one.judgement()) for one in body.decisions]
    return schemas.ResultsResponse.of(usecases.decide_applications(wiring.ports(), caller, key, wanted))


@api.get("/applications/{application_id}/tenure", raises=REVIEWER)
def get_tenure(caller: Caller, application_id: str) -> schemas.TenureResponse:
    """Read how an owner's time in office stands."""
    return schemas.TenureResponse.of(usecases.get_tenure(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/assessments",
    status=201,
    raises=(*INDEPENDENT, errors.TenureEnded, errors.NotOnProbation, errors.ProbationRunning, KeyReused),
)
def assess_owner(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.AssessmentRequest
) -> schemas.TenureResponse:
    """Renew an owner, or find with a second person that they go on probation or, after it, are removed."""
    return schemas.TenureResponse.of(
        usecases.assess_owner(wiring.ports(), caller, application_id, key, body.outcome, body.note)
    )


@api.get("/applications/{application_id}/audit", raises=OPERATOR)
def audit_application(caller: Caller, application_id: str) -> schemas.VerdictResponse:
    """Verify the audit chain of an application."""
    return schemas.VerdictResponse.of(usecases.audit_application(wiring.ports(), caller, application_id))


@api.get("/figures", raises=OPERATOR)
def get_metrics(caller: Caller, query: schemas.MonthQuery) -> schemas.MetricsResponse:
    """Read a month's figures: how long decisions took, how many were overturned, how often reviewers agreed."""
    ports = wiring.ports()
    month = query.month or f"{ports.clock():%Y-%m}"
    return schemas.MetricsResponse.of(month, usecases.get_metrics(ports, caller, month))
