"""Seats and waitlists of cohorts, as decisions and closed circles change them."""

from __future__ import annotations

from services.review.domain import Application, Cohort, State
from services.review.errors import ApplicationNotFound
from services.review.repository import applications, cohorts
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import derive_id
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.security.auth import Caller
from services.shared.table.port import Put
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def get_cohort(ports: Ports, caller: Caller) -> Cohort:
    """Return the cohort that approvals fill now.

    Cost: 1.5 read units.
    """
    return cohorts.load_cohort(ports.table, ports.cohort, ports.quota).entity


def save_with_cohort(ports: Ports, put: Put, cohort: Versioned[Cohort], changed: Cohort, application: Application) -> None:
    """Save an application, with the cohort and waitlist position that it changes, in one transaction."""
    if changed == cohort.entity:
        save(ports.table, put)
        return
    writes = [put, cohort.put(cohorts.cohort_to_item(changed), ports.new_id)]
    if application.state is State.WAITLISTED and application.waitlist_position:
        writes.append(cohorts.waitlist_put(changed.name, application.waitlist_position, application.id))
    ports.table.transact(writes, token=ports.new_id("txn"))


def is_applicant_suspended(ports: Ports, application: Application) -> bool:
    """Whether the applicant is suspended or banned now. A suspended applicant gets no seat."""
    status = get_account_status(ports.table, application.applicant, consistent_read=True)
    return status.at(ports.clock()).includes(SanctionLevel.SUSPENDED)


def release_seat(ports: Ports, circle_id: str) -> None:
    """Close the application of a closed circle and release its seat.

    The schedule grants the seat to the waitlist.

    Unchanged if the circle has no application, or its application is closed already.
    """

    def attempt() -> None:
        try:
            loaded = applications.load_application(ports.table, derive_id("app", circle_id))
        except ApplicationNotFound:
            return
        if loaded.entity.state is not State.ACTIVE:
            return
        cohort = cohorts.load_cohort(ports.table, loaded.entity.cohort, ports.quota_of(loaded.entity.cohort))
        after, released = loaded.entity.close(cohort.entity, at=ports.clock())
        put = loaded.put(applications.application_to_item(after), ports.new_id)
        save_with_cohort(ports, put, cohort, released, after)

    retry_on_write_conflict(attempt)
