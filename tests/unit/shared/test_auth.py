"""The caller of a request: the claims of the token, and the moment from which sign-ins are valid again (A1, R14)."""

from __future__ import annotations

from typing import Any

import pytest

from services.shared.kernel.errors import AccessRevoked, Unauthorized
from services.shared.security.account_status import AccountStatus, SanctionLevel, account_status_to_item
from services.shared.security.auth import authorize, caller_of
from simulation.clock import NOON
from simulation.memory import MemoryTable
from simulation.user_pool import TOKENS

AT = 1_772_683_200  # seconds since 1970


def context(**claims: Any) -> dict[str, Any]:
    own = {"sub": "lin", "token_use": "access", "iat": str(AT), "exp": str(AT + 3600), **claims}
    return {"authorizer": {"jwt": {"claims": {name: value for name, value in own.items() if value is not None}}}}


def is_valid(valid_after: int, **claims: Any) -> bool:
    table = MemoryTable()
    table.put(account_status_to_item("lin", AccountStatus(SanctionLevel.NONE, None, valid_after), 1), when=None)
    try:
        authorize(table, caller_of(context(**claims), TOKENS), NOON)
    except AccessRevoked:
        return False
    return True


def test_c7_the_address_of_the_client_is_the_one_that_the_gateway_saw() -> None:
    assert caller_of({**context(), "http": {"sourceIp": "203.0.113.7"}}, TOKENS).ip == "203.0.113.7"
    assert caller_of(context(), TOKENS).ip == ""  # of a socket


@pytest.mark.parametrize("claims", [{}, {"auth_time": str(AT)}])
@pytest.mark.parametrize(("valid_after", "expected"), [(0, True), (AT - 1, True), (AT, False), (AT + 1, False)])
def test_a1_a_sign_in_of_the_second_of_a_revocation_or_before_is_invalid(
    claims: dict[str, str], valid_after: int, expected: bool
) -> None:
    """Times of tokens are whole seconds: one of the same second can be from before the revocation."""
    assert is_valid(valid_after, **claims) is expected


def test_a1_a_refreshed_token_stays_invalid_and_a_fresh_sign_in_is_valid() -> None:
    assert not is_valid(AT, iat=str(AT + 900), auth_time=str(AT - 60))
    assert not is_valid(AT, iat=str(AT + 900), auth_time=str(AT))
    assert is_valid(AT, iat=str(AT + 900), auth_time=str(AT + 1))


def test_a1_without_auth_time_the_time_of_the_token_counts() -> None:
    """An issuer that omits the claim locks no user out; a refresh then counts as a sign-in."""
    assert is_valid(AT, iat=str(AT + 1))
    assert not is_valid(AT, iat=str(AT))


def test_a1_no_sign_in_is_later_than_its_token() -> None:
    assert not is_valid(AT, iat=str(AT), auth_time=str(AT + 900))


@pytest.mark.parametrize(("level", "is_denied"), [("restricted", False), ("suspended", True), ("banned", True)])
def test_r14_a_level_from_suspended_denies_also_a_fresh_sign_in(level: str, is_denied: bool) -> None:
    table = MemoryTable()
    table.put(account_status_to_item("lin", AccountStatus(SanctionLevel(level), None, 0), 1), when=None)
    if is_denied:
        with pytest.raises(AccessRevoked):
            authorize(table, caller_of(context(), TOKENS), NOON)
    else:
        assert authorize(table, caller_of(context(), TOKENS), NOON).level is SanctionLevel(level)


@pytest.mark.parametrize("claims", [{"iat": None}, {"iat": "now"}, {"auth_time": ""}, {"auth_time": "x"}, {"auth_time": "[]"}])
def test_a1_a_token_whose_times_cannot_be_read_is_denied(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        caller_of(context(**claims), TOKENS)
