"""What the template says about people's sign-in, where the laptop cloud does less than AWS (A1)."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra import deploy
from infra.build import trigger_code
from infra.stacks import DeployFailed
from infra.templates import resources, template, text
from services import SERVICES
from services.shared.security.tokens import TokenRules

CLIENTS = resources("platform", "Cognito::UserPoolClient")
RULES = ("TokenClaims", "GroupsClaim", "StaffClaims")


def pool() -> dict[str, Any]:
    (properties,) = resources("platform", "Cognito::UserPool").values()
    return properties


def test_a1_users_sign_in_by_a_verified_address_that_no_other_user_can_take_over() -> None:
    """MiniStack verifies no changed address before the change, and compares addresses by case."""
    assert pool()["UsernameAttributes"] == pool()["AutoVerifiedAttributes"] == ["email"]
    assert pool()["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool()["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool()["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}
    assert pool()["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12


def test_a1_totp_can_be_set_up_and_nothing_weaker() -> None:
    assert (pool()["MfaConfiguration"], pool()["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
    assert "SmsConfiguration" not in pool()


@pytest.mark.parametrize("name", CLIENTS)
def test_a1_a_client_is_public_with_pkce_and_never_gets_a_password(name: str) -> None:
    client = CLIENTS[name]
    assert client["GenerateSecret"] is False
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert (client["PreventUserExistenceErrors"], client["EnableTokenRevocation"]) == ("ENABLED", True)
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["AllowedOAuthFlows"]["Fn::If"][1] == ["code"], "the implicit flow would put tokens into addresses"
    scopes = client["AllowedOAuthScopes"]["Fn::If"][1]
    assert scopes == ["openid", "email", "aws.cognito.signin.user.admin"], "the last one for TOTP and sign-out"
    assert (client["ReadAttributes"], client["WriteAttributes"]) == (["email", "email_verified"], ["email"])
    assert client["AccessTokenValidity"] == 60 and client["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert "RefreshTokenRotation" not in client, "for a time in 2025 it changed auth_time"


def test_a1_staff_sign_in_again_every_day_and_members_every_month() -> None:
    lifetimes = {
        name: (client["RefreshTokenValidity"], client["TokenValidityUnits"]["RefreshToken"]) for name, client in CLIENTS.items()
    }
    assert lifetimes == {"MembersClient": (30, "days"), "StaffClient": (12, "hours")}


@pytest.mark.parametrize(("client", "kind"), [("MembersClient", "Member"), ("StaffClient", "Staff")])
def test_a1_no_address_is_trusted_until_an_operator_names_it(client: str, kind: str) -> None:
    assert CLIENTS[client]["CallbackURLs"]["Fn::If"][1] == {"Ref": f"{kind}Callbacks"}
    assert CLIENTS[client]["LogoutURLs"]["Fn::If"][1] == {"Ref": f"{kind}Logouts"}
    parameters = template("platform")["Parameters"]
    assert parameters[f"{kind}Callbacks"]["Default"] == parameters[f"{kind}Logouts"]["Default"] == ""


def test_a1_the_trigger_runs_for_access_tokens_and_can_read_users_of_this_pool_alone() -> None:
    """MiniStack reads no UserPoolTier and no permission of a trigger."""
    trigger = pool()["LambdaConfig"]["PreTokenGenerationConfig"]
    assert trigger == {"LambdaArn": {"Fn::GetAtt": "OnToken.Arn"}, "LambdaVersion": "V2_0"}
    assert pool()["UserPoolTier"] == "ESSENTIALS", "the Lite tier changes no access token"
    permission = resources("platform", "Lambda::Permission")["OnTokenPermission"]
    assert permission["Principal"] == "cognito-idp.amazonaws.com"
    assert permission["SourceArn"] == {"Fn::GetAtt": "UserPool.Arn"}
    (policy,) = resources("platform", "IAM::ManagedPolicy").values()
    assert policy["PolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Action": "cognito-idp:AdminGetUser", "Resource": {"Fn::GetAtt": "UserPool.Arn"}}
    ]


def test_a1_the_rules_of_tokens_are_strict_by_default() -> None:
    parameters, outputs = template("platform")["Parameters"], template("platform")["Outputs"]
    assert [parameters[name]["Default"] for name in RULES] == ["token_use=access", "cognito:groups", ""]
    staff = outputs["StaffClaims"]["Value"]["Fn::If"]
    assert staff == ["HasStaffClaims", {"Ref": "StaffClaims"}, {"Fn::Sub": "client_id=${StaffClient},totp=enabled"}]
    rules = TokenRules.parse("token_use=access", "cognito:groups", "client_id=staff,totp=enabled")
    assert not rules.is_of_staff({"token_use": "access", "cognito:groups": "[operator]"})


@pytest.mark.parametrize("service", SERVICES)
def test_a1_every_function_with_routes_gets_the_rules_of_tokens(service: str) -> None:
    environment = resources(service, "Serverless::Function")["Api"]["Environment"]["Variables"]
    names = ("TOKEN_CLAIMS", "GROUPS_CLAIM", "STAFF_CLAIMS")
    assert [environment[name] for name in names] == [{"Ref": name} for name in RULES]
    for name in RULES:
        assert "Default" not in template(service)["Parameters"][name], "a service without rules is not deployed"


def test_a1_the_gateway_accepts_tokens_of_both_clients_and_of_the_issuer_in_force() -> None:
    (authorizer,) = resources("platform", "ApiGatewayV2::Authorizer").values()
    audience = authorizer["JwtConfiguration"]["Audience"]["Fn::If"]
    assert audience[2] == [{"Ref": "MembersClient"}, {"Ref": "StaffClient"}]


def test_a1_circles_can_end_refresh_tokens_and_delete_users_of_the_stages_pool_alone() -> None:
    allowed = [
        (service, statement["Action"], statement["Resource"]["Fn::Sub"].rpartition(":")[2])
        for service in SERVICES
        for function in resources(service, "Serverless::Function").values()
        for policy in function["Policies"]
        for statement in policy.get("Statement", [])
        if "cognito" in text(statement["Action"])
    ]
    actions = ("cognito-idp:AdminUserGlobalSignOut", "cognito-idp:AdminDeleteUser")
    assert allowed == [("circles", action, "userpool/${SignInPool}") for action in actions]
    assert template("platform")["Outputs"]["SignInPool"]["Value"] == {"Fn::If": ["HasIssuer", "none", {"Ref": "UserPool"}]}


def test_a1_a_trigger_that_fails_has_an_alarm() -> None:
    assert "on-token" in template("watch")["Resources"]["Fn::ForEach::FunctionErrors"][1]


def test_a1_the_package_of_the_trigger_has_one_module_and_needs_no_layer(tmp_path: Path) -> None:
    package = trigger_code()
    (path := tmp_path / "trigger.zip").write_bytes(package.body)
    names = zipfile.ZipFile(path).namelist()
    assert [name for name in names if not name.endswith("__init__.py")] == ["services/shared/security/token_trigger.py"]
    handler = resources("platform", "Serverless::Function")["OnToken"]["Handler"]
    module, _, function = handler.rpartition(".")
    script = f"import sys; sys.path.insert(0, {str(path)!r}); from {module} import {function} as found\n"
    script += "print(found.__code__.co_filename)"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(path))


def test_a1_a_deploy_sets_parameters_by_name_and_rejects_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, str] = {}

    def apply(_: Any, stack: str, text: str, values: dict[str, str], *rest: Any) -> dict[str, str]:
        given.update(values)
        return {}

    monkeypatch.setattr(deploy, "apply", apply)
    monkeypatch.setattr(deploy, "client", lambda *_: None)
    monkeypatch.setattr(deploy, "_upload", lambda *_: ("bucket", dict.fromkeys([*SERVICES, "trigger"], "key")))
    monkeypatch.setattr(deploy, "_ensure_keys", lambda *_: None)
    callbacks = {"MemberCallbacks": "https://app.example.org/in"}
    deploy.deploy("test", "http://127.0.0.1:1", lambda line: None, given=callbacks)
    assert given["MemberCallbacks"] == "https://app.example.org/in"
    with pytest.raises(DeployFailed, match=r"MemberCallback$"):
        deploy.deploy("test", "http://127.0.0.1:1", lambda line: None, given={"MemberCallback": "https://app.example.org/in"})


def test_a1_hosted_pages_have_a_style_of_each_client() -> None:
    """Managed login answers with an error page for a client without one."""
    (domain,) = resources("platform", "Cognito::UserPoolDomain").values()
    styled = {style["ClientId"]["Ref"] for style in resources("platform", "Cognito::ManagedLoginBranding").values()}
    assert (domain["ManagedLoginVersion"], styled) == (2, set(CLIENTS))
