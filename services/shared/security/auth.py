"""Who is calling, from the gateway's verified claims; and whether that person's tokens still count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.shared.kernel.errors import Muted, Restricted, Unauthorized
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.table.port import Table

GROUPS = frozenset({"reviewer", "operator"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person: `user_id` is the token's subject, `groups` the platform roles it names,
    `issued_at` and `expires_at` the token's life in seconds since 1970, `ip` the address the gateway saw, `level` the
    sanction that holds for them now."""

    user_id: str
    groups: frozenset[str]
    issued_at: int
    expires_at: int
    ip: str = ""
    level: SanctionLevel = SanctionLevel.NONE

    @property
    def is_reviewer(self) -> bool:
        return "reviewer" in self.groups

    @property
    def is_operator(self) -> bool:
        return "operator" in self.groups

    def require_not_muted(self) -> None:
        """Whoever is muted says nothing, in no circle and no room."""
        if self.level.includes(SanctionLevel.MUTED):
            raise Muted

    def require_not_restricted(self) -> None:
        """Whoever is restricted sells nothing."""
        if self.level.includes(SanctionLevel.RESTRICTED):
            raise Restricted


def caller_of(context: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API request context. An ID token passes the gateway's authorizer too: refuse it here."""
    claims = context.get("authorizer", {}).get("jwt", {}).get("claims") or {}
    if claims.get("token_use") != "access" or not claims.get("sub"):
        raise Unauthorized
    return Caller(
        user_id=claims["sub"],
        groups=parse_groups(claims.get("cognito:groups", "")) & GROUPS,
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
        ip=context.get("http", {}).get("sourceIp", ""),
    )


def parse_groups(value: Any) -> frozenset[str]:
    """The gateway hands a list claim over as one string, `[reviewer operator]`."""
    if isinstance(value, list):
        return frozenset(map(str, value))
    return frozenset(str(value).strip("[]").replace(",", " ").split())


def authorize(table: Table, caller: Caller, now: datetime, *, consistent_read: bool = False) -> Caller:
    """The caller with the sanction that holds now; Unauthorized when it puts them out, or when their token was issued before
    it was last revoked: a suspended person's token lives on until it expires. Reads 0.5 units, 1 if strongly."""
    standing = get_account_status(table, caller.user_id, consistent_read=consistent_read)
    level = standing.at(now)
    if level.includes(SanctionLevel.SUSPENDED) or caller.issued_at < standing.valid_after:
        raise Unauthorized("This account is suspended or was signed out everywhere.")
    return replace(caller, level=level)
