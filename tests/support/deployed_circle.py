"""A circle that lives on a deployed cloud, with people who can knock at once."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from unittest import mock

from rich.console import Console
from ulid import ULID

from demo.client import Client, until
from demo.stage import SOON, Story
from demo.story import apply_and_review, open_circle
from infra.aws import client
from infra.cloud import Cloud
from tests.support.races import race

AT_ONCE = 6  # each call at once beyond those before starts a worker of the laptop cloud, a second of processor each
kept_client = cache(client)
Answer = tuple[int, Any]


@dataclass
class House:
    """`lin` owns the circle, `rui` and `shan` review, `ops` operates; `guests` stand before it."""

    cloud: Cloud
    people: dict[str, Client] = field(default_factory=dict)
    guests: list[Client] = field(default_factory=list)
    circle: str = ""
    room: str = ""

    def person(self, *groups: str) -> Client:
        with mock.patch("infra.cloud.client", kept_client):
            return Client(self.cloud, self.cloud.create_person(f"guest-{str(ULID()).lower()}", groups))

    def passcode(self, uses: int) -> str:
        body = {"expires_in_hours": 1, "max_uses": uses}
        return str(self.people["lin"].call("circles", "POST", f"{self.circle}/passcodes", body, expect=201)["passcode"])

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        lin = self.people["lin"]
        page = lin.call("chat", "GET", f"{self.room}/messages?limit=100&after_seq={after}")
        found: list[dict[str, Any]] = page["items"]
        return found + self.history(found[-1]["seq"]) if page["has_more"] else found

    def sending(self, who: Client, name: str, text: str = "在吗", after: int = 0) -> Callable[[], Answer]:
        body = {"client_msg_id": name, "after_seq": after, "text": text}
        return partial(who.ask, "chat", "POST", f"{self.room}/messages", body)

    def let_in(self, guests: list[Client]) -> None:
        """Let guests into the circle, until chat knows them too."""
        code = {"passcode": self.passcode(len(guests))}
        race([partial(guest.call, "circles", "POST", "/memberships", code) for guest in guests], AT_ONCE)
        for guest in guests:
            until(lambda guest=guest: self._is_heard_of(guest) or None, SOON, "a member")  # type: ignore[misc]

    def _is_heard_of(self, who: Client) -> bool:
        return who.ask("chat", "GET", f"{self.room}/messages")[0] == 200


def build_house(cloud: Cloud, guests: int) -> House:
    """From an application to an open circle with its lobby, by the story's own steps."""
    house = House(cloud)
    groups = {"lin": (), "rui": ("reviewer",), "shan": ("reviewer",), "ops": ("operator",)}
    house.people = {name: house.person(*which) for name, which in groups.items()}
    story = Story(cloud, Console(file=io.StringIO()), dict(house.people))
    apply_and_review(story)
    open_circle(story)
    house.circle, house.room = story.circle(), story.room()
    house.guests = [house.person() for _ in range(guests)]
    return house
