"""The rules of tokens, with claims as the gateway passes those of the user pool, Keycloak and Auth0 (A1)."""

from __future__ import annotations

from typing import Any

import pytest

from services.shared.kernel.errors import OperatorRequired, StaffSignInRequired, Unauthorized
from services.shared.security.auth import Caller, caller_of
from services.shared.security.tokens import TokenRules, values_of
from simulation.user_pool import MEMBERS_CLIENT, STAFF_CLIENT, TOKENS

TIMES = {"iat": "1772683200", "exp": "1772686800", "auth_time": "1772683100"}
COGNITO = {
    "sub": "d6e021e0-8f9b-500d-8492-c316d41f8fdd",
    "token_use": "access",
    "client_id": STAFF_CLIENT,
    "cognito:groups": "[reviewer operator]",
    "totp": "enabled",
    "scope": "openid email aws.cognito.signin.user.admin",
    **TIMES,
}
# Keycloak: `typ` differs between its tokens, `acr` is the level of authentication, a mapper adds the flat claim `groups`.
KEYCLOAK_RULES = TokenRules.parse("typ=Bearer,aud=coterie", "groups", "azp=coterie-staff,acr=2")
KEYCLOAK = {
    "sub": "f3d0c2aa-9d1c-4f5e-8c5a-2f4f0f1c7a55",
    "typ": "Bearer",
    "aud": "[coterie account]",
    "azp": "coterie-staff",
    "acr": "2",
    "groups": "[operator offline_access]",
    "realm_access": "map[roles:[reviewer operator]]",
    **TIMES,
}
# Auth0: an access token is for the API, an ID token for the client. An action adds claims under an address of one's own.
AUTH0_RULES = TokenRules.parse(
    "aud=https://api.coterie.example", "https://coterie.example/groups", "azp=staff-app,https://coterie.example/amr=mfa"
)
AUTH0 = {
    "sub": "auth0|64f1c2aa9d1c4f5e8c5a2f4f",
    "aud": "[https://api.coterie.example https://tenant.auth0.example/userinfo]",
    "azp": "staff-app",
    "https://coterie.example/groups": "[reviewer]",
    "https://coterie.example/amr": "[pwd mfa]",
    "iat": "1772683200",
    "exp": "1772686800",
}
ISSUERS = {"cognito": (TOKENS, COGNITO), "keycloak": (KEYCLOAK_RULES, KEYCLOAK), "auth0": (AUTH0_RULES, AUTH0)}
NOT_OF_STAFF = [
    ("cognito", {"client_id": MEMBERS_CLIENT}),
    ("cognito", {"client_id": None}),
    ("cognito", {"totp": None}),
    ("cognito", {"totp": "disabled"}),
    ("keycloak", {"azp": "coterie-app"}),
    ("keycloak", {"acr": "1"}),
    ("auth0", {"azp": "members-app"}),
    ("auth0", {"https://coterie.example/amr": "[pwd]"}),
    ("auth0", {"https://coterie.example/amr": "[pwd mfaa]"}),
]
NO_ACCESS_TOKEN = [
    ("cognito", {"token_use": "id"}),
    ("keycloak", {"typ": "ID"}),
    ("keycloak", {"aud": "account"}),
    ("auth0", {"aud": "staff-app"}),
]


def call(rules: TokenRules, claims: dict[str, Any]) -> Caller:
    given = {name: value for name, value in claims.items() if value is not None}
    return caller_of({"authorizer": {"jwt": {"claims": given}}}, rules)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a1_an_issuer_is_parameters_alone(issuer: str) -> None:
    rules, claims = ISSUERS[issuer]
    caller = call(rules, claims)
    assert caller.user_id == claims["sub"]
    expected = {"cognito": {"reviewer", "operator"}, "keycloak": {"operator"}, "auth0": {"reviewer"}}
    assert caller.groups == expected[issuer]
    assert not caller.withheld_groups
    assert caller.signed_in_at == (1_772_683_200 if issuer == "auth0" else 1_772_683_100)


@pytest.mark.parametrize(("issuer", "changed"), NOT_OF_STAFF)
def test_a1_a_group_counts_only_with_the_staff_client_and_a_second_factor(issuer: str, changed: dict[str, Any]) -> None:
    rules, claims = ISSUERS[issuer]
    caller = call(rules, claims | changed)
    assert caller.groups == frozenset()
    assert caller.withheld_groups == call(rules, claims).groups


@pytest.mark.parametrize(("issuer", "changed"), NO_ACCESS_TOKEN)
def test_a1_a_token_for_another_purpose_is_denied(issuer: str, changed: dict[str, Any]) -> None:
    rules, claims = ISSUERS[issuer]
    with pytest.raises(Unauthorized):
        call(rules, claims | changed)


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a1_the_rules_of_one_issuer_accept_no_token_of_another(issuer: str) -> None:
    for other, (_, claims) in ISSUERS.items():
        if other != issuer:
            with pytest.raises(Unauthorized):
                call(ISSUERS[issuer][0], claims)


def test_a1_without_rules_every_token_is_denied_and_no_group_counts() -> None:
    with pytest.raises(Unauthorized):
        call(TokenRules.parse("", "cognito:groups", "totp=enabled"), COGNITO)
    caller = call(TokenRules.parse("token_use=access", "cognito:groups", ""), COGNITO)
    assert not caller.groups
    assert caller.withheld_groups == {"reviewer", "operator"}


@pytest.mark.parametrize("text", ["token_use", "=access", "token_use=", "a=b,totp"])
def test_a1_a_rule_that_would_require_nothing_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="name=value"):
        TokenRules.parse(text, "groups", "")


def test_a1_an_unknown_group_is_neither_counted_nor_withheld() -> None:
    for totp in ("enabled", None):
        caller = call(TOKENS, COGNITO | {"cognito:groups": "[operators admin]", "totp": totp})
        assert (caller.groups, caller.withheld_groups) == (frozenset(), frozenset())


def test_a1_the_gateway_passes_a_list_as_one_string() -> None:
    assert values_of("[reviewer operator]") == values_of(["reviewer", "operator"]) == {"reviewer", "operator"}
    assert values_of("") == values_of("[]") == frozenset()
    assert values_of([7, "operator"]) == {"7", "operator"}, "of any issuer"


def test_a1_staff_learn_their_next_step_and_others_learn_nothing() -> None:
    with pytest.raises(StaffSignInRequired):
        call(TOKENS, COGNITO | {"totp": None}).require_operator()
    with pytest.raises(OperatorRequired):
        call(TOKENS, COGNITO | {"totp": None, "cognito:groups": "[reviewer]"}).require_operator()
    with pytest.raises(OperatorRequired):
        call(TOKENS, COGNITO | {"cognito:groups": None}).require_operator()
