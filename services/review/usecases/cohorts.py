"""Seats and waitlists of cohorts, as decisions and closed circles change them."""

from __future__ import annotations

from functools import partial

from services.review.domain import Application, Cohort, SanctionRecord, State
from services.review.errors import ApplicationNotFound
from services.review.repository import applications, cohorts, people
from services.review.settings import settings
from services.review.usecases.conflicts import load_linked_users
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import derive_id
from services.shared.security.auth import Caller
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, Versioned, update


def get_cohort(ports: Ports, caller: Caller) -> Cohort:
    """Return the cohort that approvals fill now.

    Cost: 1.5 read units.
    """
    return load_cohort(ports, settings().cohort).entity


def load_cohort(ports: Ports, name: str) -> Versioned[Cohort]:
    """Load a cohort with its seats of the settings; one without such seats keeps those that it has."""
    return cohorts.load_cohort(ports.table, name, settings().quotas.get(name))


def cohort_writes(ports: Ports, before: Versioned[Cohort], after: Cohort, application: Application) -> list[Write]:
    """Return the writes of the cohort and waitlist position that an application changed; none if it changed neither."""
    if after == before.entity:
        return []
    writes = [before.write(ports, after)]
    if application.state is State.WAITLISTED and application.waitlist_position:
        writes.append(cohorts.append_to_waitlist(after.name, application.waitlist_position, application.id))
    return writes


def load_sanction_records_of(ports: Ports, application: Application) -> list[SanctionRecord]:
    """Load the sanction records of all users of the applicant's person. No seat is granted beside a suspended user.

    Users that were verified after the submission count too.
    """
    users = load_linked_users(ports, {application.applicant}).users
    return [people.load_sanction_record(ports.table, user, ports.new_id).entity for user in sorted(users)]


def release_seat(ports: Ports, circle_id: str) -> None:
    """Close the application of a closed circle and release its seat.

    The schedule grants the seat to the waitlist.

    Unchanged if the circle has no application, or its application is closed already.
    """

    def change(before: Application) -> Application | Changed[Application]:
        if before.state is not State.ACTIVE:
            return before
        cohort = load_cohort(ports, before.cohort)
        after, released = before.close(cohort.entity, at=ports.clock())
        return Changed(after, also=cohort_writes(ports, cohort, released, after))

    try:
        update(ports, partial(applications.load_application, ports.table, derive_id("app", circle_id)), change)
    except ApplicationNotFound:
        return
