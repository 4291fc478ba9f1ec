"""Clients with wrong clocks over a network that loses, delays and repeats requests, against the four services in memory.

Each step of a client is a generator that yields after every request, so the steps of many clients interleave.
"""

from __future__ import annotations

import importlib
import random
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

from ulid import ULID

from services import SERVICES
from services.shared.http.ports import HttpPorts
from services.shared.kernel.clock import millis
from services.shared.security.auth import Caller
from simulation.api.gateway import NO_BODY, ApiUser, Context, Response, gateway_event
from simulation.settings import SETTINGS
from simulation.simulation import Simulation
from simulation.user_pool import TOKENS
from simulation.users import RING

MAX_TRIES = 60  # of one request, before the client counts as denied for ever
Step = Generator[None, None, Any]


@contextmanager
def memory_api(simulation: Simulation) -> Iterator[MemoryApi]:
    """Connect the HTTP APIs of the four services to the tables of a simulation."""
    with ExitStack() as stack:
        apis = {}
        for service in SERVICES:
            wiring = importlib.import_module(f"services.{service}.wiring")
            apis[service] = importlib.import_module(f"services.{service}.app").api
            change_rate = SETTINGS[service]().rate("change")
            http_ports = partial(HttpPorts, simulation.table(service), simulation.clock, RING, RING, change_rate, TOKENS)
            stack.enter_context(mock.patch.object(wiring, "ports", partial(simulation.ports, service)))
            stack.enter_context(mock.patch.object(apis[service], "http_ports", http_ports))
        yield MemoryApi(simulation, apis)


@dataclass(frozen=True)
class Request:
    service: str
    by: Caller
    method: str
    path: str
    body: Any = NO_BODY
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class MemoryApi:
    """The HTTP APIs, without a gateway and without a network."""

    simulation: Simulation
    apis: Mapping[str, Any]

    def call(self, request: Request) -> Response:
        by = request.by
        user = ApiUser(by.user_id, tuple(by.groups), issued_at=millis(self.simulation.clock()) // 1000 - 60)
        path, _, query = request.path.partition("?")
        event = gateway_event(request.method, path, by=user, body=request.body, headers=request.headers, query=query)
        raw = self.apis[request.service](event, Context())
        return Response(raw["statusCode"], raw["headers"], raw["body"])


@dataclass
class Network:
    """Loses a request or its response, delivers a request twice, or hours later.

    late: requests that arrive later. outcomes: how often each of this happened.
    """

    api: MemoryApi
    randomness: random.Random
    late: list[Request] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def send(self, request: Request) -> Response | None:
        """Return the response; None if the client gets none."""
        self.outcomes["requests"] += 1
        outcome = self.randomness.choices(
            ("delivered", "request lost", "response lost", "delayed", "repeated later"), (60, 10, 10, 10, 10)
        )[0]
        self.outcomes[outcome] += 1
        if outcome in ("delayed", "repeated later"):
            self.late.append(request)
        if outcome in ("request lost", "delayed"):
            return None
        response = self.api.call(request)
        return None if outcome == "response lost" else response

    def deliver_late(self) -> None:
        """Deliver some of the delayed requests, in any order. Their senders get no response."""
        self.randomness.shuffle(self.late)
        for request in self.late[: self.randomness.randrange(3)]:
            self.late.remove(request)
            self.outcomes["arrived late"] += 1
            response = self.api.call(request)
            assert response.status < 500, (request, response)


@dataclass
class Client:
    """An honest client: it repeats a request until it gets a response, with the same key.

    skew: how far its clock is ahead. correction: what it learned from the server's time.
    """

    network: Network
    caller: Caller
    skew: timedelta
    correction: timedelta = timedelta(0)

    @property
    def _server_clock(self) -> Callable[[], datetime]:
        return self.network.api.simulation.clock

    def _new_key(self) -> str:
        return str(ULID.from_timestamp(millis(self._server_clock() + self.skew + self.correction) / 1000))

    def get(self, service: str, path: str) -> Step:
        return (yield from self.request(Request(service, self.caller, "GET", path)))

    def create(self, service: str, path: str, body: Any) -> Step:
        """Send a creating request until it succeeds."""
        response = yield from self.request(Request(service, self.caller, "POST", path, body), keyed=True)
        assert response.status in (200, 201), (path, response)
        return response.body

    def send(self, service: str, method: str, path: str, body: Any = NO_BODY) -> Step:
        """Send a request that needs neither a key nor an ETag until it succeeds."""
        response = yield from self.request(Request(service, self.caller, method, path, body))
        assert response.status < 300, (path, response)
        return response.body

    def append(
        self, service: str, path: str, token: str, read: Callable[[Client], Step], body_of: Callable[[str], Any]
    ) -> Step:
        """Read a text, append a token and write it under the ETag; start again if another client was faster.

        read: returns the text and its ETag.
        """
        for _ in range(MAX_TRIES):
            text, etag = yield from read(self)
            if token in text.split():
                return  # it arrived, although its response was lost
            headers = {"if-match": f'"{etag}"'}
            request = Request(service, self.caller, "PUT", path, body_of(f"{text} {token}".strip()), headers)
            response = yield from self.request(request, keyed=True)
            if response.status != 412:
                assert response.status == 200, (path, response)
                return
        raise AssertionError(f"denied for ever: PUT {path}")

    def request(self, request: Request, *, keyed: bool = False) -> Step:
        """Send a request until there is a response; with a key, a repeat has the same one."""
        key = self._new_key()
        for _ in range(MAX_TRIES):
            headers = {**request.headers, **({"idempotency-key": key} if keyed else {})}
            response = self.network.send(Request(**{**vars(request), "headers": headers}))
            yield
            if response is None:
                continue
            if response.status == 422 and "server_time" in response.body:
                self.network.outcomes["wrong clock corrected"] += 1
                local = self._server_clock() + self.skew
                self.correction = datetime.fromisoformat(response.body["server_time"]) - local
                key = self._new_key()
                continue
            if response.status in (429, 503):
                self.network.api.simulation.clock.advance(seconds=response.body["retry_after"])
                continue
            return response
        raise AssertionError(f"denied for ever: {request.method} {request.path}")


def run_interleaved(network: Network, steps: list[Step]) -> None:
    """Run the steps of all clients, one request at a time in random order, while time passes and late requests arrive."""
    randomness, clock = network.randomness, network.api.simulation.clock
    while steps:
        step = randomness.choice(steps)
        try:
            next(step)
        except StopIteration:
            steps.remove(step)
        clock.advance(milliseconds=randomness.choice((1, 20, 900, 20_000, 120_000)))
        if randomness.random() < 0.2:
            network.deliver_late()
    while network.late:
        clock.advance(minutes=randomness.choice((1, 30, 400)))
        network.deliver_late()
