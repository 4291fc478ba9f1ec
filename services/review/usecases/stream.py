"""What review derives from its own stream: audit entries and their heads, the applicant's slot, prints, flags, figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from services.review.adapters.anchors import note_head
from services.review.domain import Application, State
from services.review.domain.likeness import print_of
from services.review.domain.states import KEPT_FOR
from services.review.repository import applications, metrics, prints
from services.review.repository.successions import succession_from_item
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import change_applicant
from services.review.usecases.successions import expect_heir
from services.review.usecases.tenures import begin_tenure, end_tenure
from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.messaging.stream import Change
from services.shared.security.audit import put_audit_entries
from services.shared.table.versioned import update_entity

GROUP = 10  # changes that come again together when one of them fails

ENDED = (State.ACTIVE, State.REJECTED, State.UPHELD, State.EXPIRED, State.WITHDRAWN, State.CLOSED)


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Each part is told twice like once: entries and heads by their index, slots by their state, prints and figures by their
    keys."""
    for chain, entry in put_audit_entries(ports.table, changes):
        note_head(ports.table, chain, entry, ports.clock())
    for change in changes:
        if change.new and change.key.sk == "SUCCESSION" and change.new["state"] == "approved":
            expect_heir(ports, succession_from_item(change.new))
    moved = [change for change in changes if change.key.sk == "APPLICATION" and change.new]
    for change in moved:
        after = applications.application_from_item(change.new or {})
        before = applications.application_from_item(change.old) if change.old else None
        if before is None or before.state is not after.state or before.revision != after.revision:
            _follow(ports, before, after)
        if before:
            metrics.put_metrics(ports.table, before, after)


def _follow(ports: Ports, before: Application | None, after: Application) -> None:
    if after.state in ENDED:
        end_slot(ports, after, before)
    if after.state is State.ACTIVE:
        begin_tenure(ports, after)
    if after.state is State.CLOSED:
        end_tenure(ports, after)
    if after.state is State.SUBMITTED:
        _compare(ports, after)
    if after.state is State.REJECTED:
        expires_at = millis(from_millis(after.version) + KEPT_FOR) // 1000
        prints.keep_prints(ports.table, after.id, after.content.person, _bands(after), expires_at)


def end_slot(ports: Ports, after: Application, before: Application | None) -> None:
    """An application has ended: the human behind it may apply again, after the cool-down if it was turned down."""
    person = after.content.person or (before.content.person if before else "")
    turned_down, granted = after.state in (State.REJECTED, State.UPHELD), after.state is State.ACTIVE
    cool_from = after.decisions[-1].at if turned_down and after.decisions else None
    change_applicant(ports, person, lambda applicant: applicant.end(after.id, granted=granted, cool_from=cool_from))


def _compare(ports: Ports, application: Application) -> None:
    """Flag a text that is mostly one of another person's that was rejected, or such a person's evidence. Reviewers see it and
    judge."""
    met = prints.met(ports.table, application.id, application.content.person, _bands(application))
    _flag(ports, application, tuple(f"near_copy:{one}" for one in met[:3]))


def _bands(application: Application) -> tuple[str, ...]:
    content = application.content
    text = content.resonance + content.circle_definition + content.early_building + content.plan
    return (*print_of(text), *(f"evidence:{one}" for one in content.evidence))


def _flag(ports: Ports, application: Application, flags: tuple[str, ...]) -> None:
    def step(now: Application) -> Application:
        if now.revision != application.revision or now.flags == flags:
            return now
        return replace(now, flags=flags, version=next_version(now.version, ports.clock()))

    update_entity(
        ports, partial(applications.find_application, ports.table, application.id), step, applications.application_to_item
    )
