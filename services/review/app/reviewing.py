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
from services.review.domain import Lane
from services.shared.http.responses import Listed, PageRequest
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.get("/queue", raises=REVIEWER)
def list_queue(caller: Caller, page: PageRequest, query: schemas.QueueQuery) -> Listed[schemas.QueueEntry]:
    """List what waits in a lane, the one due first at the head."""
    ports = wiring.ports()
    found = usecases.list_queue(ports, caller, Lane(query.lane), page.limit, page.start)
    return page.answer(query.chosen(found.items, caller.user_id, ports.clock()), found.next)


@api.post("/applications/{application_id}/claim", raises=(*INDEPENDENT, *CLAIMING))
def claim_application(caller: Caller, application_id: str) -> schemas.WorkOut:
    """Claim an application for 15 minutes."""
    return schemas.WorkOut.of(usecases.claim_application(wiring.ports(), caller, application_id))


@api.put("/applications/{application_id}/claim", raises=(*REVIEWER, *CLAIMING, errors.ExtensionsUsedUp))
def extend_claim(caller: Caller, application_id: str) -> schemas.WorkOut:
    """Extend your claim by another 15 minutes, at most four times: a client calls it while its user types."""
    return schemas.WorkOut.of(usecases.extend_claim(wiring.ports(), caller, application_id))


@api.delete("/applications/{application_id}/claim", raises=(*REVIEWER, *CLAIMING))
def release_claim(caller: Caller, application_id: str) -> schemas.WorkOut:
    """Give a claimed application back to the queue."""
    return schemas.WorkOut.of(usecases.release_claim(wiring.ports(), caller, application_id))


@api.post("/applications/{application_id}/handover", raises=(*INDEPENDENT, *CLAIMING))
def hand_over_claim(caller: Caller, application_id: str, body: schemas.HandoverIn) -> schemas.WorkOut:
    """Give your claim to another reviewer."""
    return schemas.WorkOut.of(usecases.hand_over_claim(wiring.ports(), caller, application_id, body.to))


@api.post(
    "/applications/{application_id}/questions",
    status=201,
    raises=(*REVIEWER, *CLAIMING, errors.InformationAskedTwice, KeyReused),
)
def request_information(caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.QuestionIn) -> schemas.WorkOut:
    """Ask the applicant for something; the review's clock stands until they answer, for at most 7 days."""
    fields = tuple(body.fields)
    return schemas.WorkOut.of(usecases.request_information(wiring.ports(), caller, application_id, key, fields, body.note))


@api.post(
    "/applications/{application_id}/decisions",
    status=201,
    raises=(*INDEPENDENT, *CLAIMING, errors.ApplicationChanged, errors.UnderSanction, KeyReused),
)
def decide_application(caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.DecisionIn) -> schemas.WorkOut:
    """Decide on the version you read; the second approval, by another person, grants the seat."""
    return schemas.WorkOut.of(usecases.decide_application(wiring.ports(), caller, application_id, key, body.judgement()))


@api.post("/decisions", raises=(*REVIEWER, KeyReused))
def decide_applications(caller: Caller, key: IdempotencyKey, body: schemas.DecisionsIn) -> schemas.ResultsOut:
    """Decide on up to 100 applications that you hold, each on its own: what is stale is named, the others are done."""
    wanted = [(one.application_id, one.judgement()) for one in body.decisions]
    return schemas.ResultsOut.of(usecases.decide_applications(wiring.ports(), caller, key, wanted))


@api.get("/applications/{application_id}/tenure", raises=REVIEWER)
def read_tenure(caller: Caller, application_id: str) -> schemas.TenureOut:
    """Read how an owner's time in office stands."""
    return schemas.TenureOut.of(usecases.read_tenure(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/assessments",
    status=201,
    raises=(*INDEPENDENT, errors.TenureEnded, errors.NotOnProbation, errors.ProbationRunning, KeyReused),
)
def assess_owner(caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.AssessmentIn) -> schemas.TenureOut:
    """Renew an owner, or find with a second person that they go on probation or, after it, are removed."""
    return schemas.TenureOut.of(usecases.assess_owner(wiring.ports(), caller, application_id, key, body.outcome, body.note))


@api.get("/applications/{application_id}/audit", raises=OPERATOR)
def audit_application(caller: Caller, application_id: str) -> schemas.VerdictOut:
    """Verify the audit chain of an application."""
    return schemas.VerdictOut.of(usecases.audit_application(wiring.ports(), caller, application_id))


@api.get("/figures", raises=OPERATOR)
def read_figures(caller: Caller, query: schemas.MonthQuery) -> schemas.FiguresOut:
    """Read a month's figures: how long decisions took, how many were overturned, how often reviewers agreed."""
    ports = wiring.ports()
    month = query.month or f"{ports.clock():%Y-%m}"
    return schemas.FiguresOut.of(month, usecases.read_figures(ports, caller, month))
