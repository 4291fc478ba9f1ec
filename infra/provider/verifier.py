"""The real-name verifier of the sandbox."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.review.domain.identity import Statement, sign_statement
from services.shared.kernel.clock import china_day


def verify(secret: str, account: str, name: str, birthday: str, active_days: int) -> dict[str, Any]:
    """Return a signed statement about an identity document, without the full name or the document's number."""
    pseudonym = hashlib.sha256(f"{name} {birthday}".encode()).hexdigest()[:24]
    born = date.fromisoformat(birthday)
    # Of the 29th of February the 18th birthday is the 1st of March, unless that year has the day.
    adult_on = born.replace(year=born.year + 18, day=1) + timedelta(days=born.day - 1)
    is_adult = adult_on <= china_day(datetime.now(UTC))
    statement = Statement(pseudonym, name[0] + "*" * (len(name) - 1), None if is_adult else adult_on, active_days)
    return {"real_name_token": sign_statement(base64.b64decode(secret), account, statement, datetime.now(UTC))}
