"""What an applicant calls, and how an application is read."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.review.app.api import api
from services.shared.http.responses import Listed, PageRequest
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
def start_application(caller: Caller, key: IdempotencyKey, body: schemas.ApplicationIn) -> schemas.ApplicationOut:
    """Start an application to own a circle, as a draft."""
    return schemas.ApplicationOut.of(usecases.start_application(wiring.ports(), caller, key, body.form()))


@api.get("/applications")
def list_applications(caller: Caller, page: PageRequest) -> Listed[schemas.ApplicationOut]:
    """List your own applications, newest first."""
    found, rest = usecases.list_applications(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.ApplicationOut.of(one) for one in found], rest)


@api.get("/applications/{application_id}", raises=(errors.TooManyReads, errors.ConflictOfInterest))
def read_application(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Read an application: where it stands, why, and what comes next. A reviewer's reading is recorded."""
    application, private = usecases.read_application(wiring.ports(), caller, application_id)
    return schemas.ApplicationOut.of(application, private, staff=application.applicant != caller.user_id)


@api.put(
    "/applications/{application_id}", raises=(errors.ApplicationNotOpen, errors.NotAdult, errors.TooFewActiveDays, KeyReused)
)
def edit_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.ApplicationIn
) -> schemas.ApplicationOut:
    """Edit your application; after submission this begins a new edition and keeps the old."""
    return schemas.ApplicationOut.of(usecases.edit_application(wiring.ports(), caller, application_id, key, body.form()))


@api.post("/applications/{application_id}/submission", raises=(errors.ApplicationNotOpen, *ELIGIBLE))
def submit_application(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Submit your application for review, or answer what was asked."""
    return schemas.ApplicationOut.of(usecases.submit_application(wiring.ports(), caller, application_id))


@api.post("/applications/{application_id}/withdrawal", raises=(errors.ApplicationNotOpen,))
def withdraw_application(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Take your application back."""
    return schemas.ApplicationOut.of(usecases.withdraw_application(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/appeal",
    status=201,
    raises=(errors.ApplicationNotOpen, errors.AlreadyAppealed, errors.AppealTooLate, errors.ApplicationOpen, KeyReused),
)
def appeal_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.AppealIn
) -> schemas.ApplicationOut:
    """Appeal a rejection, once, against a reason that was given; others will look at it."""
    ports = wiring.ports()
    return schemas.ApplicationOut.of(
        usecases.appeal_application(ports, caller, application_id, key, body.cites, body.statement)
    )


@api.get("/cohort")
def read_cohort(caller: Caller) -> schemas.CohortOut:
    """How many seats the open cohort has, and how many are taken."""
    return schemas.CohortOut.of(usecases.read_cohort(wiring.ports(), caller))
