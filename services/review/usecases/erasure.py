"""The erasure of a deleted account in this service.

The enrolment as a reviewer and open applications end, and the texts of all applications and of the user's reports are erased.
Of a case about the user's content the evidence stays until the case is decided. Sanctions and verified identities stay: a ban
must hold for a new account too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.review.domain import Application
from services.review.domain.application_end import can_be_withdrawn, erase_for_deletion
from services.review.repository import applications, cases, erasing
from services.review.usecases.appeals import erase_appeal
from services.review.usecases.circle_names import release_name
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import dismiss_deleted_reviewer
from services.shared.erasure.jobs import Erasure, erase_user
from services.shared.messaging.events import ReportsErased
from services.shared.table.erasing import delete_limits
from services.shared.table.jobs import Job
from services.shared.table.versioned import Changed, update


def erase_reports_of_user(ports: Ports, job: Job) -> Iterator[None]:
    """Erase a user: applications, reports, cases about their content, and connections."""
    return erase_user(ports, ReportsErased, partial(_steps, ports), job)


def erase_case(ports: Ports, job: Job) -> Iterator[None]:
    """Erase the texts of a case that was decided after its author's account was deleted."""
    _erase_case(ports, job.id)
    yield


def _steps(ports: Ports, erasure: Erasure) -> Iterator[str]:
    user_id = erasure.user_id
    dismiss_deleted_reviewer(ports, user_id)
    for application_id in erasing.iter_application_ids(ports.table, user_id):
        update(ports, partial(applications.load_application, ports.table, application_id), partial(_end, ports))
        update(ports, partial(applications.load_application, ports.table, application_id), partial(_erase, ports))
        applications.erase_revisions(ports.table, application_id)
        yield ""
    for _ in erasing.erase_report_texts(ports.table, user_id):
        yield ""
    for circle_id in erasing.iter_circle_ids(ports.table, user_id):
        for case_id in cases.iter_case_ids(ports.table, circle_id):
            case = cases.find_case(ports.table, case_id)
            if case and case.author == user_id:
                _erase_case(ports, case_id)
                yield ""
    for _ in erasing.delete_connections(ports.table, user_id):
        yield ""
    for _ in (*delete_limits(ports.table, user_id), *erasing.delete_take_downs(ports.table, user_id)):
        yield ""


def _end(ports: Ports, application: Application) -> Application | Changed[Application]:
    """Withdraw an application that waits for a decision, for its applicant or for a seat. Otherwise it is unchanged."""
    if can_be_withdrawn(application):
        return Changed(application.withdraw(at=ports.clock()), also=release_name(application))
    return application


def _erase(ports: Ports, application: Application) -> Application:
    return erase_for_deletion(application, at=ports.clock())


def _erase_case(ports: Ports, case_id: str) -> None:
    load = partial(cases.load_case, ports.table, case_id)
    if update(ports, load, lambda case: case.end_author(at=ports.clock())).erased:
        cases.erase_reports(ports.table, case_id)
        erase_appeal(ports, case_id)
