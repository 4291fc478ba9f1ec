"""The verifier's signed statement about the person behind a user. It contains no name and no document number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from services.review.settings import settings
from services.shared.kernel.clock import millis
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.text import NOT_IN_LINE

SALT = "real name"
MAX_CLOCK_SKEW = timedelta(minutes=5)
ADULT = "adult"  # in a token, instead of the day on which a minor turns 18
MIN_DAY, MAX_DAY = date(2000, 1, 1), date(2100, 1, 1)  # as for all moments that enter
MAX_PSEUDONYM_LENGTH, MAX_NAME_LENGTH, MAX_ACTIVE_DAYS = 200, 40, 3650


@dataclass(frozen=True, slots=True)
class Statement:
    """What the verifier states about the person behind a user.

    pseudonym: the verifier's id for the person, the same for all users of the person.
    masked_name: for example 林*.
    adult_on: the day on which a minor turns 18; None of an adult. It names no other day.
    active_days: the days of the last 90 on which the user was active.
    """

    pseudonym: str
    masked_name: str
    adult_on: date | None
    active_days: int

    @property
    def adult(self) -> bool:
        """Whether the person was an adult when the verifier stated it."""
        return self.adult_on is None


def sign_statement(secret: bytes, user_id: str, statement: Statement, at: datetime) -> str:
    """Return the token that a verifier issues. For the sandbox and the tests."""
    adult_on = statement.adult_on.isoformat() if statement.adult_on else ADULT
    values = [user_id, statement.pseudonym, statement.masked_name, adult_on, statement.active_days, millis(at)]
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
        case [str(about), str(pseudonym), str(masked_name), str(adult_on), int(active_days), int(at_ms)]:
            statement = Statement(pseudonym, masked_name, _parse_day(adult_on), active_days)
        case _:
            raise token_invalid()
    is_current = millis(now - settings().statement_lifetime) < at_ms <= millis(now + MAX_CLOCK_SKEW)
    if about != user_id or not is_current or not _is_in_bounds(statement):
        raise token_invalid()
    return statement


def _parse_day(text: str) -> date | None:
    """Return the day of a statement; None of an adult. Raises: Invalid (another text, or a day out of range)."""
    if text == ADULT:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise token_invalid() from None
    if not (MIN_DAY <= day <= MAX_DAY and day.isoformat() == text):
        raise token_invalid()
    return day


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
