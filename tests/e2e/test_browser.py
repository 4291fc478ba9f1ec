"""What a page of another origin can send to the API and read from its responses."""

from __future__ import annotations

import httpx
import pytest

from demo.client import Client
from infra.cloud import Cloud

pytestmark = pytest.mark.cloud

ORIGIN = {"origin": "https://app.example.org"}
EXPOSED = {"retry-after", "etag", "x-correlation-id", "date"}


@pytest.fixture(scope="module")
def token(deployed: Cloud) -> str:
    return Client(deployed, deployed.create_user("browser")).token


def require_readable(response: httpx.Response) -> None:
    """Require what a browser requires before a page can read a response and the headers that an app needs."""
    assert response.headers["access-control-allow-origin"] in ("*", ORIGIN["origin"])
    assert set(listed(response, "access-control-expose-headers")) >= EXPOSED


def listed(response: httpx.Response, header: str) -> list[str]:
    return [value.strip().lower() for value in response.headers[header].split(",")]


@pytest.mark.parametrize("path", ["/circles", "/rooms", "/orders", "/applications", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_preflight_needs_no_token_and_allows_what_an_app_sends(deployed: Cloud, path: str, method: str) -> None:
    sent = "authorization,content-type,idempotency-key,if-match,x-correlation-id"
    asked = {"access-control-request-method": method, "access-control-request-headers": sent}
    response = httpx.options(deployed.url + path, headers={**ORIGIN, **asked}, timeout=20)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] in ("*", ORIGIN["origin"])
    assert method.lower() in listed(response, "access-control-allow-methods")
    assert set(sent.split(",")) <= set(listed(response, "access-control-allow-headers"))
    assert int(response.headers["access-control-max-age"]) > 0


@pytest.mark.parametrize("sent", [None, "Bearer a.b.c"])
def test_a_page_can_read_that_its_token_is_missing_or_invalid(deployed: Cloud, sent: str | None) -> None:
    response = httpx.get(f"{deployed.url}/circles", headers={**ORIGIN, **({"authorization": sent} if sent else {})}, timeout=20)
    assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"})
    require_readable(response)


def test_a_page_can_read_results_problems_and_the_404_of_the_gateway(deployed: Cloud, token: str) -> None:
    def status(method: str, path: str) -> int:
        headers = {**ORIGIN, "authorization": f"Bearer {token}"}
        response = httpx.request(method, deployed.url + path, headers=headers, timeout=20)
        require_readable(response)
        assert "date" in response.headers
        return response.status_code

    assert [status("GET", "/circles"), status("GET", "/circles/unknown"), status("POST", "/memberships")] == [200, 404, 415]
    assert status("GET", "/nowhere") == 404
