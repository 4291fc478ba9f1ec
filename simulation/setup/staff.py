"""Grants of review for what staff read in the other services."""

from __future__ import annotations

from services.review import usecases as review
from services.shared.security.auth import Caller
from services.shared.security.read_grants import ReadKind
from simulation.simulation import Simulation


def read_grant(simulation: Simulation, by: Caller, read: str, subject_id: str = "") -> str:
    """Return a grant for one read, which counts now."""
    return review.create_read_grant(simulation.review, by, ReadKind(read), subject_id)[0]
