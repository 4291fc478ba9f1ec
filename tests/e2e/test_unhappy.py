"""Invalid input through the real gateway and function: each is a 4xx problem that names the fault, and nothing is written."""

from __future__ import annotations

import httpx
import pytest
from ulid import ULID

from demo.client import Client
from infra.cloud import Cloud

pytestmark = pytest.mark.cloud

JSON = "application/json"
INVALID: dict[str, tuple[bytes, str, int, str]] = {
    "over-long": (b'{"plan": "' + b"x" * 300_000 + b'"}', JSON, 413, "body-too-large"),
    "broken": (b'{"circle_name": "x"', JSON, 400, "bad-request"),
    "duplicate-name": (b'{"plan": "a", "plan": "b"}', JSON, 400, "bad-request"),
    "nan": (b'{"weekly_hours": NaN}', JSON, 400, "bad-request"),
    "huge-number": (b'{"weekly_hours": 1' + b"0" * 400 + b"}", JSON, 400, "bad-request"),
    "utf-16": ('{"plan": "x"}'.encode("utf-16"), JSON, 400, "bad-request"),
    "content-type": (b"circle_name=x", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
    "unknown-field": (b'{"role": "owner"}', JSON, 422, "/role"),
    "lone-surrogate": (b'{"plan": "\\ud800"}', JSON, 422, "/plan"),
    "nul": (b'{"plan": "a\\u0000b"}', JSON, 422, "/plan"),
    "bidi-override": ('{"plan": "a\u202eb"}'.encode(), JSON, 422, "/plan"),
    "wrong-type": (b'{"weekly_hours": "10"}', JSON, 422, "/weekly_hours"),
    "out-of-range": (b'{"weekly_hours": 100}', JSON, 422, "/weekly_hours"),
}


@pytest.fixture(scope="module")
def applicant(deployed: Cloud) -> Client:
    return Client(deployed, deployed.create_user(f"invalid-{str(ULID()).lower()}"))


@pytest.mark.parametrize("flaw", INVALID)
def test_invalid_input_is_a_problem_that_names_the_fault_and_writes_nothing(applicant: Client, flaw: str) -> None:
    body, content_type, status, name = INVALID[flaw]
    headers = {"authorization": f"Bearer {applicant.token}", "content-type": content_type, "idempotency-key": str(ULID())}
    response = httpx.post(applicant.cloud.url + "/applications", content=body, headers=headers, timeout=20)
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), problem
    assert name in problem["type"] or name in [field["at"] for field in problem["errors"]]
    assert applicant.call("GET", "/applications")["items"] == []
