"""The caller of a request: the claims of the token, and the moment from which sign-ins are valid again (A1, R14)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import AccessRevoked, AccountSuspended, SignInEnded, Unauthorized
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData
from services.shared.security.account_status import (
    AccountStatus,
    SanctionLevel,
    account_status_to_item,
    get_account_status,
    put_account_status,
)
from services.shared.security.actions import ActionKind
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
        with pytest.raises(AccountSuspended):
            authorize(table, caller_of(context(), TOKENS), NOON)
    else:
        assert authorize(table, caller_of(context(), TOKENS), NOON).level is SanctionLevel(level)


def suspended(until: datetime | None = None, signed_out_at: int = 0) -> MemoryTable:
    """Suspended after the sign-in of the token, over a mute."""
    table = MemoryTable()
    levels = (SanctionLevel.SUSPENDED, until, AT + 60, SanctionLevel.MUTED, None)
    status = AccountStatus(*levels, violation="fraud", previous_violation="spam")
    item = account_status_to_item("lin", status, 1)
    table.put(item | ({"signed_out_at": signed_out_at} if signed_out_at else {}), when=None)
    return table


@pytest.mark.parametrize("signed_out_at", [0, AT + 90])
def test_a3_a_suspension_comes_before_the_end_of_a_sign_in(signed_out_at: int) -> None:
    """An app that gets 401 signs its user in again, and would loop."""
    until = NOON + timedelta(days=3)
    for kind in ActionKind:
        if kind is not ActionKind.ACCOUNT:
            with pytest.raises(AccountSuspended) as raised:
                authorize(suspended(until, signed_out_at), caller_of(context(), TOKENS), NOON, kind)
            assert raised.value.facts == {
                "level": "suspended",
                "violation": "fraud",
                "until": rfc3339(until),
                "appeal": "/v1/me/account-status",
            }


def test_a3_a_suspended_user_reads_their_account_with_a_token_of_before_the_suspension() -> None:
    caller = caller_of(context(), TOKENS)
    assert authorize(suspended(), caller, NOON, ActionKind.ACCOUNT).level is SanctionLevel.SUSPENDED
    with pytest.raises(SignInEnded):  # who signed out everywhere lost a device, and appeals from none of them
        authorize(suspended(signed_out_at=AT + 90), caller, NOON, ActionKind.ACCOUNT)


def test_a3_a_token_of_before_a_suspension_that_has_ended_is_revoked_for_every_kind() -> None:
    for kind in ActionKind:
        with pytest.raises(AccessRevoked):
            authorize(suspended(until=NOON), caller_of(context(), TOKENS), NOON, kind)


def test_a3_the_violation_is_that_of_the_level_in_force() -> None:
    status = AccountStatus(SanctionLevel.SUSPENDED, NOON, 0, SanctionLevel.MUTED, violation="fraud", previous_violation="spam")
    assert status.get_violation(NOON - timedelta(seconds=1)) == "fraud"
    assert status.get_violation(NOON) == "spam"
    assert AccountStatus(SanctionLevel.MUTED, NOON, violation="fraud").get_violation(NOON) == ""


@pytest.mark.parametrize("claims", [{"iat": None}, {"iat": "now"}, {"auth_time": ""}, {"auth_time": "x"}, {"auth_time": "[]"}])
def test_a1_a_token_whose_times_cannot_be_read_is_denied(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        caller_of(context(**claims), TOKENS)


def test_a3_a_newer_status_replaces_the_violation_and_an_older_one_leaves_it() -> None:
    table = MemoryTable()
    suspended = {"level": "suspended", "until": None, "valid_after": AT, "violation": "fraud"}
    lifted = {"level": "none", "until": None, "valid_after": AT}
    for version, data, expected in ((1, suspended, "fraud"), (3, lifted, ""), (2, suspended, ""), (3, lifted, "")):
        envelope = {"id": "evt_1", "entity_id": "lin", "occurred_at": NOON, "correlation_id": "test"}
        changed = AccountStatusChangedData.model_validate({"user_id": "lin", **data})
        put_account_status(table, AccountStatusChanged(**envelope, entity_version=version, data=changed))
        assert get_account_status(table, "lin").violation == expected
