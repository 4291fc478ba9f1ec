"""A verifier's word on who somebody is: signed, bound to an account, and saying no more than what is needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from services.shared.kernel.clock import millis
from services.shared.kernel.errors import FieldError, Invalid

SALT = "real name"
LIFETIME = timedelta(days=30)
FUTURE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Statement:
    """`person` is the verifier's pseudonym, the same for all accounts of one human; `masked_name` reads like 林*;
    `active_days` are days of the last ninety on which the account was used. No name and no number of a document."""

    person: str
    masked_name: str
    adult: bool
    active_days: int


def sign_statement(secret: bytes, account: str, statement: Statement, at: datetime) -> str:
    """A statement as a verifier makes it, for a sandbox and for tests."""
    said = [account, statement.person, statement.masked_name, statement.adult, statement.active_days, millis(at)]
    return str(_serializer([secret]).dumps(said))


def parse_statement(token: str, secrets: list[bytes], account: str, now: datetime) -> Statement:
    """The statement in a token: signed under one of our secrets, about this very account, and at most thirty days old.
    Invalid for anything else, without telling which."""
    try:
        said: Any = _serializer(secrets[::-1]).loads(token)
    except BadData:
        raise refused() from None
    about, person, masked_name, adult, active_days, at_ms = said
    fresh = millis(now - LIFETIME) < at_ms <= millis(now + FUTURE)
    if about != account or not fresh:
        raise refused()
    return Statement(person, masked_name, adult, active_days)


def refused() -> Invalid:
    return Invalid(fields=(FieldError("/real_name_token", "is not a current statement about this account"),))


def _serializer(secrets: list[bytes]) -> URLSafeSerializer:
    from hashlib import sha256

    return URLSafeSerializer(secrets, salt=SALT, signer_kwargs={"digest_method": sha256})
