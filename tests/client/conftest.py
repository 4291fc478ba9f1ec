"""Lobbies of the chat service, which runs in process behind real sockets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from coterie_client import Client

from services.chat.settings import settings
from services.shared.kernel.ids import new_id
from simulation.api.gateway import ApiUser
from simulation.clock import FakeClock
from simulation.settings import overridden, relax_limits
from simulation.setup.chat import set_chat_members
from simulation.simulation import Simulation
from simulation.users import caller, user_id
from tests.support.served_api import ServedApi, serve_api


@dataclass
class ServedLobby:
    """The lobby of a new circle, behind real sockets. Its members are named by the test; the first is the owner."""

    served: ServedApi
    members: tuple[str, ...]
    circle_id: str = field(default_factory=lambda: new_id("cir"))

    def __post_init__(self) -> None:
        self.room_id = self._set_members(*self.members)

    def client(self, name: str, *, url: str = "", socket_url: str = "") -> Client:
        """Return the client of a user, by default without a proxy in between."""
        token = self.served.sign_in(ApiUser(user_id(name)))
        return Client(url or self.served.url, token, socket_url=socket_url or self.served.socket_url)

    def kick(self, name: str) -> None:
        self._set_members(name, state="kicked")

    def _set_members(self, *names: str, state: str = "member") -> str:
        cloud = self.served.gateway.cloud
        simulation = Simulation(
            clock=FakeClock(datetime.now(UTC)), chat_table=cloud.tables["chat"], sockets=self.served.sockets
        )
        with self.served.lock:
            return set_chat_members(simulation, self.circle_id, *map(caller, names), state=state)


@pytest.fixture(scope="session")
def served() -> Iterator[ServedApi]:
    logging.disable(logging.INFO)  # a line per request is a third of the time
    try:
        with serve_api() as served:
            yield served
    finally:
        logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def relaxed_rate_limits(settings_reset: None) -> Iterator[None]:
    """A member connects as often as a test needs, and sends 6,000 messages at once."""
    relax_limits()
    with overridden(settings, send_interval=timedelta(milliseconds=100), send_burst=timedelta(minutes=10)):
        yield


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line at once, whether output is captured or not."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", end="", flush=True)

    return line
