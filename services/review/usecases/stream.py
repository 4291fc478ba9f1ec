"""What review derives from its own table stream.

Audit entries, the slots of applicants, tenures, fingerprints of rejected texts, flags, and metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from services.review.domain import Application, State
from services.review.domain.similarity import fingerprints_of
from services.review.domain.succession import SuccessionState
from services.review.repository import applications, fingerprints, metrics
from services.review.repository.applications import APPLICATIONS
from services.review.repository.successions import SUCCESSIONS
from services.review.settings import settings
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import update_applicant
from services.review.usecases.tenures import end_tenure, expect_successor, start_tenure
from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.messaging.stream import Change, Step
from services.shared.security.audit import put_audit_entries
from services.shared.table.versioned import update

MAX_FLAGS = 3  # per application; they are part of its item

SLOT_RELEASING = (State.ACTIVE, State.REJECTED, State.UPHELD, State.EXPIRED, State.WITHDRAWN, State.CLOSED)


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from each change."""
    return (Step(partial(handle_changes, ports)),)


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Derive everything that depends on changes of applications and approved successions.

    A repeated change derives the same state: audit entries and heads have their index as key, fingerprints and metrics
    their application, and slots follow the application's version.
    """
    put_audit_entries(ports.table, changes, ports.clock())
    for succession in SUCCESSIONS.changes(changes, "SUCCESSION"):
        if succession.after and succession.after.state is SuccessionState.APPROVED:
            expect_successor(ports, succession.after)
    for application in APPLICATIONS.changes(changes, "APPLICATION"):
        before, after = application.before, application.after
        if after and (before is None or before.state is not after.state or before.revision != after.revision):
            _handle_new_state(ports, before, after)
        if after and before:
            metrics.put_metrics(ports.table, before, after)


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
    if after.state is State.SUBMITTED:
        _flag_similar(ports, after)
    if after.state is State.REJECTED:
        expires_at = millis(from_millis(after.version) + settings().retention) // 1000
        fingerprints.put_fingerprints(ports.table, after.id, after.content.identity_hash, _fingerprints(after), expires_at)


def end_application(ports: Ports, before: Application | None, after: Application) -> None:
    """Record in the applicant that an application has ended: the slot, the circle and the cool-down."""
    identity_hash = after.content.identity_hash or (before.content.identity_hash if before else "")
    update_applicant(ports, identity_hash, lambda applicant: applicant.end_application(after))


def _flag_similar(ports: Ports, application: Application) -> None:
    """Flag an application that shares text or evidence with a rejected one of another person.

    Reviewers decide what it means.

    """
    identity_hash = application.content.identity_hash
    similar = fingerprints.find_similar(ports.table, application.id, identity_hash, _fingerprints(application))
    flags = tuple(f"near_copy:{application_id}" for application_id in similar[:MAX_FLAGS])

    def step(current: Application) -> Application:
        # The applicant can edit meanwhile: the next revision is compared by its own change.
        if current.revision != application.revision or current.flags == flags:
            return current
        return replace(current, flags=flags, version=next_version(current.version, ports.clock()))

    update(ports, partial(applications.load_application, ports.table, application.id), step)


def _fingerprints(application: Application) -> tuple[str, ...]:
    content = application.content
    text = content.resonance + content.circle_definition + content.early_building + content.plan
    return (*fingerprints_of(text), *(f"evidence:{link_hash}" for link_hash in content.evidence))
