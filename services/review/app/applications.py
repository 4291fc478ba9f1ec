"""Routes of applicants, and the read of an application. Cohorts too."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import ELIGIBILITY_ERRORS, api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

SUBMISSION_ERRORS = (
    errors.ApplicationNotOpen,
    errors.ResponsePeriodExpired,
    errors.RealNameMissing,
    *ELIGIBILITY_ERRORS,
    errors.ApplicationAlreadyOpen,
    errors.CoolDownActive,
    errors.ApplicationLimitReached,
)


@api.post("/applications", kind=ActionKind.SPEAK, status=201)
def create_application(caller: Caller, key: IdempotencyKey, body: schemas.ApplicationRequest) -> schemas.ApplicationResponse:
    """Create an application to own a circle, as a draft."""
    return schemas.ApplicationResponse.of(usecases.create_application(wiring.ports(), caller, key, body.to_input()))


@api.get("/applications")
def list_applications(caller: Caller, page: PageRequest) -> Page[schemas.ApplicationResponse]:
    """List your own applications, newest first, at most 20 per page."""
    return usecases.list_applications(wiring.ports(), caller, page).map(schemas.ApplicationResponse.of)


@api.get("/applications/{application_id}", raises=(errors.ReadLimitReached, errors.ConflictOfInterest))
def get_application(caller: Caller, application_id: str) -> schemas.ApplicationResponse:
    """Get an application with its state, decisions and next step.

    A reviewer's or operator's access is recorded.
    """
    application, personal_data = usecases.get_application(wiring.ports(), caller, application_id)
    return schemas.ApplicationResponse.of(application, personal_data, staff=application.applicant != caller.user_id)


@api.put(
    "/applications/{application_id}",
    kind=ActionKind.SPEAK,
    raises=(errors.ApplicationNotOpen, errors.EditLimitReached, errors.ApplicantNotAdult, errors.ActiveDaysInsufficient),
)
def update_application(
    caller: Caller, application_id: str, request: ChangeRequest, body: schemas.ApplicationRequest
) -> schemas.ApplicationResponse:
    """Update your application. After submission this starts a new revision, and the previous one is kept.

    A submitted application can be edited a limited number of times.
    """
    ports = wiring.ports()
    return schemas.ApplicationResponse.of(usecases.update_application(ports, caller, application_id, request, body.to_input()))


@api.post("/applications/{application_id}/submission", kind=ActionKind.SPEAK, raises=SUBMISSION_ERRORS)
def submit_application(caller: Caller, application_id: str) -> schemas.ApplicationResponse:
    """Submit your application for review, or submit it again after a question."""
    return schemas.ApplicationResponse.of(usecases.submit_application(wiring.ports(), caller, application_id))


@api.post("/applications/{application_id}/withdrawal", kind=ActionKind.OWN_DATA, raises=(errors.ApplicationNotOpen,))
def withdraw_application(caller: Caller, application_id: str) -> schemas.ApplicationResponse:
    """Withdraw your application."""
    return schemas.ApplicationResponse.of(usecases.withdraw_application(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/appeal",
    kind=ActionKind.APPEAL,
    status=201,
    raises=(
        errors.ApplicationNotOpen,
        errors.ApplicationAlreadyAppealed,
        errors.AppealPeriodExpired,
        errors.ApplicationAlreadyOpen,
    ),
)
def appeal_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.AppealRequest
) -> schemas.ApplicationResponse:
    """Appeal a rejection once, against one of its reasons. Other reviewers decide the appeal."""
    ports = wiring.ports()
    return schemas.ApplicationResponse.of(
        usecases.appeal_application(ports, caller, application_id, key, body.cites, body.statement)
    )


@api.get("/cohort")
def get_cohort(caller: Caller) -> schemas.CohortResponse:
    """Get the open cohort: its seats, the seats taken, and the length of the waitlist."""
    return schemas.CohortResponse.of(usecases.get_cohort(wiring.ports(), caller))
