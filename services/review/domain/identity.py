"""The verifier's signed statement about the person behind a user. It contains no name and no document number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from services.review.settings import settings
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import FieldError, Invalid

SALT = "real name"
MAX_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the verifier states about the person behind a user.

    pseudonym: the verifier's id for the person, the same for all users of the person.
    masked_name: for example 林*.
    active_days: the days of the last 90 on which the user was active.
    """

    pseudonym: str
    masked_name: str
    adult: bool
    active_days: int


def sign_statement(secret: bytes, user_id: str, statement: Statement, at: datetime) -> str:
    """Return the token that a verifier issues. For the sandbox and the tests."""
    values = [user_id, statement.pseudonym, statement.masked_name, statement.adult, statement.active_days, millis(at)]
    return str(_serializer([secret]).dumps(values))


def parse_statement(token: str, secrets: list[bytes], user_id: str, now: datetime) -> Statement:
    """Return the statement of a token that is signed with one of `secrets`, about this user, and not too old.

    Raises: Invalid (one error for every reason, so that a forger learns nothing).
    """
    try:
        values: Any = _serializer(secrets[::-1]).loads(token)
    except BadData:
        raise token_invalid() from None
    about, pseudonym, masked_name, adult, active_days, at_ms = values
    is_current = millis(now - settings().statement_lifetime) < at_ms <= millis(now + MAX_CLOCK_SKEW)
    if about != user_id or not is_current:
        raise token_invalid()
    return Statement(pseudonym, masked_name, adult, active_days)


def token_invalid() -> Invalid:
    return Invalid(fields=(FieldError("/real_name_token", "must-be-current-statement"),))


def _serializer(secrets: list[bytes]) -> URLSafeSerializer:
    from hashlib import sha256

    return URLSafeSerializer(secrets, salt=SALT, signer_kwargs={"digest_method": sha256})
