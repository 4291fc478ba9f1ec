"""A request that moves money at the payment provider, as it is recorded so that no two run at the same time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """The record of one request.

    key: a hash of the kind of request and its reference. body_hash: of what it asks for.
    is_complete: False while it runs. runs_until: in milliseconds; a request that still runs then has died.
    expires_at: in seconds; the record is not in force afterwards.
    """

    key: str
    body_hash: str
    is_complete: bool
    expires_at: int
    runs_until: int = 0
