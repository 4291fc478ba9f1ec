"""What an app shows of a member and their circle. A browser opens the addresses of the pictures as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.client import Client
from infra.cloud import Cloud, User
from infra.process import LocalFailed

MEMBER = "mei"


@dataclass(frozen=True)
class View:
    """One member with their newest circle. addresses: of the pictures, by what they show. expires_at: when they end."""

    email: str
    nickname: str
    circle: str
    description: str
    member_count: int
    addresses: dict[str, str]
    expires_at: datetime


def get_view(cloud: Cloud) -> View:
    """Return what the member of the last run sees: their profile, the page of the circle, and the newest note with a picture.

    Raises: LocalFailed (the scenario did not get that far).
    """
    client = Client(cloud, _find_member(cloud))
    profile = client.call("GET", "/me")
    for circle in client.call("GET", "/circles")["items"]:
        path = f"/circles/{circle['circle_id']}"
        page, notes = client.call("GET", path), client.call("GET", f"{path}/notes")["items"]
        note_ids = [note["note_id"] for note in notes if note["pictures"]]
        if profile["avatar"] and note_ids:
            (picture, *_) = client.call("GET", f"{path}/notes/{note_ids[0]}")["pictures"]
            pictures = {"avatar": profile["avatar"], "picture": picture}
            return View(
                client.user.email,
                profile["nickname"],
                page["name"],
                page["description"],
                page["member_count"],
                {name: shown["url"] for name, shown in pictures.items()},
                min(datetime.fromisoformat(shown["expires_at"]) for shown in pictures.values()),
            )
    raise LocalFailed(f"{client.name} has no pictures yet: make demo")


def print_view(view: View, console: Console) -> None:
    """Print a member. Each address stays on one line, to be opened or copied."""
    table = Table(title="A user who signed up", title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("e-mail", f"{view.email}, confirmed by the code from the mailbox")
    table.add_row("nickname", escape(view.nickname))
    table.add_row("circle", escape(f"{view.circle}, {view.member_count} members"))
    table.add_row("about it", escape(view.description))
    until = f"{view.expires_at.astimezone():%H:%M %Z}"
    table.add_row("pictures", f"open in any browser until {until}; after that: .venv/bin/python -m demo pictures")
    console.print("", table)
    for name, address in view.addresses.items():
        console.print(f"  [bold]{name:8}[/bold]  ", escape(address), soft_wrap=True)


def _find_member(cloud: Cloud) -> User:
    users = [user for user in cloud.users().values() if user.name.partition("-")[0] == MEMBER]
    if not users:
        raise LocalFailed(f"there is no demo account {MEMBER!r}: make demo")
    return users[-1]
