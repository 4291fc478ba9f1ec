"""What review derives from its own table stream.

Audit entries, the slots of applicants, tenures, fingerprints of rejected texts, metrics, the authors' lists of take-downs, the
names of circles that are down, the jobs that publish outcomes to reporters, and the counts of the transparency report.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.review.domain import Application, Case, State
from services.review.domain.case import CIRCLE_NAME
from services.review.domain.succession import SuccessionState
from services.review.repository import applications, cases, metrics
from services.review.repository.applications import APPLICATIONS
from services.review.repository.cases import CASES
from services.review.repository.successions import SUCCESSIONS
from services.review.usecases.circle_names import take_circle_name_down
from services.review.usecases.near_copies import put_rejected_text
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import update_applicant
from services.review.usecases.report_outcomes import plan_outcome
from services.review.usecases.tenures import end_tenure, expect_successor, start_tenure
from services.review.usecases.transparency import aggregate_acts, audited_groups
from services.shared.messaging.stream import Change, Step, run_steps
from services.shared.security.audit import put_audit_entries

MAX_GROUP = 25  # changes that are processed together: the audit entries of all of them come first

SLOT_RELEASING = (State.ACTIVE, State.REJECTED, State.UPHELD, State.EXPIRED, State.WITHDRAWN, State.CLOSED)


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from each change. The audit comes first, so that nothing else delays it.

    The counts come last: a change that fails there is set aside with everything else derived.
    """
    counts = Step(partial(aggregate_acts, ports), audited_groups)
    return (Step(partial(_put_audit_entries, ports)), Step(partial(_derive, ports)), counts)


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Derive everything that depends on changes of applications, approved successions and decided cases.

    A repeated change derives the same state: audit entries, heads and counted acts have their index as key, fingerprints and
    metrics their application, and slots follow the application's version.
    """
    run_steps(stream_steps(ports), changes)


def _put_audit_entries(ports: Ports, changes: Sequence[Change]) -> None:
    put_audit_entries(ports.table, changes, ports.clock())


def _derive(ports: Ports, changes: Sequence[Change]) -> None:
    for succession in SUCCESSIONS.changes(changes, "SUCCESSION"):
        if succession.after and succession.after.state is SuccessionState.APPROVED:
            expect_successor(ports, succession.after)
    for case in CASES.changes(changes, "CASE"):
        if case.after:
            _derive_from_case(ports, case.before, case.after)
    for application in APPLICATIONS.changes(changes, "APPLICATION"):
        before, after = application.before, application.after
        if after and (before is None or before.state is not after.state or before.revision != after.revision):
            _handle_new_state(ports, before, after)
        if after and before:
            metrics.put_metrics(ports.table, before, after)


def _derive_from_case(ports: Ports, before: Case | None, after: Case) -> None:
    """List a take-down for its author, take the name of a circle down, which is review's own, and plan the outcome."""
    if after.is_taken_down != (before is not None and before.is_taken_down):
        if after.is_taken_down:
            cases.put_take_down(ports.table, after)
        if after.subject["kind"] == CIRCLE_NAME:
            take_circle_name_down(ports, after)
    plan_outcome(ports, before, after)


def _handle_new_state(ports: Ports, before: Application | None, after: Application) -> None:
    if after.state in SLOT_RELEASING:
        end_application(ports, before, after)
    if after.state is State.ACTIVE:
        start_tenure(ports, after)
        # This change can come after the one that closed the circle, if it was set aside.
        if applications.get_application(ports.table, after.id).state is State.CLOSED:
            end_tenure(ports, after)
    if after.state is State.CLOSED:
        end_tenure(ports, after)
    if after.state is State.REJECTED:
        put_rejected_text(ports, after)


def end_application(ports: Ports, before: Application | None, after: Application) -> None:
    """Record in the applicant that an application has ended: the slot, the circle and the cool-down."""
    identity_hash = after.content.identity_hash or (before.content.identity_hash if before else "")
    update_applicant(ports, identity_hash, lambda applicant: applicant.end_application(after))
