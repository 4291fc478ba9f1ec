"""What the acts of the story share: the people, the places, and a line for each step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from ulid import ULID

from demo.client import Client, Socket, Unexpected
from infra.cloud import Cloud

SOON = 15  # seconds an event may take to be felt; on a warm laptop it is well under one


@dataclass
class Story:
    """What the steps hand on to each other, and what is counted at the end."""

    cloud: Cloud
    console: Console
    people: dict[str, Client]
    circle_id: str = ""
    room_id: str = ""
    application_id: str = ""
    passcode: str = ""
    note_id: str = ""
    note_key: str = field(default_factory=lambda: str(ULID()))
    contested: str = ""
    listing_id: str = ""
    revision: int = 0
    sockets: dict[str, Socket] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)
    ledger_sum: int = 0
    shares: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, zh: str, en: str) -> Iterator[None]:
        """A line with a tick and its duration, or what broke and what to do."""
        begun = time.monotonic()
        try:
            with self.console.status(f"{zh} · {en}"):
                yield
        except Exception:
            self.console.print(f"[red]✘[/red] {time.monotonic() - begun:5.2f} s  {zh} · {en}")
            raise
        self.console.print(f"[green]✔[/green] {time.monotonic() - begun:5.2f} s  {zh} [dim]· {en}[/dim]")

    def circle(self, path: str = "") -> str:
        return f"/circles/{self.circle_id}{path}"

    def room(self, path: str = "") -> str:
        return f"/circles/{self.circle_id}/rooms/{self.room_id}{path}"

    def send(self, who: str, text: str, **more: str) -> dict[str, Any]:
        """Send a frame that says something; answers the frame that comes back."""
        return self.sockets[who].ask(
            "send",
            circle_id=self.circle_id,
            room_id=self.room_id,
            client_msg_id=f"{who}-{len(self.sent):08}",
            after_seq=self.sent[-1] if self.sent else 0,
            text=text,
            **more,
        )

    def say(self, who: str, text: str) -> int:
        """Say something over the socket; answers its number."""
        answer = self.send(who, text)
        if answer["type"] != "sent":
            raise Unexpected(f"the message was answered by {answer}")
        self.sent.append(answer["seq"])
        return int(answer["seq"])
