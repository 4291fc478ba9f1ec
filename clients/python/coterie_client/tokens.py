"""Where access tokens come from, and how they are renewed: once at a time, whatever the local clock shows."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx

from coterie_client.errors import ResponseMissing, SignInRequired

MARGIN_SECONDS = 60.0  # a token is renewed so long before its end, so that no request travels with an expired one


@dataclass(frozen=True)
class AccessToken:
    """An access token. expires_at: when it expires, by `time.monotonic`, which no correction of the clock changes."""

    value: str
    expires_at: float = math.inf


class TokenSource(Protocol):
    """Returns access tokens. Both methods are called by several threads."""

    def get(self) -> AccessToken:
        """Return a token that is not expired. Raises: SignInRequired."""

    def renew(self, denied: AccessToken) -> AccessToken:
        """Return a token after the API denied one; the same if there is no other. Raises: SignInRequired."""


@dataclass(frozen=True)
class StaticToken:
    """A token that is never renewed."""

    value: str

    def get(self) -> AccessToken:
        return AccessToken(self.value)

    def renew(self, denied: AccessToken) -> AccessToken:
        return denied


class RenewedToken:
    """A token that is fetched again before it expires, and after the API denied it.

    fetch: returns an access token and its lifetime in seconds. Its lifetime counts from before the call, by a clock that only
    runs forwards, so a wrong local time has no effect. Threads that need a token at the same time share one call.
    """

    def __init__(
        self,
        fetch: Callable[[], tuple[str, float]],
        *,
        margin: float = MARGIN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._margin, self._clock = fetch, margin, clock
        self._lock = threading.Lock()
        self._token: AccessToken | None = None
        self._renew_at = -math.inf

    def get(self) -> AccessToken:
        with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                return self._fetch_token()
            return self._token

    def renew(self, denied: AccessToken) -> AccessToken:
        with self._lock:
            if self._token is None or self._token == denied:
                return self._fetch_token()
            return self._token  # another thread has renewed it

    def _fetch_token(self) -> AccessToken:
        started = self._clock()
        value, lifetime = self._fetch()
        # A short token is used for half its lifetime at least, or each request would fetch one.
        self._renew_at = started + max(lifetime - self._margin, lifetime / 2)
        self._token = AccessToken(value, started + lifetime)
        return self._token


class OidcRefresh:
    """Gets access tokens for a refresh token from the token endpoint of an OpenID provider, such as Amazon Cognito.

    on_rotation: receives a new refresh token, if the provider rotates them, to be stored. Use it as `fetch` of `RenewedToken`.
    """

    def __init__(
        self,
        token_endpoint: str,
        client_id: str,
        refresh_token: str,
        *,
        on_rotation: Callable[[str], None] = lambda _: None,
        http: httpx.Client | None = None,
    ) -> None:
        self._endpoint, self._client_id, self._refresh_token = token_endpoint, client_id, refresh_token
        self._on_rotation = on_rotation
        self._http = http or httpx.Client(timeout=10)

    def __call__(self) -> tuple[str, float]:
        """Return an access token and its lifetime in seconds.

        Raises: SignInRequired (the refresh token is expired or revoked), ResponseMissing (the provider does not respond).
        """
        form = {"grant_type": "refresh_token", "client_id": self._client_id, "refresh_token": self._refresh_token}
        try:
            response = self._http.post(self._endpoint, data=form)
            if response.status_code in (400, 401):
                raise SignInRequired(f"the refresh token was denied with status {response.status_code}: sign in again")
            response.raise_for_status()
        except httpx.HTTPError as error:
            # No request to the API was sent with it, so the request that needs the token is repeated.
            raise ResponseMissing("POST", self._endpoint, error, is_outcome_unknown=False) from error
        granted = response.json()
        if rotated := granted.get("refresh_token"):
            self._refresh_token = rotated
            self._on_rotation(rotated)
        return str(granted["access_token"]), float(granted.get("expires_in", 300))
