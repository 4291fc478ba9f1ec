"""Routes about reports and the cases that they open."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import READ_ERRORS, REVIEWER_ERRORS, api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/reports")
def list_reports(caller: Caller, page: PageRequest) -> Page[schemas.ReportResponse]:
    """List your own reports with their outcome, newest first."""
    return usecases.list_reports(wiring.ports(), caller, page).map(schemas.ReportResponse.of)


@api.get("/cases", raises=REVIEWER_ERRORS)
def list_cases(caller: Caller, page: PageRequest) -> Page[schemas.CaseEntry]:
    """List the open cases, earliest due first, without author and evidence."""
    return usecases.list_cases(wiring.ports(), caller, page).map(schemas.CaseEntry.of)


@api.get("/cases/{case_id}", raises=READ_ERRORS)
def get_case(caller: Caller, case_id: str) -> schemas.CaseResponse:
    """Get a case with its evidence. Your access is recorded."""
    return schemas.CaseResponse.of(usecases.get_case(wiring.ports(), caller, case_id))


@api.get("/cases/{case_id}/pictures", raises=READ_ERRORS)
def list_case_pictures(caller: Caller, case_id: str) -> Page[schemas.EvidencePictureResponse]:
    """List addresses of the reported pictures of a case, which are valid for a minute. Each call is recorded in the audit."""
    pictures = usecases.list_case_pictures(wiring.ports(), caller, case_id)
    return pictures.map(schemas.EvidencePictureResponse.of)


@api.post(
    "/cases/{case_id}/decision",
    kind=ActionKind.STAFF,
    raises=(*REVIEWER_ERRORS, errors.ConflictOfInterest, errors.CaseClosed, errors.CaseChanged),
)
def decide_case(caller: Caller, case_id: str, body: schemas.CaseDecisionRequest) -> schemas.CaseStateResponse:
    """Decide a case once. The reporters see the outcome in their list of reports.

    If the case is upheld, the content is taken down within seconds, wherever it is shown. Its author reads the violation.
    """
    case = usecases.decide_case(
        wiring.ports(), caller, case_id, body.outcome, body.note, body.revision, violation=body.violation
    )
    return schemas.CaseStateResponse.of(case)
