"""The caller of a request, from the claims that the gateway verified.

It also checks whether the caller's sign-in was ended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import (
    AccessRevoked,
    AccountSuspended,
    OperatorRequired,
    SignInEnded,
    StaffSignInRequired,
    Unauthorized,
)
from services.shared.kernel.ids import USER_PATTERN
from services.shared.security.account_status import AccountStatus, SanctionLevel, get_account_status
from services.shared.security.actions import DENIALS, ActionKind, require_permitted
from services.shared.security.tokens import TokenRules
from services.shared.table.port import Table

ACCOUNT_STATUS_PATH = "/v1/me/account-status"  # where a suspended user reads why, and appeals
GROUPS = frozenset({"reviewer", "operator"})
SECONDS_PATTERN = "[1-9][0-9]{8,9}"  # since 1970, until the year 2286: no claim becomes a number that a table cannot store


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user.

    user_id: the subject of the token. groups: the platform roles in the token.
    withheld_groups: platform roles in the token that do not count, because it is not of a staff sign-in.
    signed_in_at: when the user signed in, in seconds since 1970. A refreshed token keeps it.
    expires_at: of the token, in seconds since 1970. ip: the address that the gateway received the request from.
    level: the platform sanction in force. violation, level_until: why, and until when; None without an end.
    is_minor: in a service that limits minors.
    """

    user_id: str
    groups: frozenset[str]
    signed_in_at: int
    expires_at: int
    ip: str = ""
    level: SanctionLevel = SanctionLevel.NONE
    violation: str = ""
    level_until: datetime | None = None
    withheld_groups: frozenset[str] = frozenset()
    is_minor: bool = False

    @property
    def is_reviewer(self) -> bool:
        return "reviewer" in self.groups

    @property
    def is_operator(self) -> bool:
        return "operator" in self.groups

    @property
    def is_suspended(self) -> bool:
        return self.level.includes(SanctionLevel.SUSPENDED)

    def require_permitted(self, kind: ActionKind) -> None:
        """Require that the caller's platform sanction and age permit this kind of action.

        The HTTP API and the WebSocket API call this for every request. Raises: the errors of the table in `actions`.
        """
        if self.is_suspended and self.level in DENIALS[kind]:
            raise AccountSuspended(
                level=str(self.level),
                violation=self.violation,
                until=rfc3339(self.level_until) if self.level_until else None,
                appeal=ACCOUNT_STATUS_PATH,
            )
        require_permitted(self.level, kind, is_minor=self.is_minor)

    def require_operator(self) -> None:
        """Raises: OperatorRequired, StaffSignInRequired (an operator whose sign-in is not one of staff)."""
        if not self.is_operator:
            self.require_group_not_withheld("operator")
            raise OperatorRequired

    def require_group_not_withheld(self, group: str) -> None:
        """Raises: StaffSignInRequired, with the next step of a member of staff whose sign-in does not count."""
        if group in self.withheld_groups:
            raise StaffSignInRequired


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in user whose account status is not checked yet.

    Only for a use case that reads the status together with other items of the user: it must call `authorize` before it returns.
    kind: what the request does.
    """

    caller: Caller
    kind: ActionKind

    @property
    def user_id(self) -> str:
        return self.caller.user_id

    def authorize(self, status: AccountStatus, now: datetime) -> Caller:
        """Return the caller if this account status permits the request. Raises: as the function `authorize`."""
        return _require_status(self.caller, status, now, self.kind)


def caller_of(context: Mapping[str, Any], rules: TokenRules) -> Caller:
    """Return the caller in the request context of an HTTP API.

    Raises: Unauthorized (no token, or an ID token: the gateway's authorizer accepts ID tokens too, so they are denied here;
    a subject or a time out of range: another issuer than the user pool could sign them).
    """
    claims = context.get("authorizer", {}).get("jwt", {}).get("claims") or {}
    if not rules.is_access_token(claims):
        raise Unauthorized
    groups, is_staff = rules.groups_of(claims) & GROUPS, rules.is_of_staff(claims)
    return Caller(
        user_id=_claim(claims, "sub", USER_PATTERN),
        groups=groups if is_staff else frozenset(),
        signed_in_at=_signed_in_at(claims),
        expires_at=int(_claim(claims, "exp", SECONDS_PATTERN)),
        ip=context.get("http", {}).get("sourceIp", ""),
        withheld_groups=frozenset() if is_staff else groups,
    )


def _claim(claims: Mapping[str, Any], name: str, pattern: str) -> str:
    value = str(claims.get(name, ""))
    if not re.fullmatch(pattern, value):
        raise Unauthorized
    return value


def _signed_in_at(claims: Mapping[str, Any]) -> int:
    """Return the time of the sign-in behind an access token: `auth_time`, which a refresh does not change.

    Without this claim it is the time of the token, so a refresh counts as a sign-in; the issuer must then end refresh tokens.
    Raises: Unauthorized (a claim is not a time).
    """
    names = [name for name in ("iat", "auth_time") if name == "iat" or name in claims]
    return min(int(_claim(claims, name, SECONDS_PATTERN)) for name in names)


def authorize(
    table: Table, caller: Caller, now: datetime, kind: ActionKind = ActionKind.READ, *, consistent_read: bool = False
) -> Caller:
    """Return the caller with the platform sanction that is in force, if it permits this kind of action.

    A token of a suspended user stays formally valid until it expires, so the status is checked on each request. The suspension
    comes first: an app whose user must sign in again, and is denied again, would loop.
    Cost: 0.5 read units; 1 with `consistent_read`.
    Raises: AccountSuspended (the caller is suspended or banned), AccessRevoked (no longer, but signed in before the suspension,
    or in the same second), SignInEnded (the caller signed out everywhere after this sign-in, or in the same second),
    CallerMuted, CallerRestricted, CallerMinor.
    """
    return _require_status(caller, get_account_status(table, caller.user_id, consistent_read=consistent_read), now, kind)


def _require_status(caller: Caller, status: AccountStatus, now: datetime, kind: ActionKind) -> Caller:
    level = status.at(now)
    authorized = replace(caller, level=level, violation=status.get_violation(now), level_until=status.get_end(level))
    authorized = replace(authorized, is_minor=status.is_minor(now))
    if authorized.is_suspended:
        authorized.require_permitted(kind)
    elif caller.signed_in_at <= status.valid_after:
        raise AccessRevoked
    if caller.signed_in_at <= status.signed_out_at:
        raise SignInEnded
    authorized.require_permitted(kind)
    return authorized
