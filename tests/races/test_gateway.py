"""Who the real gateway lets through: nobody without a good token, but to what is public."""

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

from infra.build import SERVICES
from infra.cloud import Cloud, Person

pytestmark = pytest.mark.cloud

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
PUBLIC = {("GET", "/health"), ("GET", "/openapi.json")}
NOTICES = {("POST", "/payment-notices")}  # signed by the payment provider
NOWHERE = "/there/is/no/such/route"


@pytest.fixture(scope="module")
def person(deployed: Cloud) -> Person:
    return deployed.create_person(f"guest-{str(ULID()).lower()}")


@pytest.fixture(scope="module")
def token(deployed: Cloud, person: Person) -> str:
    return deployed.sign_in(person.name)


def status(cloud: Cloud, token: str | None, path: str = "/rooms", service: str = "chat", method: str = "GET") -> int:
    headers = {} if token is None else {"authorization": f"Bearer {token}".strip()}
    return httpx.request(method, cloud.url(service) + path, headers=headers, timeout=20).status_code


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def forged(token: str) -> dict[str, str | None]:
    """Tokens that nobody should take, by what is wrong with them."""
    head, body, signature = token.split(".")
    header, claims = read(head), read(body)
    return {
        "none": None,
        "empty": "",
        "garbage": "garbage",
        "three words": "a.b.c",
        "alg none": f"{part({**header, 'alg': 'none'})}.{body}.",
        "alg none, signed": f"{part({**header, 'alg': 'none'})}.{body}.{signature}",
        "unsigned": f"{head}.{body}.",
        "another's signature": f"{head}.{body}.{signature[:-8]}{signature[:8]}",
        "another subject": f"{head}.{part({**claims, 'sub': 'somebody-else'})}.{signature}",
        "more groups": f"{head}.{part({**claims, 'cognito:groups': ['operator']})}.{signature}",
        "a longer life": f"{head}.{part({**claims, 'exp': claims['exp'] + 3600})}.{signature}",
        "an unknown key": f"{part({**header, 'kid': 'mine'})}.{body}.{signature}",
    }


def test_all_forged_tokens_are_refused_by_every_service(deployed: Cloud, token: str) -> None:
    assert status(deployed, token) == 200
    passed = {
        (service, name): found
        for service in SERVICES
        for name, bad in forged(token).items()
        if (found := status(deployed, bad, "/health-of-nothing", service)) != 401
    }
    assert passed == {}


def test_all_tokens_of_another_app_or_pool_are_refused(deployed: Cloud, person: Person) -> None:
    idp, pool = deployed.client("cognito-idp"), deployed.outputs["platform"]["UserPoolId"]
    assert status(deployed, access_token(deployed, pool, app(deployed, pool), person)) == 401
    other = idp.create_user_pool(PoolName="another")["UserPool"]["Id"]
    idp.admin_create_user(UserPoolId=other, Username=person.name, MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=other, Username=person.name, Password=person.password, Permanent=True)
    assert status(deployed, access_token(deployed, other, app(deployed, other), person)) == 401


def app(cloud: Cloud, pool: str) -> str:
    """Another app client of a pool."""
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cloud.client("cognito-idp").create_user_pool_client(UserPoolId=pool, ClientName="another", ExplicitAuthFlows=flows)
    return str(made["UserPoolClient"]["ClientId"])


def tokens(cloud: Cloud, client_id: str, person: Person) -> dict[str, str]:
    given = {"USERNAME": person.name, "PASSWORD": person.password}
    idp = cloud.client("cognito-idp")
    answer = idp.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    found: dict[str, str] = answer["AuthenticationResult"]
    return found


def access_token(cloud: Cloud, pool: str, client_id: str, person: Person) -> str:
    token = tokens(cloud, client_id, person)["AccessToken"]
    claims = read(token.split(".")[1])
    assert (claims["client_id"], claims["iss"].endswith(pool)) == (client_id, True)
    return token


@contextmanager
def short_lives(cloud: Cloud) -> Iterator[str]:
    """The app's tokens end after a second as long as this lasts; answers its id."""
    idp, out = cloud.client("cognito-idp"), cloud.outputs["platform"]
    which = {"UserPoolId": out["UserPoolId"], "ClientId": out["ClientId"]}
    before = idp.describe_user_pool_client(**which)["UserPoolClient"]
    kept = {name: before[name] for name in ("ExplicitAuthFlows", "AccessTokenValidity", "TokenValidityUnits") if name in before}
    units = {**before.get("TokenValidityUnits", {}), "AccessToken": "seconds"}
    idp.update_user_pool_client(**which, **{**kept, "AccessTokenValidity": 1, "TokenValidityUnits": units})
    try:
        yield out["ClientId"]
    finally:
        idp.update_user_pool_client(**which, **kept)


def test_all_tokens_end(deployed: Cloud, person: Person) -> None:
    with short_lives(deployed) as client_id:
        token = tokens(deployed, client_id, person)["AccessToken"]
    claims = read(token.split(".")[1])
    assert claims["exp"] - claims["iat"] == 1
    time.sleep(max(0.0, claims["exp"] - time.time()) + 0.1)
    assert status(deployed, token) == 401
    lasting = read(deployed.sign_in(person.name).split(".")[1])
    assert lasting["exp"] - lasting["iat"] == 3600


def test_all_id_tokens_are_refused(deployed: Cloud, person: Person) -> None:
    """The gateway lets them pass; the service does not."""
    token = tokens(deployed, deployed.outputs["platform"]["ClientId"], person)["IdToken"]
    assert [
        status(deployed, token, path, service)
        for service, path in (("chat", "/rooms"), ("circles", "/circles"), ("review", "/applications"))
    ] == [401] * 3


@pytest.mark.parametrize("service", SERVICES)
def test_all_that_is_not_public_is_closed(deployed: Cloud, service: str) -> None:
    """Every operation of the document that is served, and every method on what is not there."""
    document = httpx.get(deployed.url(service) + "/openapi.json", timeout=20).json()
    described = {
        (method.upper(), path): operation for path, item in document["paths"].items() for method, operation in item.items()
    }
    public = {which for which, operation in described.items() if not operation["security"]}
    assert public == PUBLIC | (NOTICES if service == "commerce" else set())
    closed = [*described.keys() - public, *((method, path) for path in (NOWHERE, "/") for method in METHODS)]
    closed += [(method, "/health") for method in METHODS if method != "GET"]
    answers = {(method, path): status(deployed, None, re.sub("[{}]", "", path), service, method) for method, path in closed}
    assert {which: found for which, found in answers.items() if found != 401} == {}
    assert all(status(deployed, None, path, service, method) != 401 for method, path in public)
    assert status(deployed, None, NOWHERE, service, "OPTIONS") < 300
