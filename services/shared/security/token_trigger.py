"""The trigger that the user pool calls before it signs a token: it states whether a member of staff has TOTP set up.

A package of its own, without dependencies beside the runtime's boto3. The rule itself is in `tokens`: without the claim of
this function, no role counts. So a pool without the trigger has no staff, and a trigger that fails lets no staff sign in.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

TOTP = "SOFTWARE_TOKEN_MFA"
# Two tries within the 5 seconds that the user pool waits.
LIMITS = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 2})


def on_token(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Add the claim `totp` to the access token of a user in a group who has TOTP set up.

    The user pool asks such a user for a one-time password at each sign-in. A member in no group costs no call.
    """
    groups = (event["request"].get("groupConfiguration") or {}).get("groupsToOverride")
    if groups and _has_totp(event["userPoolId"], event["userName"]):
        claims = {"claimsToAddOrOverride": {"totp": "enabled"}}
        event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": claims}
    return event


def _has_totp(pool_id: str, user_name: str) -> bool:
    user = idp().admin_get_user(UserPoolId=pool_id, Username=user_name)
    return TOTP in user.get("UserMFASettingList", [])


@cache
def idp() -> CognitoIdentityProviderClient:
    client: CognitoIdentityProviderClient = boto3.client("cognito-idp", config=LIMITS)
    return client
