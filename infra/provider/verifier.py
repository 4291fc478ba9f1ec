"""The real-name verifier of the sandbox."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime
from typing import Any

from services.review.domain.identity import Statement, sign_statement


def verify(secret: str, account: str, name: str, birthday: str, active_days: int) -> dict[str, Any]:
    """Return a signed statement about an identity document, without the full name or the document's number."""
    pseudonym = hashlib.sha256(f"{name} {birthday}".encode()).hexdigest()[:24]
    today = datetime.now(UTC).date()
    born = date.fromisoformat(birthday)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    statement = Statement(pseudonym, name[0] + "*" * (len(name) - 1), age >= 18, active_days)
    return {"real_name_token": sign_statement(base64.b64decode(secret), account, statement, datetime.now(UTC))}
