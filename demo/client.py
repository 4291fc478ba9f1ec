"""A signed-in user of the laptop cloud: a thin layer over the Python client, which calls the services as an app would."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from coterie_client import ApiError, RenewedToken, Retries, SubscriptionEnded
from coterie_client import Client as ApiClient

from infra.cloud import Cloud, User

Result = TypeVar("Result")
TOKEN_SECONDS = 3600
ONCE = Retries(attempts=1)
BROWSER_HEADERS = {"origin": "https://app.example", "referer": "https://app.example/", "accept": "image/*"}


class UnexpectedResponse(Exception):
    """A response that the scenario does not expect."""


class Client:
    """Calls the services with one user's access token. api: the Python client of this user."""

    def __init__(self, cloud: Cloud, user: User) -> None:
        self.cloud = cloud
        self.user = user
        self.name = user.name
        self.user_id = user.sub
        tokens = RenewedToken(lambda: (cloud.sign_in(user.name), TOKEN_SECONDS))
        self.token = tokens.get().value
        self.api = ApiClient(cloud.url, tokens, socket_url=cloud.socket_url())

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, key: str | None = None, etag: str = ""
    ) -> Any:
        """Return the response's document. A success is requested as often as the client does, an error once.

        key: the Idempotency-Key of a retry; without it, every write gets a new one.
        etag: the state that a change is based on; "0" if it does not exist yet.
        Raises: UnexpectedResponse (another status than `expect`).
        """
        status, document = self._send(method, path, body, key or "", etag, None if expect < 400 else ONCE)
        if status != expect:
            raise UnexpectedResponse(f"{method} {path} returned {status}, not {expect}: {str(document)[:500]}")
        return document

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None, etag: str = "") -> tuple[int, Any]:
        """Send a request once, and return the response's status and document, whatever the status is."""
        return self._send(method, path, body, key or "", etag, ONCE)

    def get_real_name_token(self) -> str:
        """Return the real-name verifier's statement about this user."""
        return self.cloud.get_real_name_token(self.user)

    def pay(self, pay_url: str) -> None:
        """Pay at the provider's page, as a buyer does: load it, and submit its form."""
        with httpx.Client(timeout=20, follow_redirects=True) as browser:
            page = browser.get(pay_url)
            token = re.search(r'name="token" value="([^"]+)"', page.text)
            paid = browser.post(pay_url, data={"token": token[1], "result": "pay"}) if token else page
        if token is None or paid.status_code != 200:
            raise UnexpectedResponse(f"the payment provider returned {paid.status_code}: {paid.text[:300]}")

    def load_picture(self, url: str) -> bytes:
        """Load a picture as an `<img>` does: without a token, and with what a browser sends by itself."""
        response = httpx.get(url, headers=BROWSER_HEADERS, timeout=20)
        if response.status_code != 200:
            raise UnexpectedResponse(f"the picture returned {response.status_code}: {response.text[:300]}")
        return response.content

    def connect(self, circle_id: str, room_id: str) -> Socket:
        """Return a subscribed connection to a room."""
        return Socket(self.api, circle_id, room_id)

    def create_ticket(self) -> str:
        return str(self.call("POST", "/socket-tickets", expect=201)["ticket"])

    def _send(self, method: str, path: str, body: Any, key: str, etag: str, retries: Retries | None) -> tuple[int, Any]:
        try:
            response = self.api.request(method, path, body, key=key, etag=etag, retries=retries)
        except ApiError as error:
            return error.status, error.document
        return response.status, response.document


class Socket:
    """A connection to a room that stores every message pushed to it."""

    def __init__(self, api: ApiClient, circle_id: str, room_id: str) -> None:
        self.pushes: list[dict[str, Any]] = []
        self._connection = api.connect(on_frame=self._store_push)
        self._room = self._connection.room(circle_id, room_id)
        try:
            self._room.wait_until_subscribed(20)
        except (TimeoutError, SubscriptionEnded) as error:
            raise UnexpectedResponse(f"the subscription got no success: {error}") from error

    def ask(self, action: str, **frame: Any) -> dict[str, Any]:
        """Send a frame and return the response frame, which can be a problem."""
        return self._connection.ask(action, timeout=20, **frame)

    def wait_for(self, seq: int, seconds: float) -> dict[str, Any]:
        """Return the pushed message with this sequence number."""
        return wait_until(lambda: self._find_push(seq), seconds, f"push {seq}", pause=0.005)

    def is_closed(self, seconds: float) -> bool:
        """Whether the service closes the connection within that time, and denies the next subscription."""
        deadline = time.monotonic() + seconds
        while self._connection.is_open and self._connection.connects == 1:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        try:
            while True:
                self._room.next(max(0.0, deadline - time.monotonic()))
        except SubscriptionEnded:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self._connection.close()

    def _store_push(self, frame: dict[str, Any]) -> None:
        if frame.get("type") == "messages":
            self.pushes.extend(frame["messages"])

    def _find_push(self, seq: int) -> dict[str, Any] | None:
        return next((push for push in list(self.pushes) if push["seq"] == seq), None)


def wait_until(find: Callable[[], Result | None], seconds: float, what: str, *, pause: float = 0.05) -> Result:
    """Call `find` until it returns something, because events take effect after the response.

    Raises: UnexpectedResponse (nothing was found within `seconds`).
    """
    deadline = time.monotonic() + seconds
    while True:
        result = find()
        if result is not None:
            return result
        if time.monotonic() > deadline:
            raise UnexpectedResponse(f"{what} did not arrive within {seconds:g} s")
        time.sleep(pause)
