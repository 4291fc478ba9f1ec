"""Change requests, as the HTTP layer makes them of If-Match and Idempotency-Key."""

from __future__ import annotations

from services.shared.kernel.requests import ChangeRequest


def change(version: int, key: str = "", body: str = "") -> ChangeRequest:
    """Return a request to change what the client read at `version`."""
    return ChangeRequest.if_match("user", "route", key or str(version), body, frozenset({str(version)}))
