"""Tenures of owners: they start with a seat, are assessed, move to a new owner, end with the circle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.domain import Application
from services.review.domain.succession import Succession
from services.review.domain.tenure import Assessment, AssessmentOutcome, Tenure, TenureState
from services.review.errors import ApplicationNotFound
from services.review.repository import applications
from services.review.repository import tenures as repository
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.circle_names import release_name_of_circle, tenure_events
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import update_applicant
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.clock import from_millis, next_version
from services.shared.kernel.ids import IdempotencyKey, derive_id
from services.shared.messaging.events import CircleChanged
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import Changed, save, update


def get_tenure(ports: Ports, caller: Caller, application_id: str) -> Tenure:
    """Return the tenure of a circle's owner. The access is limited per hour and is recorded before the tenure is returned.

    Raises: ReviewerNotEnrolled, ApplicationNotFound (no seat was granted), ConflictOfInterest, ReadLimitReached.
    """
    by = require_reviewer(ports, caller)
    tenure = repository.get_tenure(ports.table, application_id)
    record_access(ports, by, f"tenure of {application_id}", {tenure.owner})
    return tenure


def assess_owner(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, outcome: AssessmentOutcome, note: str
) -> Tenure:
    """Renew an owner's tenure, put the owner on probation, or remove the owner, and return the tenure.

    All but the renewal of a tenure without a probation take effect when a second reviewer sends the same outcome.
    Unchanged if the request was applied before (same key, same body).

    Cost: 10 write units and 5 read units.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, TenureEnded, OwnerNotOnProbation, ProbationNotEnded,
    ConflictOfInterest, SecondReviewerRequired, KeyReused, RateLimitReached.
    """
    by = require_reviewer(ports, caller)

    def change(tenure: Tenure) -> Tenure | Changed[Tenure]:
        previous = [tenure.proposed.by] if tenure.proposed else []
        conflict = has_conflict_of_interest(ports, by, {tenure.owner}, previous=previous)
        after = tenure.assess(Assessment(outcome, note, by, ports.clock()), has_conflict=conflict)
        return Changed(after, tenure_events(after)) if after.state is TenureState.REMOVED else after

    load = partial(repository.load_tenure, ports.table, application_id)
    return update(ports, load, change, request=settings().change_request(key))


def start_tenure(ports: Ports, application: Application) -> None:
    """Start the tenure of an applicant who got a seat.

    Unchanged if it was started before. Called from the stream.
    """
    at = from_millis(application.version)
    name, trail = application.content.circle_name, AuditTrail(salt=ports.new_id("salt"))
    tenure = Tenure(application.id, application.applicant, name, at + settings().tenure_term, next_version(0, at), trail)
    try:
        save(ports, repository.TENURES.new(tenure), tenure)
    except ConditionFailed:
        return


def end_tenure(ports: Ports, application: Application) -> None:
    """End the tenure of a closed circle's owner, release the circle's name, and stop counting the circle for this owner.

    Tenure and name change in one transaction, so a rename at the same time leaves no name behind.
    Unchanged if there is no tenure. Called from the stream, also repeatedly.
    """

    def end(tenure: Tenure) -> Tenure | Changed[Tenure]:
        if tenure.state is TenureState.ENDED:
            return tenure
        return Changed(tenure.end(at=ports.clock()), also=release_name_of_circle(tenure))

    # The owner can be another user than the applicant, whose slot and count end with the application.
    if tenure := _change(ports, application.id, end):
        update_applicant(ports, tenure.identity_hash, lambda applicant: applicant.remove_circle(application.id))


def expect_successor(ports: Ports, succession: Succession) -> None:
    """Store the approved candidate in the tenure, with the person behind the user.

    The tenure moves to the candidate when circles publishes the new owner. Called from the stream.
    """
    application_id = derive_id("app", succession.circle_id)
    _change(ports, application_id, lambda tenure: tenure.expect_successor(succession.candidate, succession.identity_hash))


def apply_circle_to_tenure(ports: Ports, event: CircleChanged) -> None:
    """Store whether the circle is read-only, move the tenure to its owner, and count the circle for this owner only.

    Unchanged if the circle has no tenure, or the tenure holds a newer version of the circle.
    """
    circle_version, application_id, data = event.entity_version, derive_id("app", event.data.circle_id), event.data

    def change(tenure: Tenure) -> Tenure:
        at = ports.clock()
        after = tenure.apply_circle_changed(circle_version, data.state == "read_only", data.read_only_until, at=at)
        return after.change_owner(data.owner_id, circle_version, at=at)

    tenure = _change(ports, application_id, change)
    # Decided by the stored version, not by which run wrote it: a crash below is completed when the event comes again.
    if tenure and tenure.source_version == circle_version:
        application = applications.get_application(ports.table, application_id)
        previous = tenure.previous_identity_hash or application.content.identity_hash
        update_applicant(ports, previous, lambda applicant: applicant.remove_circle(application_id))
        update_applicant(ports, tenure.identity_hash, lambda applicant: applicant.add_circle(application_id))
        # The circle may have closed before or during this call: `end_tenure` stores the end before it stops counting.
        if repository.get_tenure(ports.table, application_id).state is TenureState.ENDED:
            update_applicant(ports, tenure.identity_hash, lambda applicant: applicant.remove_circle(application_id))


def _change(ports: Ports, application_id: str, step: Callable[[Tenure], Tenure | Changed[Tenure]]) -> Tenure | None:
    try:
        return update(ports, partial(repository.load_tenure, ports.table, application_id), step)
    except ApplicationNotFound:
        return None
