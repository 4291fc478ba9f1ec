"""Coming in on the local cloud: sign-up, hosted pages, refresh, recovery, TOTP and signing out everywhere (A1).

The browser is left out: its requests are made here. MiniStack's pages have a sign-in form alone, without sign-up, recovery
or one-time password, so those go through the API, as an app with pages of its own calls it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pyotp
import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import SoftwareTokenMFAChallengeException
from ulid import ULID
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from demo.client import Client, wait_until
from infra import people
from infra.cloud import MEMBERS_CALLBACK, STAFF_CALLBACK, Cloud, User
from infra.process import LocalFailed
from services import SERVICES

pytestmark = pytest.mark.cloud

PASSWORD, NEW_PASSWORD = (f"{secrets.token_urlsafe(12)}-{number}" for number in (1, 2))
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # of RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture(scope="module")
def idp(deployed: Cloud) -> Any:
    return deployed.client("cognito-idp")


@pytest.fixture(scope="module")
def client_id(deployed: Cloud) -> str:
    return deployed.outputs["platform"]["ClientId"]


@pytest.fixture(scope="module")
def member(deployed: Cloud) -> User:
    """A user who signed up and confirmed."""
    return deployed.create_user(new_name())


@pytest.fixture(scope="module")
def operator(deployed: Cloud) -> User:
    return deployed.create_user(new_name(), ("operator",))


def new_name() -> str:
    return f"signing-{str(ULID()).lower()}"


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    """Return the code and the message of the error that a call must raise."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def status(cloud: Cloud, token: str, path: str = "/circles") -> int:
    return httpx.get(cloud.url + path, headers={"authorization": f"Bearer {token}"}, timeout=20).status_code


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return decoded


# sign-up


def test_a1_a_user_signs_up_with_the_code_from_their_mailbox_and_signs_in(deployed: Cloud, idp: Any, client_id: str) -> None:
    email = people.email_of(new_name())
    signed_up = idp.sign_up(ClientId=client_id, Username=email, Password=PASSWORD)
    assert signed_up["UserConfirmed"] is False
    with pytest.raises(LocalFailed):  # not before the address is confirmed
        people.sign_in(deployed.endpoint, client_id, MEMBERS_CALLBACK, email, PASSWORD)
    wrong = {"ClientId": client_id, "Username": email, "ConfirmationCode": "000000"}
    assert error_of(idp.confirm_sign_up, **wrong)[0] == "CodeMismatchException"
    code = people.read_code(deployed.endpoint, email)
    idp.confirm_sign_up(ClientId=client_id, Username=email, ConfirmationCode=code)
    tokens = people.sign_in(deployed.endpoint, client_id, MEMBERS_CALLBACK, email, PASSWORD)
    assert status(deployed, tokens["access_token"]) == 200
    assert claims(tokens["access_token"])["sub"] == signed_up["UserSub"]
    assert status(deployed, tokens["id_token"]) == 401, "an ID token is for the app, not for the API"


def test_a1_a_sign_up_with_the_address_of_another_user_gives_no_access(
    deployed: Cloud, idp: Any, client_id: str, member: User
) -> None:
    """The user pool says that the address is taken, on AWS too: decision 52. It changes nothing."""
    again = {"ClientId": client_id, "Username": member.email, "Password": PASSWORD}
    assert error_of(idp.sign_up, **again)[0] == "UsernameExistsException"
    with pytest.raises(LocalFailed):
        people.sign_in(deployed.endpoint, client_id, MEMBERS_CALLBACK, member.email, PASSWORD)
    assert deployed.sign_in(member.name)


def test_a1_a_weak_password_and_a_name_that_is_no_address_are_denied(idp: Any, client_id: str) -> None:
    weak = {"ClientId": client_id, "Username": people.email_of(new_name()), "Password": "short1"}
    assert error_of(idp.sign_up, **weak)[0] == "InvalidPasswordException"
    assert error_of(idp.sign_up, **{**weak, "Username": "lin", "Password": PASSWORD})[0] == "InvalidParameterException"


# the code flow


