"""Change requests, as the HTTP layer makes them of If-Match and Idempotency-Key."""

from __future__ import annotations

from datetime import timedelta

from services.shared.kernel.rates import Rate
from services.shared.kernel.requests import ChangeRequest

CHANGE_RATE = Rate("change", timedelta(seconds=1), 1000)


def change(version: int, key: str = "", body: str = "") -> ChangeRequest:
    """Return a request to change what the client read at `version`."""
    return ChangeRequest.if_match("user", CHANGE_RATE, "route", key or str(version), body, frozenset({str(version)}))
