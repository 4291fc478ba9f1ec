"""The trigger of the user pool, over events as the user pool sends them in version 2 (A1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.shared.security import token_trigger

USER = "d6e021e0-8f9b-500d-8492-c316d41f8fdd"
SOURCES = ("TokenGeneration_HostedAuth", "TokenGeneration_Authentication", "TokenGeneration_RefreshTokens")


def event(*groups: str, source: str = SOURCES[0]) -> dict[str, Any]:
    """The shape of the Cognito developer guide, "Pre token generation Lambda trigger", version 2."""
    return {
        "version": "2",
        "triggerSource": source,
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_Example12",
        "userName": USER,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example23456789"},
        "request": {
            "userAttributes": {
                "sub": USER,
                "cognito:user_status": "CONFIRMED",
                "email_verified": "true",
                "email": "a@example.com",
            },
            "groupConfiguration": {"groupsToOverride": list(groups), "iamRolesToOverride": [], "preferredRole": None},
            "scopes": ["openid", "aws.cognito.signin.user.admin"],
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


class Pool:
    """A user pool with one user. asked: the requests that it got."""

    def __init__(self, **user: Any) -> None:
        self.user, self.asked = user, list[dict[str, str]]()

    def admin_get_user(self, **request: str) -> dict[str, Any]:
        self.asked.append(request)
        return {"Username": USER, "UserStatus": "CONFIRMED", **self.user}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    pool = Pool(UserMFASettingList=["SOFTWARE_TOKEN_MFA"], PreferredMfaSetting="SOFTWARE_TOKEN_MFA")
    monkeypatch.setattr(token_trigger, "idp", lambda: pool)
    return pool


def added(response: dict[str, Any]) -> Any:
    """Return the claims that the response adds to the access token."""
    details = response["response"]["claimsAndScopeOverrideDetails"]
    return details and details["accessTokenGeneration"]["claimsToAddOrOverride"]


@pytest.mark.parametrize("source", SOURCES)
def test_a1_a_member_of_staff_with_totp_gets_the_claim_at_each_token(pool: Pool, source: str) -> None:
    response = token_trigger.on_token(event("reviewer", source=source), None)
    assert added(response) == {"totp": "enabled"}
    assert pool.asked == [{"UserPoolId": "eu-west-1_Example12", "Username": USER}]
    sent = event("reviewer", source=source)
    assert {**response, "response": None} == {**sent, "response": None}, "the user pool expects its event back"
    json.dumps(response)


@pytest.mark.parametrize("user", [{}, {"UserMFASettingList": []}, {"UserMFASettingList": ["SMS_MFA"]}])
def test_a1_a_member_of_staff_without_totp_gets_none(pool: Pool, user: dict[str, Any]) -> None:
    pool.user = user
    assert added(token_trigger.on_token(event("operator", "reviewer"), None)) is None


def test_a1_a_user_in_no_group_costs_no_call(pool: Pool) -> None:
    assert added(token_trigger.on_token(event(), None)) is None
    assert pool.asked == []


@pytest.mark.parametrize("request_part", [{}, {"groupConfiguration": {}}, {"groupConfiguration": None}])
def test_a1_an_event_without_groups_is_of_no_staff(pool: Pool, request_part: dict[str, Any]) -> None:
    assert added(token_trigger.on_token({**event("operator"), "request": request_part}, None)) is None


def test_a1_a_failure_ends_the_sign_in_of_staff(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user pool signs no token if its trigger raises."""

    def fail(**_: str) -> None:
        raise TimeoutError

    monkeypatch.setattr(pool, "admin_get_user", fail)
    with pytest.raises(TimeoutError):
        token_trigger.on_token(event("reviewer"), None)


def test_a1_a_call_ends_within_the_time_that_the_user_pool_waits() -> None:
    limits: Any = token_trigger.LIMITS
    assert limits.retries["total_max_attempts"] * (limits.connect_timeout + limits.read_timeout) < 5
