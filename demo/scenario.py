"""The state that the steps of the scenario share, and the line that each step prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from demo.client import Client, Socket, UnexpectedResponse
from infra.cloud import Cloud

EVENT_TIMEOUT_SECONDS = 15  # for the effect of an event; on a started laptop cloud it takes less than 1 second


@dataclass
class Scenario:
    """What earlier steps leave for later ones.

    contested: the path of the application that is rejected and appealed.
    revision: the revision of the listing.
    sent: the sequence numbers of the messages that were stored.
    ledger_sum, shares: read from the ledger, for the summary.
    run: what makes the names of this run's circles different from those of earlier ones; empty for the first run.
    """

    cloud: Cloud
    console: Console
    users: dict[str, Client] = field(default_factory=dict)
    circle_id: str = ""
    room_id: str = ""
    application_id: str = ""
    passcode: str = ""
    note_id: str = ""
    contested: str = ""
    listing_id: str = ""
    revision: int = 0
    order_id: str = ""
    show_id: str = ""
    sockets: dict[str, Socket] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)
    ledger_sum: int = 0
    run: str = ""
    shares: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, zh: str, en: str) -> Iterator[None]:
        """Print the step with its duration: a tick if it succeeds, a cross if it raises."""
        begun = time.monotonic()
        try:
            with self.console.status(f"{zh} · {en}"):
                yield
        except Exception:
            self.console.print(f"[red]✘[/red] {time.monotonic() - begun:5.2f} s  {zh} · {en}")
            raise
        self.console.print(f"[green]✔[/green] {time.monotonic() - begun:5.2f} s  {zh} [dim]· {en}[/dim]", soft_wrap=True)

    def name_of(self, circle: str) -> str:
        """Return the name of a circle in this run: no two circles have names that look alike, also not those of two runs."""
        return f"{circle} {self.run}".strip()

    def users_named(self, *names: str) -> list[Client]:
        return [self.users[name] for name in names]

    def circle(self, path: str = "") -> str:
        return f"/circles/{self.circle_id}{path}"

    def room(self, path: str = "") -> str:
        return f"/circles/{self.circle_id}/rooms/{self.room_id}{path}"

    def try_to_send(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        """Send a message over the user's socket and return the response frame, which can be a problem."""
        return self.sockets[name].ask(
            "send",
            circle_id=self.circle_id,
            room_id=self.room_id,
            client_msg_id=f"{name}-{len(self.sent):08}",
            after_seq=self.sent[-1] if self.sent else 0,
            text=text,
            **more,
        )

    def send(self, name: str, text: str, **more: Any) -> int:
        """Send a message over the user's socket and return its sequence number."""
        response = self.try_to_send(name, text, **more)
        if response["type"] != "sent":
            raise UnexpectedResponse(f"the message got {response}")
        self.sent.append(response["seq"])
        return int(response["seq"])
