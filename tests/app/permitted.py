"""Which user a test of an operation calls it as, from the access matrix."""

from __future__ import annotations

from simulation.access.roles import routes
from simulation.api.operations import Operation


def permitted_user(operation: Operation) -> str:
    """Return a kind of user with a successful status on this route; a member if there is none."""
    statuses = {"member": 200} if operation.is_public else routes()[operation.service, str(operation)].statuses
    people = ("member", "moderator", "owner", "reviewer", "operator")
    return next((persona for persona in people if statuses.get(persona, 500) < 400), "member")
