"""What is called about people: enrolment, sanctions, reports and the cases they make."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import (
    INDEPENDENT,
    OPERATOR,
    REVIEWER,
    api,
)
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.security.auth import Caller


@api.put("/reviewers/{user_id}", raises=OPERATOR)
def enrol_reviewer(caller: Caller, user_id: str, body: schemas.EnrolmentRequest) -> None:
    """Enrol a reviewer under the verifier's real-name token."""
    usecases.enrol_reviewer(wiring.ports(), caller, user_id, body.real_name_token)


@api.delete("/reviewers/{user_id}", raises=OPERATOR)
def dismiss_reviewer(caller: Caller, user_id: str) -> None:
    """End an enrolment."""
    usecases.dismiss_reviewer(wiring.ports(), caller, user_id)


@api.put("/real-name")
def verify_account(caller: Caller, body: schemas.EnrolmentRequest) -> None:
    """Show who is behind your account, by the verifier's token. Others learn only which accounts are the same human's."""
    usecases.verify_account(wiring.ports(), caller, body.real_name_token)


@api.get("/people/{user_id}", raises=REVIEWER)
def get_sanction_record(caller: Caller, user_id: str) -> schemas.SanctionRecordResponse:
    """Read where a person stands on the sanction ladder."""
    ports = wiring.ports()
    return schemas.SanctionRecordResponse.of(usecases.get_sanction_record(ports, caller, user_id), ports.clock())


@api.put("/people/{user_id}/sanction", raises=(*INDEPENDENT, errors.SomethingPending, errors.EmergencySpent))
def impose_sanction(caller: Caller, user_id: str, body: schemas.SanctionRequest) -> schemas.SanctionRecordResponse:
    """Put a person under a step of the ladder. From restricted upwards it waits for a second person, unless it is an
    emergency: then it holds for 24 hours."""
    ports = wiring.ports()
    person = usecases.impose_sanction(
        ports, caller, user_id, level=body.level, until=body.until, reason=body.reason, emergency=body.emergency
    )
    return schemas.SanctionRecordResponse.of(person, ports.clock())


@api.post(
    "/people/{user_id}/sanction/ratification",
    raises=(*INDEPENDENT, errors.NothingToRatify, errors.ProposalChanged, errors.RatificationExpired),
)
def ratify_sanction(caller: Caller, user_id: str, body: schemas.ProposalRequest) -> schemas.SanctionRecordResponse:
    """Agree, as a second person, to what waits, as you read it."""
    ports = wiring.ports()
    return schemas.SanctionRecordResponse.of(usecases.ratify_sanction(ports, caller, user_id, body.proposal_id), ports.clock())


@api.post("/people/{user_id}/sanction/refusal", raises=INDEPENDENT)
def reject_sanction(caller: Caller, user_id: str, body: schemas.ProposalRequest) -> schemas.SanctionRecordResponse:
    """Drop what waits for a second person, as you read it."""
    ports = wiring.ports()
    return schemas.SanctionRecordResponse.of(usecases.reject_sanction(ports, caller, user_id, body.proposal_id), ports.clock())


@api.post("/people/{user_id}/sanction/lifting", raises=(*INDEPENDENT, errors.NothingToLift, errors.SomethingPending))
def lift_sanction(caller: Caller, user_id: str, body: schemas.LiftRequest) -> schemas.SanctionRecordResponse:
    """Let a person back, which from restricted upwards takes two."""
    ports = wiring.ports()
    person = usecases.lift_sanction(ports, caller, user_id, body.reason, mistake=body.mistake)
    return schemas.SanctionRecordResponse.of(person, ports.clock())


@api.get("/reports")
def list_reports(caller: Caller, page: PageRequest) -> PageResponse[schemas.ReportResponse]:
    """List what you have reported, and what came of it."""
    found, rest = usecases.list_reports(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.ReportResponse.of(one) for one in found], rest)


@api.get("/cases", raises=REVIEWER)
def list_cases(caller: Caller, page: PageRequest) -> PageResponse[schemas.CaseResponse]:
    """List the open cases, the one due first at the head."""
    found, rest = usecases.list_cases(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.CaseResponse.of(one) for one in found], rest)


@api.get("/cases/{case_id}", raises=REVIEWER)
def get_case(caller: Caller, case_id: str) -> schemas.CaseResponse:
    """Read a case with its evidence."""
    return schemas.CaseResponse.of(usecases.get_case(wiring.ports(), caller, case_id))


@api.post("/cases/{case_id}/decision", raises=(*REVIEWER, errors.ConflictOfInterest, errors.CaseClosed))
def decide_case(caller: Caller, case_id: str, body: schemas.CaseDecisionRequest) -> schemas.CaseResponse:
    """Decide a case, once; whoever reported it is told."""
    return schemas.CaseResponse.of(usecases.decide_case(wiring.ports(), caller, case_id, body.outcome, body.note))
