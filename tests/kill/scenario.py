"""One scenario of the crash tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.kill.actions import Action


@dataclass(frozen=True)
class Scenario:
    """One action of one user, with its idempotency key fixed, so that calling it again is a retry.

    after: the scenario that comes before; empty for the first.
    later: how long after that one.
    """

    name: str
    action: Action
    after: str = ""
    later: timedelta = timedelta(0)
