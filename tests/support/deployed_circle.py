"""A circle on a deployed cloud, with guests who call it at the same time."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from unittest import mock

from rich.console import Console
from ulid import ULID

from demo.client import Client, wait_until
from demo.founding import apply_and_review, open_circle
from demo.scenario import EVENT_TIMEOUT_SECONDS, Scenario
from infra.aws import client
from infra.cloud import Cloud
from simulation.api.bodies import circle_name_of
from tests.support.races import race

AT_ONCE = 6  # each parallel call beyond the earlier ones starts a worker of the laptop cloud: 1 s of processor time
cached_client = cache(client)
Response = tuple[int, Any]


@dataclass
class DeployedFixture:
    """A circle over its public API.

    clients: `lin` owns the circle, `rui` and `shan` review, `ops` operates.
    guests: signed in, not members.
    path, room: the paths of the circle and of its lobby.
    """

    cloud: Cloud
    clients: dict[str, Client] = field(default_factory=dict)
    guests: list[Client] = field(default_factory=list)
    path: str = ""
    room: str = ""

    def create_client(self, *groups: str) -> Client:
        with mock.patch("infra.cloud.client", cached_client):
            return Client(self.cloud, self.cloud.create_user(f"guest-{str(ULID()).lower()}", groups))

    def issue_passcode(self, max_uses: int) -> str:
        body = {"expires_in_hours": 1, "max_uses": max_uses}
        return str(self.clients["lin"].call("POST", f"{self.path}/passcodes", body, expect=201)["passcode"])

    def list_messages(self, after: int = 0) -> list[dict[str, Any]]:
        page = self.clients["lin"].call("GET", f"{self.room}/messages?limit=100&after_seq={after}")
        messages: list[dict[str, Any]] = page["items"]
        return messages + self.list_messages(messages[-1]["seq"]) if page["has_more"] else messages

    def send_call(self, sender: Client, client_msg_id: str, text: str = "在吗", after: int = 0) -> Callable[[], Response]:
        """Return a call that sends a message."""
        body = {"client_msg_id": client_msg_id, "after_seq": after, "text": text}
        return partial(sender.ask, "POST", f"{self.room}/messages", body)

    def add_members(self, guests: list[Client]) -> None:
        """Let guests join the circle, and wait until chat knows them."""
        body = {"passcode": self.issue_passcode(len(guests))}
        race([partial(guest.call, "POST", "/memberships", body) for guest in guests], AT_ONCE)
        for guest in guests:
            wait_until(partial(self._can_read, guest), EVENT_TIMEOUT_SECONDS, "a member")

    def _can_read(self, guest: Client) -> bool | None:
        return guest.ask("GET", f"{self.room}/messages")[0] == 200 or None


def build_deployed_fixture(cloud: Cloud, guests: int) -> DeployedFixture:
    """Open a circle with its lobby, from the application on, by the steps of the demo scenario."""
    fixture = DeployedFixture(cloud)
    groups = {"lin": (), "rui": ("reviewer",), "shan": ("reviewer",), "ops": ("operator",)}
    fixture.clients = {name: fixture.create_client(*of_user) for name, of_user in groups.items()}
    scenario = Scenario(cloud, Console(file=io.StringIO()), dict(fixture.clients))
    scenario.run = circle_name_of(fixture.clients["lin"].user_id, "").strip()
    apply_and_review(scenario)
    open_circle(scenario)
    fixture.path, fixture.room = scenario.circle(), scenario.room()
    fixture.guests = [fixture.create_client() for _ in range(guests)]
    return fixture
