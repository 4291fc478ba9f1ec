"""Which claims a token needs: the one place that differs between the user pool and another OpenID Connect issuer.

The gateway verifies signature, issuer, audience and expiry; these rules say what the verified claims mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

Claims = Mapping[str, Any]
Required = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The rules of one issuer.

    access: the claims of an access token, by which it differs from an ID token. Without any, every token is denied.
    groups: the claim with the platform roles. It is at the top level of the token.
    staff: the claims of a sign-in of staff: the staff's client, and a second factor. Without any, no role counts.
    A claim that is a list, or words with blanks between, has each of its parts as a value.
    """

    access: Required
    groups: str
    staff: Required

    @classmethod
    def parse(cls, access: str, groups: str, staff: str) -> Self:
        """Return the rules that templates state as `name=value`, with commas between."""
        return cls(_required(access), groups, _required(staff))

    def is_access_token(self, claims: Claims) -> bool:
        return _has_all(claims, self.access)

    def is_of_staff(self, claims: Claims) -> bool:
        return _has_all(claims, self.staff)

    def groups_of(self, claims: Claims) -> frozenset[str]:
        return values_of(claims.get(self.groups, ""))


def values_of(claim: Any) -> frozenset[str]:
    """Return the values of a claim. The gateway passes a list as one string, `[reviewer operator]`."""
    if isinstance(claim, list):
        return frozenset(map(str, claim))
    return frozenset(str(claim).strip("[]").replace(",", " ").split())


def _required(text: str) -> Required:
    """Raises: ValueError (a part has no name or no value: it would silently require nothing)."""
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    for name, _, value in pairs:
        if not name or not value:
            raise ValueError(f"not name=value: {text!r}")
    return tuple((name, value) for name, _, value in pairs)


def _has_all(claims: Claims, required: Required) -> bool:
    return bool(required) and all(value in values_of(claims.get(name, "")) for name, value in required)
