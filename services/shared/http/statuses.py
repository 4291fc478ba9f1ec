"""The HTTP statuses of errors."""

from __future__ import annotations

from services.shared.kernel.errors import DomainError

STATUSES = {  # by code; an error without a line of its own has the status of its base class
    "bad-request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "passcode-rejected": 404,
    "coupon-code-rejected": 404,
    "method-not-allowed": 405,
    "conflict": 409,
    "precondition-failed": 412,
    "body-too-large": 413,
    "unsupported-media-type": 415,
    "invalid": 422,
    "precondition-required": 428,
    "too-many-requests": 429,
    "internal-error": 500,
    "unavailable": 503,
}


def status_of(error: type[DomainError]) -> int:
    codes = (vars(kind).get("code") for kind in error.__mro__)
    return next(STATUSES[code] for code in codes if code in STATUSES)
