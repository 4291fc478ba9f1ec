"""The functions of the review service: its API, its relay to the bus, and the keeper of its audit trail."""

from __future__ import annotations

from services.review import errors, schemas, usecases, wiring
from services.shared.api import Api, Listed, PageRequest
from services.shared.auth import Caller
from services.shared.errors import KeyReused
from services.shared.ids import IdempotencyKey

api = Api("review", wiring.edge)

OF_REVIEWER = (errors.NotEnrolled, errors.ConflictOfInterest, errors.SamePersonTwice)
OF_CLAIM = (errors.ApplicationNotOpen, errors.AlreadyClaimed, errors.LeaseLapsed)


@api.post("/applications", status=201, raises=(KeyReused,))
def start_application(caller: Caller, key: IdempotencyKey, body: schemas.ApplicationIn) -> schemas.ApplicationOut:
    """Start an application to own a circle, as a draft."""
    ports = wiring.ports()
    content = body.content(usecases.person_digest(ports, body.real_name_token or ""))
    return schemas.ApplicationOut.of(usecases.start_application(ports, caller, key, content))


@api.get("/applications")
def list_applications(caller: Caller, page: PageRequest) -> Listed[schemas.ApplicationOut]:
    """List your own applications, newest first."""
    found, rest = usecases.list_applications(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.ApplicationOut.of(one) for one in found], rest)


@api.get("/applications/{application_id}")
def read_application(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Read an application: where it stands, why, and what comes next."""
    return schemas.ApplicationOut.of(usecases.read_application(wiring.ports(), caller, application_id))


@api.put("/applications/{application_id}", raises=(errors.ApplicationNotOpen, KeyReused))
def edit_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.ApplicationIn
) -> schemas.ApplicationOut:
    """Edit your application; after submission this begins a new edition and keeps the old."""
    ports = wiring.ports()
    content = body.content(usecases.person_digest(ports, body.real_name_token or ""))
    return schemas.ApplicationOut.of(usecases.edit_application(ports, caller, application_id, key, content))


@api.post("/applications/{application_id}/submission", raises=(errors.ApplicationNotOpen,))
def submit_application(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Submit your application for review."""
    return schemas.ApplicationOut.of(usecases.submit_application(wiring.ports(), caller, application_id))


@api.get("/queue", raises=(errors.NotEnrolled,))
def list_queue(caller: Caller, page: PageRequest) -> Listed[schemas.QueueEntry]:
    """List what waits for a decision, oldest first."""
    found = usecases.list_queue(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.QueueEntry.of(row) for row in found.items], found.next)


@api.post("/applications/{application_id}/claim", raises=(*OF_REVIEWER, *OF_CLAIM))
def claim_application(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Claim an application for 15 minutes."""
    return schemas.ApplicationOut.of(usecases.claim_application(wiring.ports(), caller, application_id))


@api.put("/applications/{application_id}/claim", raises=(errors.NotEnrolled, *OF_CLAIM, errors.ExtensionsUsedUp))
def extend_claim(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Extend your claim by another 15 minutes, at most four times."""
    return schemas.ApplicationOut.of(usecases.extend_claim(wiring.ports(), caller, application_id))


@api.delete("/applications/{application_id}/claim", raises=(errors.NotEnrolled, *OF_CLAIM))
def release_claim(caller: Caller, application_id: str) -> schemas.ApplicationOut:
    """Give a claimed application back to the queue."""
    return schemas.ApplicationOut.of(usecases.release_claim(wiring.ports(), caller, application_id))


@api.post(
    "/applications/{application_id}/decisions",
    status=201,
    raises=(*OF_REVIEWER, *OF_CLAIM, errors.ApplicationChanged, KeyReused),
)
def decide_application(
    caller: Caller, application_id: str, key: IdempotencyKey, body: schemas.DecisionIn
) -> schemas.ApplicationOut:
    """Decide on the version you read; the second approval, by another person, grants the seat."""
    return schemas.ApplicationOut.of(usecases.decide_application(wiring.ports(), caller, application_id, key, body.judgement()))


@api.get("/applications/{application_id}/audit", raises=(errors.OperatorsOnly,))
def audit_application(caller: Caller, application_id: str) -> schemas.VerdictOut:
    """Verify the audit chain of an application."""
    return schemas.VerdictOut.of(usecases.audit_application(wiring.ports(), caller, application_id))


@api.get("/cohort")
def read_cohort(caller: Caller) -> schemas.CohortOut:
    """How many seats the open cohort has, and how many are taken."""
    return schemas.CohortOut.of(usecases.read_cohort(wiring.ports(), caller))


@api.put("/reviewers/{user_id}", raises=(errors.OperatorsOnly,))
def enrol_reviewer(caller: Caller, user_id: str, body: schemas.EnrolmentIn) -> None:
    """Enrol a reviewer under the verifier's real-name token."""
    usecases.enrol_reviewer(wiring.ports(), caller, user_id, body.real_name_token)


@api.put("/people/{user_id}/suspension", raises=(errors.OperatorsOnly,))
def suspend_person(caller: Caller, user_id: str, body: schemas.SuspensionIn) -> None:
    """Suspend a person from the platform, or let them back in."""
    usecases.suspend_person(wiring.ports(), caller, user_id, body.suspended, body.reason)
