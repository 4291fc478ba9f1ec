"""The verifier's signed statement about the person behind a user. It contains no name and no document number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from services.review.settings import settings
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.text import NOT_IN_LINE

SALT = "real name"
MAX_CLOCK_SKEW = timedelta(minutes=5)
MAX_PSEUDONYM_LENGTH, MAX_NAME_LENGTH, MAX_ACTIVE_DAYS = 200, 40, 3650


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
    match values:
        case [str(about), str(pseudonym), str(masked_name), bool(adult), int(active_days), int(at_ms)]:
            statement = Statement(pseudonym, masked_name, adult, active_days)
        case _:
            raise token_invalid()
    is_current = millis(now - settings().statement_lifetime) < at_ms <= millis(now + MAX_CLOCK_SKEW)
    if about != user_id or not is_current or not _is_in_bounds(statement):
        raise token_invalid()
    return statement


def _is_in_bounds(statement: Statement) -> bool:
    """Whether the table can store the values. The verifier is another company, so a signature does not make them right."""
    return (
        0 < len(statement.pseudonym) <= MAX_PSEUDONYM_LENGTH
        and len(statement.masked_name) <= MAX_NAME_LENGTH
        and not NOT_IN_LINE.search(statement.pseudonym + statement.masked_name)
        and type(statement.active_days) is int
        and 0 <= statement.active_days <= MAX_ACTIVE_DAYS
    )


def token_invalid() -> Invalid:
    return Invalid(fields=(FieldError("/real_name_token", "must-be-current-statement"),))


def _serializer(secrets: list[bytes]) -> URLSafeSerializer:
    from hashlib import sha256

    return URLSafeSerializer(secrets, salt=SALT, signer_kwargs={"digest_method": sha256})
