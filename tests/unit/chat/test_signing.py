"""The signer of posts makes the same requests as botocore's."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from services.chat.adapters.signing import RequestSigner

NOW = datetime(2026, 11, 30, 23, 59, 59, 999_000, tzinfo=UTC)
HOST, PATH = "abc123.execute-api.us-east-1.amazonaws.com", "/live/@connections"
IDS = ("Kk8xYeIEoAMCJ2A=", "a/b", "a b", "ä+%&=?#", "~._-", "x" * 200, "")


def signed_by_botocore(method: str, connection_id: str, body: bytes, credentials: Credentials) -> dict[str, str]:
    url = f"https://{HOST}{PATH}/{quote(connection_id, safe='')}"
    request = AWSRequest(method, url, data=body, headers={"content-type": "application/json"})
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.mark.parametrize("token", [None, "a session token/+=="])
@pytest.mark.parametrize("connection_id", IDS)
@pytest.mark.parametrize(("method", "body"), [("POST", '{"text":"观鸟"}'.encode()), ("DELETE", b"")])
def test_h15_a_request_is_signed_as_botocore_signs_it(method: str, body: bytes, connection_id: str, token: str | None) -> None:
    credentials = Credentials("AKIDEXAMPLE", "a secret", token)
    signer = RequestSigner(HOST, PATH, "us-east-1", credentials, lambda: NOW)
    head, _, sent_body = signer.requests(method, body).request(connection_id).partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    assert line == f"{method} {PATH}/{quote(connection_id, safe='')} HTTP/1.1"
    assert sent_body == body
    sent = dict(header.split(": ", 1) for header in headers)
    expected = signed_by_botocore(method, connection_id, body, credentials)
    assert sent == {**expected, "host": HOST, "content-length": str(len(body))}


def test_h15_requests_made_in_another_second_have_its_time_and_new_credentials() -> None:
    times = iter([NOW, NOW.replace(second=58)])
    credentials = Credentials("first", "secret")
    signer = RequestSigner(HOST, PATH, "us-east-1", credentials, lambda: next(times))
    first = signer.requests("POST", b"{}").request("a")
    credentials.access_key = "second"
    assert b"20261130T235959Z" in first and b"Credential=first/" in first
    second = signer.requests("POST", b"{}").request("a")
    assert b"20261130T235958Z" in second and b"Credential=second/" in second
