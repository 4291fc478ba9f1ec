"""`python -m demo [up | pictures | token NAME | ticket NAME]`: the demo on the running laptop cloud.

Without a command, the scenario runs once. `up` also prints the addresses, the demo accounts, what to try next, and a member
with the addresses of their pictures. `pictures` prints the member again, with new addresses. `token` and `ticket` print an
access token or a socket ticket of a demo account.
"""

from __future__ import annotations

import argparse
import shutil
import sys

from botocore.exceptions import BotoCoreError, ClientError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.client import Client, UnexpectedResponse
from demo.run import run_demo
from demo.view import get_view, print_view
from infra.build import ROOT
from infra.cloud import HOME, Cloud, current
from infra.process import LocalFailed
from services import SERVICES

_SELF = ".venv/bin/python -m demo"


def print_guide(cloud: Cloud, console: Console) -> None:
    """Print the addresses, the demo accounts, and commands to try."""
    table = Table(title="Coterie on this laptop", title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("API", cloud.url)
    table.add_row("documents", " ".join(f"/openapi/{service}.json" for service in SERVICES))
    table.add_row("sockets", cloud.socket_url())
    accounts = [user.name + (f" ({', '.join(user.groups)})" if user.groups else "") for user in cloud.users().values()]
    table.add_row("accounts", ", ".join(accounts))
    table.add_row("sign-in", "NAME@example.com, by the flows of docs/guides/signing-in.md; staff have TOTP set up")
    table.add_row("passwords", f"{(HOME / 'users.json').relative_to(ROOT)}")
    table.add_row("log", f"{(HOME / 'cloud.log').relative_to(ROOT)}")
    console.print(table)
    commands = {
        "read as Lin": f'curl -H "authorization: Bearer $({_SELF} token lin)" {cloud.url}/circles',
        "connect as Lin": f'.venv/bin/websockets "{cloud.socket_url()}?ticket=$({_SELF} ticket lin)"',
        "then type": '{"action": "ping"}   (docs/sockets.md describes the other frames)',
        "review as Rui": "make review   (then: ARGS='show ID'; ARGS=-h lists the commands)",
        "next": "make demo · make audit · make down",
    }
    for purpose, command in commands.items():  # soft_wrap: each command stays on one line, to be copied
        console.print(f"  [bold]{purpose:14}[/bold]", escape(command), soft_wrap=True)


def print_secret(command: str, name: str) -> None:
    """Print an access token or a socket ticket alone, for use in another command."""
    cloud = current()
    users = cloud.users()
    if name not in users:
        raise LocalFailed(f"there is no demo account {name!r}; the accounts are {', '.join(users)}")
    print(cloud.sign_in(name) if command == "token" else Client(cloud, users[name]).create_ticket())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo", description="The demo on the running laptop cloud.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("up", help="run the scenario, then print addresses, accounts, what to try next, a member")
    commands.add_parser("pictures", help="print a member of the last run, with new addresses of pictures")
    for secret in ("token", "ticket"):
        commands.add_parser(secret, help=f"print a {secret} of a demo account").add_argument("name")
    given = parser.parse_args()
    console = Console(highlight=False, width=max(shutil.get_terminal_size().columns, 110))  # an address fits on one line
    try:
        if given.command in ("token", "ticket"):
            print_secret(given.command, given.name)
            return
        if given.command == "pictures":
            print_view(get_view(current()), console)
            return
        summary = run_demo(current(), console)
        if given.command == "up":
            print_guide(current(), console)
            print_view(get_view(current()), console)
    except (LocalFailed, UnexpectedResponse, BotoCoreError, ClientError) as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]demo:[/red] {escape(str(failure))}")
        sys.exit(1)
    sys.exit(0 if summary.is_good else 1)


if __name__ == "__main__":
    main()