def page(client_id: str, **changed: str) -> str:
    asked = {
        "client_id": client_id,
        "redirect_uri": MEMBERS_CALLBACK,
        "response_type": "code",
        "scope": people.SCOPE,
        "state": "state-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"/oauth2/authorize?{urlencode({**asked, **changed})}"


def submit(cloud: Cloud, path: str, user: User) -> httpx.Response:
    """Open the page and submit its form with every hidden field, as a browser does."""
    html = httpx.get(cloud.endpoint + path, timeout=20).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', html))
    assert fields["code_challenge"] == CHALLENGE
    form = {**fields, "username": user.email, "password": user.password}
    return httpx.post(f"{cloud.endpoint}/login", data=form, timeout=20)


def test_a1_the_hosted_page_leads_back_with_a_code_that_is_worth_tokens_once(
    deployed: Cloud, client_id: str, member: User
) -> None:
    assert base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=") == CHALLENGE
    response = submit(deployed, page(client_id), member)
    code = people.code_of(response, MEMBERS_CALLBACK)
    assert parse_qs(urlsplit(response.headers["location"]).query)["state"] == ["state-1"]
    form = {"grant_type": "authorization_code", "client_id": client_id, "code": code, "redirect_uri": MEMBERS_CALLBACK}
    for wrong in (form, form | {"code_verifier": VERIFIER[:-1] + "X"}):
        with pytest.raises(LocalFailed, match="invalid_grant"):
            people.exchange(deployed.endpoint, wrong)
    tokens = people.exchange(deployed.endpoint, form | {"code_verifier": VERIFIER})
    assert status(deployed, tokens["access_token"]) == 200
    assert {"openid", "aws.cognito.signin.user.admin"} <= set(claims(tokens["access_token"])["scope"].split())
    with pytest.raises(LocalFailed, match="invalid_grant"):
        people.exchange(deployed.endpoint, form | {"code_verifier": VERIFIER})


@pytest.mark.parametrize(
    "changed",
    [{"redirect_uri": "https://evil.example/signed-in"}, {"redirect_uri": STAFF_CALLBACK}, {"response_type": "token"}],
)
def test_a1_the_page_leads_to_no_other_address_and_puts_no_token_into_one(
    deployed: Cloud, client_id: str, changed: dict[str, str]
) -> None:
    assert httpx.get(deployed.endpoint + page(client_id, **changed), timeout=20).status_code == 400


def test_a1_a_wrong_password_and_an_unknown_user_look_alike(deployed: Cloud, idp: Any, client_id: str, member: User) -> None:
    texts = set()
    for email in (member.email, people.email_of(new_name())):
        form = {"client_id": client_id, "redirect_uri": MEMBERS_CALLBACK, "username": email, "password": "wrong-password-1"}
        response = httpx.post(f"{deployed.endpoint}/login", data=form, timeout=20)
        texts.add((response.status_code, response.text.replace(email, "")))
    assert len(texts) == 1
    errors = [
        error_of(AWSSRP(email, "wrong-password-1", pool_of(deployed), client_id, client=idp).authenticate_user)
        for email in (member.email, people.email_of(new_name()))
    ]
    assert errors[0] == errors[1] == ("NotAuthorizedException", "Incorrect username or password.")


def pool_of(cloud: Cloud) -> str:
    return cloud.outputs["platform"]["UserPoolId"]


# refresh and recovery


def refresh(cloud: Cloud, client_id: str, refresh_token: str) -> str:
    form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
    return str(people.exchange(cloud.endpoint, form)["access_token"])


def test_a1_a_refresh_token_gives_new_access_tokens(deployed: Cloud, client_id: str, member: User) -> None:
    tokens = deployed.sign_in_as(member)
    assert status(deployed, refresh(deployed, client_id, tokens["refresh_token"])) == 200


def test_a1_a_password_is_recovered_with_the_code_from_the_mailbox(deployed: Cloud, idp: Any, client_id: str) -> None:
    user = deployed.create_user(new_name())
    for email in (user.email, people.email_of(new_name())):  # both look alike
        sent = idp.forgot_password(ClientId=client_id, Username=email)["CodeDeliveryDetails"]
        assert (sent["DeliveryMedium"], sent["AttributeName"]) == ("EMAIL", "email")
    new = {"ClientId": client_id, "Username": user.email, "Password": NEW_PASSWORD}
    wrong = error_of(idp.confirm_forgot_password, **new, ConfirmationCode="000000")
    unknown = {**new, "Username": people.email_of(new_name()), "ConfirmationCode": "000000"}
    assert wrong == error_of(idp.confirm_forgot_password, **unknown)
    code = people.read_code(deployed.endpoint, user.email)
    idp.confirm_forgot_password(**new, ConfirmationCode=code)
    with pytest.raises(LocalFailed):
        deployed.sign_in_as(user)
    assert people.sign_in(deployed.endpoint, client_id, MEMBERS_CALLBACK, user.email, NEW_PASSWORD)


# TOTP and staff


def srp(cloud: Cloud, idp: Any, user: User, client: str) -> AWSSRP:
    return AWSSRP(user.email, user.password, pool_of(cloud), cloud.outputs["platform"][client], client=idp)


@pytest.mark.parametrize("client", ["ClientId", "StaffClientId"])
def test_a1_with_totp_a_password_alone_signs_no_user_in(deployed: Cloud, idp: Any, operator: User, client: str) -> None:
    aws = srp(deployed, idp, operator, client)
    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        aws.authenticate_user()
    answer = {
        "ClientId": deployed.outputs["platform"][client],
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": challenge.value.get_tokens()["Session"],
    }
    wrong = {"USERNAME": operator.sub, "SOFTWARE_TOKEN_MFA_CODE": "000000"}
    assert error_of(idp.respond_to_auth_challenge, **answer, ChallengeResponses=wrong)[0] == "CodeMismatchException"
    right = {**wrong, "SOFTWARE_TOKEN_MFA_CODE": pyotp.TOTP(operator.totp).now()}
    token = idp.respond_to_auth_challenge(**answer, ChallengeResponses=right)["AuthenticationResult"]["AccessToken"]
    assert status(deployed, token, "/settings/circles") == (200 if client == "StaffClientId" else 403)


def problem(cloud: Cloud, token: str, path: str) -> tuple[int, str, str]:
    response = httpx.get(cloud.url + path, headers={"authorization": f"Bearer {token}"}, timeout=20)
    return response.status_code, response.json()["type"].rpartition(":")[2], response.json()["next_step"]


def test_a1_staff_without_totp_are_denied_and_learn_the_next_step(deployed: Cloud, idp: Any) -> None:
    user = deployed.create_user(new_name())
    for group in ("reviewer", "operator"):
        idp.admin_add_user_to_group(UserPoolId=pool_of(deployed), Username=user.sub, GroupName=group)
    staff_client = deployed.outputs["platform"]["StaffClientId"]

    def token() -> str:
        signed_in = people.sign_in(deployed.endpoint, staff_client, STAFF_CALLBACK, user.email, user.password)
        return str(signed_in["access_token"])

    before = token()
    assert claims(before)["cognito:groups"]
    paths = ["/metrics", "/cases", *(f"/settings/{service}" for service in SERVICES)]
    for path in paths:
        assert problem(deployed, before, path)[:2] == (403, "staff-sign-in-required"), path
    assert "authenticator app" in problem(deployed, before, "/metrics")[2]
    people.set_up_totp(idp, before)
    assert status(deployed, before, "/metrics") == 403, "a token from before says nothing of TOTP"
    assert status(deployed, token(), "/metrics") == 200


def test_a1_staff_in_the_members_app_are_members(deployed: Cloud, operator: User, client_id: str) -> None:
    tokens = people.sign_in(deployed.endpoint, client_id, MEMBERS_CALLBACK, operator.email, operator.password)
    assert status(deployed, tokens["access_token"]) == 200
    assert problem(deployed, tokens["access_token"], "/metrics")[:2] == (403, "staff-sign-in-required")
    assert status(deployed, deployed.sign_in(operator.name), "/metrics") == 200


def test_a1_signing_out_everywhere_ends_refresh_tokens_access_tokens_and_sockets(deployed: Cloud, client_id: str) -> None:
    user = deployed.create_user(new_name())
    other_device = deployed.sign_in_as(user)
    this_device = Client(deployed, user)
    with connect(f"{deployed.socket_url()}?ticket={this_device.create_ticket()}") as socket:
        socket.send('{"action": "ping"}')
        assert json.loads(socket.recv(timeout=20))["type"] == "pong"
        this_device.call("POST", "/me/sign-out", expect=204)
        assert problem(deployed, this_device.token, "/circles")[:2] == (401, "sign-in-ended")
        with pytest.raises(LocalFailed, match="invalid_grant"):
            refresh(deployed, client_id, other_device["refresh_token"])
        token = other_device["access_token"]
        for path in ("/circles", "/rooms", "/orders", "/applications"):  # one of each service
            wait_until(lambda path=path: status(deployed, token, path) == 401 or None, 20, path)  # type: ignore[misc]
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
    wait_until(lambda: status(deployed, deployed.sign_in(user.name)) == 200 or None, 5, "a sign-in of the next second")


def test_a1_after_a_sign_out_the_same_request_is_denied_and_changes_nothing(deployed: Cloud) -> None:
    token = deployed.sign_in(deployed.create_user(new_name()).name)
    headers = {"authorization": f"Bearer {token}"}
    statuses = [httpx.post(f"{deployed.url}/me/sign-out", headers=headers, timeout=20).status_code for _ in range(2)]
    assert statuses == [204, 401]
