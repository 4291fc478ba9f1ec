"""The real gateway denies every request without a valid token, except to public routes."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from ulid import ULID

from infra.cloud import Cloud, User
from services import SERVICES

pytestmark = pytest.mark.cloud

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
WEBHOOKS = {("POST", "/payment-events")}  # signed by the payment provider
UNKNOWN = "/there/is/no/such/route"


@pytest.fixture(scope="module")
def user(deployed: Cloud) -> User:
    return deployed.create_user(f"guest-{str(ULID()).lower()}")


@pytest.fixture(scope="module")
def token(deployed: Cloud, user: User) -> str:
    return deployed.sign_in(user.name)


def status(cloud: Cloud, token: str | None, path: str = "/rooms", method: str = "GET") -> int:
    headers = {} if token is None else {"authorization": f"Bearer {token}".strip()}
    return httpx.request(method, cloud.url + path, headers=headers, timeout=20).status_code


def encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decode(text: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded


def forged(token: str) -> dict[str, str | None]:
    """Return forged tokens, by what is forged."""
    head, body, signature = token.split(".")
    header, claims = decode(head), decode(body)
    return {
        "none": None,
        "empty": "",
        "garbage": "garbage",
        "three parts": "a.b.c",
        "alg none": f"{encode({**header, 'alg': 'none'})}.{body}.",
        "alg none, signed": f"{encode({**header, 'alg': 'none'})}.{body}.{signature}",
        "unsigned": f"{head}.{body}.",
        "another's signature": f"{head}.{body}.{signature[:-8]}{signature[:8]}",
        "another subject": f"{head}.{encode({**claims, 'sub': 'another-user'})}.{signature}",
        "more groups": f"{head}.{encode({**claims, 'cognito:groups': ['operator']})}.{signature}",
        "a longer lifetime": f"{head}.{encode({**claims, 'exp': claims['exp'] + 3600})}.{signature}",
        "an unknown key": f"{encode({**header, 'kid': 'unknown'})}.{body}.{signature}",
    }


def test_all_forged_tokens_are_denied_by_every_service(deployed: Cloud, token: str) -> None:
    assert status(deployed, token) == 200
    passed = {
        (service, name): returned
        for service in SERVICES
        for name, bad in forged(token).items()
        if (returned := status(deployed, bad, f"/settings/{service}")) != 401
    }
    assert passed == {}


def test_all_tokens_of_another_app_or_pool_are_denied(deployed: Cloud, user: User) -> None:
    idp, pool = deployed.client("cognito-idp"), deployed.outputs["platform"]["UserPoolId"]
    assert status(deployed, access_token(deployed, pool, app(deployed, pool), user)) == 401
    other = idp.create_user_pool(PoolName="another")["UserPool"]["Id"]
    idp.admin_create_user(UserPoolId=other, Username=user.email, MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=other, Username=user.email, Password=user.password, Permanent=True)
    assert status(deployed, access_token(deployed, other, app(deployed, other), user)) == 401


def app(cloud: Cloud, pool: str) -> str:
    """Another app client of a pool."""
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    created = cloud.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool, ClientName="another", ExplicitAuthFlows=flows
    )
    return str(created["UserPoolClient"]["ClientId"])


def access_token(cloud: Cloud, pool: str, client_id: str, user: User) -> str:
    given = {"USERNAME": user.email, "PASSWORD": user.password}
    idp = cloud.client("cognito-idp")
    response = idp.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    token = str(response["AuthenticationResult"]["AccessToken"])
    claims = decode(token.split(".")[1])
    assert (claims["client_id"], claims["iss"].endswith(pool)) == (client_id, True)
    return token


@contextmanager
def short_lifetimes(cloud: Cloud) -> Iterator[None]:
    """Let the tokens of the members' client expire after a second."""
    idp, out = cloud.client("cognito-idp"), cloud.outputs["platform"]
    which = {"UserPoolId": out["UserPoolId"], "ClientId": out["ClientId"]}
    before = idp.describe_user_pool_client(**which)["UserPoolClient"]
    settings = {
        name: value for name, value in before.items() if value and name not in (*which, "CreationDate", "LastModifiedDate")
    }
    units = {**before.get("TokenValidityUnits", {}), "AccessToken": "seconds"}
    idp.update_user_pool_client(**which, **{**settings, "AccessTokenValidity": 1, "TokenValidityUnits": units})
    try:
        yield
    finally:
        idp.update_user_pool_client(**which, **settings)


def test_all_tokens_expire(deployed: Cloud, user: User) -> None:
    with short_lifetimes(deployed):
        token = deployed.sign_in(user.name)
    claims = decode(token.split(".")[1])
    assert claims["exp"] - claims["iat"] == 1
    time.sleep(max(0.0, claims["exp"] - time.time()) + 0.1)
    assert status(deployed, token) == 401
    lasting = decode(deployed.sign_in(user.name).split(".")[1])
    assert lasting["exp"] - lasting["iat"] == 3600


def test_all_id_tokens_are_denied(deployed: Cloud, user: User) -> None:
    """The gateway accepts them; the service denies them."""
    token = deployed.sign_in_as(user)["id_token"]
    assert [status(deployed, token, path) for path in ("/rooms", "/circles", "/applications", "/orders")] == [401] * 4


@pytest.mark.parametrize("service", SERVICES)
def test_all_routes_that_are_not_public_need_a_token(deployed: Cloud, service: str) -> None:
    """Every operation of the served document, and every method on unknown paths."""
    document = httpx.get(f"{deployed.url}/openapi/{service}.json", timeout=20).json()
    described = {
        (method.upper(), path): operation for path, item in document["paths"].items() for method, operation in item.items()
    }
    public = {which for which, operation in described.items() if not operation["security"]}
    assert public == {("GET", f"/health/{service}"), ("GET", f"/openapi/{service}.json")} | (
        WEBHOOKS if service == "commerce" else set()
    )
    private = described.keys() - public
    statuses = {(method, path): status(deployed, None, re.sub("[{}]", "", path), method) for method, path in private}
    assert {which: returned for which, returned in statuses.items() if returned != 401} == {}
    assert all(status(deployed, None, path, method) != 401 for method, path in public)


def test_all_paths_of_no_service_are_not_found(deployed: Cloud, token: str) -> None:
    nowhere = [(method, path) for path in (UNKNOWN, "/", "/v1/rooms") for method in METHODS]
    nowhere += [(method, "/health/chat") for method in METHODS if method != "GET"]
    assert {status(deployed, sent, path, method) for method, path in nowhere for sent in (None, token)} == {404}
    assert httpx.get(deployed.url.removesuffix("/v1") + "/rooms", timeout=20).status_code == 404
