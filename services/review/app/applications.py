"""What an applicant calls, and how an application is read."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import api
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller

ELIGIBLE = (
    errors.RealNameMissing,
    errors.NotAdult,
    errors.TooFewActiveDays,
    errors.UnderSanction,
    errors.TooManyStrikes,
    errors.TooManyCircles,
    errors.ApplicationOpen,
    errors.CoolingDown,
    errors.TooManyApplications,
)


@api.post("/applications", status=201, raises=(KeyReused,))
def create_application(caller: Caller, key: IdempotencyKey, body: schemas.ApplicationRequest) -> schemas.ApplicationResponse:
    """Start an application to own a circle, as a draft."""
    return schemas.ApplicationResponse.of(usecases.create_application(wiring.ports(), caller, key, body.form()))


@api.get("/applications")
def list_applications(caller: Caller, page: PageRequest) -> PageResponse[schemas.ApplicationResponse]:
    """List your own applications, newest first."""
    found, rest = usecases.list_applications(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.ApplicationResponse.of(one) for one in found], rest)


@api.get("/applications/{application_id}", raises=(errors.TooManyReads, errors.ConflictOfInterest))
def get_application(caller: Caller, application_id: str) -> schemas.ApplicationResponse:
    """Read an application: where it stands, why, and what comes next. A reviewer's reading is recorded."""
    application, private = usecases.get_application(wiring.ports(), caller, application_id)
    return schemas.ApplicationResponse.of(application, private, staff=application.applicant != caller.user_id)


@api.put(
    "/applications/{application_id}", raises=(errors.ApplicationNotOpen, errors.NotAdult, errors.TooFewActiveDays, KeyReused)
)
def update_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.ApplicationRequest
) -> schemas.ApplicationResponse:
    """Edit your application; after submission this begins a new revision and keeps the old."""
    return schemas.ApplicationResponse.of(usecases.update_application(wiring.ports(), caller, application_id, key, body.form()))


@api.post("/applications/{application_id}/submission", raises=(errors.ApplicationNotOpen, *ELIGIBLE))
def submit_application(caller: Caller, application_id: str) -> schemas.ApplicationResponse:
    """Submit your application for review, or answer what was asked."""
    return schemas.ApplicationResponse.of(usecases.submit_application(wiring.ports(), caller, application_id))


@api.post("/applications/{application_id}/withdrawal", raises=(errors.ApplicationNotOpen,))
def withdraw_application(caller: Caller, application_id: str) -> schemas.ApplicationResponse:
    """Take your application back."""
    return schemas.ApplicationResponse.of(usecases.withdraw_application(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/appeal",
    status=201,
    raises=(errors.ApplicationNotOpen, errors.AlreadyAppealed, errors.AppealTooLate, errors.ApplicationOpen, KeyReused),
)
def appeal_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.AppealRequest
) -> schemas.ApplicationResponse:
    """Appeal a rejection, once, against a reason that was given; others will look at it."""
    ports = wiring.ports()
    return schemas.ApplicationResponse.of(
        usecases.appeal_application(ports, caller, application_id, key, body.cites, body.statement)
    )


@api.get("/cohort")
def get_cohort(caller: Caller) -> schemas.CohortResponse:
    """How many seats the open cohort has, and how many are taken."""
    return schemas.CohortResponse.of(usecases.get_cohort(wiring.ports(), caller))
