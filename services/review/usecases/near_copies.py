"""Near copies: an application that shares text or evidence with a rejected one of another identity is flagged.

The request that puts a text under review computes its fingerprints, so a long text delays its applicant alone. The stream
computes them at a rejection only.
"""

from __future__ import annotations

from dataclasses import replace

from services.review.domain import Application, State
from services.review.domain.similarity import fingerprints_of
from services.review.repository import fingerprints
from services.review.settings import settings
from services.review.usecases.ports import Ports
from services.shared.kernel.clock import from_millis, millis

MAX_FLAGS = 3  # per application; they are part of its item


def flag_near_copies(ports: Ports, application: Application) -> Application:
    """Return the application with the flags of its current text. Unchanged unless it is submitted.

    Each submission and each edit after it passes here, so the flags are about the text that reviewers read. Reviewers decide
    what a flag means. One list is read per fingerprint and link, at most 22.
    """
    if application.state is not State.SUBMITTED:
        return application
    identity_hash = application.content.identity_hash
    similar = fingerprints.find_similar(ports.table, application.id, identity_hash, _fingerprints(application))
    return replace(application, flags=tuple(f"near_copy:{application_id}" for application_id in similar[:MAX_FLAGS]))


def put_rejected_text(ports: Ports, application: Application) -> None:
    """Store the fingerprints of a rejected application, so that a near copy is found. A repeat has no effect."""
    expires_at = millis(from_millis(application.version) + settings().retention) // 1000
    identity_hash = application.content.identity_hash
    fingerprints.put_fingerprints(ports.table, application.id, identity_hash, _fingerprints(application), expires_at)


def _fingerprints(application: Application) -> tuple[str, ...]:
    content = application.content
    text = content.resonance + content.circle_definition + content.early_building + content.plan
    return (*fingerprints_of(text), *(f"evidence:{link_hash}" for link_hash in content.evidence))
