"""One person's client: signed in, talking to the services as an app would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx
from ulid import ULID
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from infra.cloud import Cloud, Person

Found = TypeVar("Found")


class Unexpected(Exception):
    """An answer that the story does not know."""


class Client:
    """Calls the services with one person's access token; an answer of another status than expected ends the story."""

    def __init__(self, cloud: Cloud, person: Person) -> None:
        self.cloud = cloud
        self.person = person
        self.name = person.name
        self.user_id = person.sub
        self.token = cloud.sign_in(person.name)
        self._http = httpx.Client(timeout=20, headers={"authorization": f"Bearer {self.token}"})

    def call(self, service: str, method: str, path: str, body: Any = None, *, expect: int = 200, key: str | None = None) -> Any:
        """The answer's document. A write gets an Idempotency-Key of its own unless `key` repeats one."""
        status, answer = self.ask(service, method, path, body, key=key)
        if status != expect:
            raise Unexpected(f"{method} {path} answered {status}, not {expect}: {str(answer)[:500]}")
        return answer

    def ask(self, service: str, method: str, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, Any]:
        """The status and the document, whatever they are."""
        headers = {"idempotency-key": key or str(ULID())} if method in ("POST", "PUT") else {}
        answer = self._http.request(method, self.cloud.url(service) + path, json=body, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    def verified(self) -> str:
        """The verifier's word on who this is."""
        return self.cloud.verified(self.person)

    def pay(self, pay_url: str) -> None:
        """Pay at the provider's page."""
        paid = httpx.post(pay_url, json={"card": "ok"}, timeout=20)
        if paid.status_code != 200:
            raise Unexpected(f"the provider answered {paid.status_code}: {paid.text[:300]}")

    def upload(self, circle_id: str, data: bytes, type: str) -> str:
        """Upload a picture straight to the bucket, as a form; answers its id."""
        offer = self.call("circles", "POST", f"/circles/{circle_id}/pictures", {"type": type, "size": len(data)}, expect=201)
        sent = httpx.post(offer["url"], data=offer["fields"], files={"file": ("picture", data, type)}, timeout=20)
        if sent.status_code >= 300:
            raise Unexpected(f"the upload answered {sent.status_code}: {sent.text[:300]}")
        return str(offer["picture_id"])

    def picture(self, circle_id: str, note_id: str, index: int) -> bytes:
        """A note's picture, through the redirect."""
        return self.fetch("circles", f"/circles/{circle_id}/notes/{note_id}/pictures/{index}")

    def fetch(self, service: str, path: str) -> bytes:
        """The file that a redirect leads to."""
        answer = self._http.get(self.cloud.url(service) + path)
        if answer.status_code != 302:
            raise Unexpected(f"GET {path} answered {answer.status_code}")
        return httpx.get(answer.headers["location"], timeout=20).content

    def socket(self) -> Socket:
        ticket = self.call("chat", "POST", "/socket-tickets", expect=201)["ticket"]
        return Socket(f"{self.cloud.socket_url()}?ticket={ticket}")


class Socket:
    """A WebSocket; remembers every push it was given."""

    def __init__(self, address: str) -> None:
        self._context = ExitStack()
        self._connection = self._context.enter_context(connect(address, open_timeout=20))
        self.pushes: list[dict[str, Any]] = []

    def ask(self, action: str, **frame: Any) -> dict[str, Any]:
        """Send a frame and wait for its answer; pushes that come in between are kept."""
        ref = str(ULID())
        self._connection.send(json.dumps({"action": action, "ref": ref, **frame}))
        while True:
            answer = self._next(20)
            if answer.get("ref") == ref:
                return answer

    def wait_for(self, seq: int, seconds: float) -> dict[str, Any]:
        """The push with this number."""
        return until(lambda: self._pushed(seq), seconds, f"push {seq}", pause=0)

    def is_closed(self, seconds: float) -> bool:
        """Whether the other side closes within that time."""
        try:
            self._next(seconds)
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False
        return self.is_closed(seconds)

    def close(self) -> None:
        self._context.close()

    def _pushed(self, seq: int) -> dict[str, Any] | None:
        for push in self.pushes:
            if push["seq"] == seq:
                return push
        try:
            self._next(0.2)
        except TimeoutError:
            return None
        return None

    def _next(self, seconds: float) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._connection.recv(timeout=seconds))
        if frame["type"] == "message":
            self.pushes.append(frame)
        return frame


def until(look: Callable[[], Found | None], seconds: float, what: str, *, pause: float = 0.05) -> Found:
    """Look again until there is something to see; events take their moment."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"{what} did not come within {seconds:g} s")
        time.sleep(pause)
