"""Access tokens: renewed once at a time, before they expire, after a denial, and whatever the local time is."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx
import pytest
from coterie_client import ApiError, OidcRefresh, RenewedToken, ResponseMissing, SignInRequired, StaticToken

from tests.unit.client.transport import Script, ok, problem


class Provider:
    """Issues tokens with a lifetime; `now` is a clock that only runs forwards."""

    def __init__(self, lifetime: float = 3600) -> None:
        self.now, self.issued, self.lifetime = 1000.0, 0, lifetime
        self.pause = threading.Event()
        self.pause.set()

    def fetch(self) -> tuple[str, float]:
        self.pause.wait(5)
        self.issued += 1
        return f"token-{self.issued}", self.lifetime

    def tokens(self) -> RenewedToken:
        return RenewedToken(self.fetch, clock=lambda: self.now)


def test_a_token_is_used_until_a_minute_before_its_end() -> None:
    provider = Provider()
    tokens = provider.tokens()
    assert tokens.get().value == "token-1"
    provider.now += 3539
    assert tokens.get().value == "token-1"
    provider.now += 1
    assert tokens.get().value == "token-2"


def test_a_short_token_is_used_for_half_its_lifetime() -> None:
    provider = Provider(lifetime=30)
    tokens = provider.tokens()
    tokens.get()
    provider.now += 14
    assert tokens.get().value == "token-1"
    provider.now += 1
    assert tokens.get().value == "token-2"


def test_threads_share_one_renewal() -> None:
    provider = Provider()
    tokens = provider.tokens()
    provider.pause.clear()
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(tokens.get) for _ in range(20)]
        provider.pause.set()
        assert {future.result().value for future in waiting} == {"token-1"}
        denied = tokens.get()
        assert {token.value for token in pool.map(tokens.renew, [denied] * 20)} == {"token-2"}
    assert provider.issued == 2


def test_a_denied_token_is_renewed_and_the_request_repeated_once() -> None:
    provider = Provider()
    script = Script(problem(401), ok({"items": []}))
    assert script.client(provider.tokens()).call("GET", "/circles") == {"items": []}
    assert script.header("authorization") == ["Bearer token-1", "Bearer token-2"]
    script = Script(problem(401))
    with pytest.raises(ApiError):
        script.client(provider.tokens()).call("GET", "/circles")
    assert len(script.requests) == 2


def test_a_revoked_access_and_a_static_token_are_not_renewed() -> None:
    provider = Provider()
    for script, token in (
        (Script(problem(401, "access-revoked")), provider.tokens()),
        (Script(problem(401)), StaticToken("x")),
    ):
        with pytest.raises(ApiError):
            script.client(token).call("GET", "/circles")
        assert len(script.requests) == 1
    assert provider.issued == 1


def endpoint(*responses: httpx.Response) -> tuple[httpx.Client, list[dict[str, list[str]]]]:
    forms: list[dict[str, list[str]]] = []
    waiting = iter(responses)

    def respond(request: httpx.Request) -> httpx.Response:
        forms.append(parse_qs(request.content.decode()))
        return next(waiting)

    return httpx.Client(transport=httpx.MockTransport(respond)), forms


def test_a_refresh_token_gets_access_tokens_and_its_rotation_is_stored() -> None:
    http, forms = endpoint(
        httpx.Response(200, json={"access_token": "a1", "expires_in": 300, "refresh_token": "r2"}),
        httpx.Response(200, json={"access_token": "a2", "expires_in": 300}),
    )
    rotated: list[str] = []
    refresh = OidcRefresh("https://id.example.org/oauth2/token", "app", "r1", on_rotation=rotated.append, http=http)
    assert [refresh(), refresh()] == [("a1", 300.0), ("a2", 300.0)]
    assert [form["refresh_token"] for form in forms] == [["r1"], ["r2"]]
    assert (forms[0]["grant_type"], forms[0]["client_id"], rotated) == (["refresh_token"], ["app"], ["r2"])


def test_an_expired_refresh_token_needs_a_sign_in_and_an_outage_does_not() -> None:
    http, _ = endpoint(httpx.Response(400, json={"error": "invalid_grant"}), httpx.Response(503))
    refresh = OidcRefresh("https://id.example.org/oauth2/token", "app", "r1", http=http)
    with pytest.raises(SignInRequired):
        refresh()
    with pytest.raises(ResponseMissing) as raised:
        refresh()
    assert not raised.value.is_outcome_unknown
