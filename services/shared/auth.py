"""Who is calling, from the gateway's verified claims; and whether that person's tokens still count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.shared.errors import Unauthorized
from services.shared.events import PersonSuspended
from services.shared.table import Attr, ConditionFailed, Item, Key, Table

GROUPS = frozenset({"reviewer", "operator"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person: `user_id` is the token's subject, `groups` the platform roles it names,
    `issued_at` and `expires_at` the token's life in seconds since 1970, `ip` the address the gateway saw."""

    user_id: str
    groups: frozenset[str]
    issued_at: int
    expires_at: int
    ip: str = ""

    @property
    def is_reviewer(self) -> bool:
        return "reviewer" in self.groups

    @property
    def is_operator(self) -> bool:
        return "operator" in self.groups


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


# A suspended person's token lives on until it expires: every service keeps a row a person that says from when on
# tokens count, fed by PersonSuspended, and the edge compares.


def _person(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "STANDING")


def require_standing(table: Table, caller: Caller, *, strong: bool = False) -> None:
    """Unauthorized when the caller's token was issued before it was last revoked. Reads 0.5 units, 1 if strongly."""
    row = table.get(_person(caller.user_id), strong=strong)
    if row and (row["suspended"] or caller.issued_at < row["valid_after"]):
        raise Unauthorized("This account is suspended or was signed out everywhere.")


def keep_standing(table: Table, *, user_id: str, suspended: bool, valid_after: int, version: int, **more: Any) -> Item | None:
    """Take over a person's standing if it is newer than what is kept; None when it is not."""
    row = {
        **_person(user_id).attributes(),
        "item_schema": 1,
        "user_id": user_id,
        "suspended": suspended,
        "valid_after": valid_after,
        "version": version,
        **more,
    }
    try:
        table.put(row, when=Attr("version").not_exists() | Attr("version").lt(version))
    except ConditionFailed:
        return None
    return row


def take_over_standing(table: Table, event: PersonSuspended) -> None:
    """What every service but review does with the event."""
    data = event.data
    keep_standing(
        table,
        user_id=data.user_id,
        suspended=data.suspended,
        valid_after=data.valid_after,
        version=event.entity_version,
    )
