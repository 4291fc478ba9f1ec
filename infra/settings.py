"""The operators' command line for settings: list those of a service, or change some of them.

`make settings` runs it on the laptop cloud, as a demo operator. Elsewhere, pass `--url`, and the access token in COTERIE_TOKEN.
A change sends all overrides under the ETag that was read, so it never undoes the change of another operator.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from coterie_client import CoterieError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.api_client import ApiClient, RequestFailed
from infra.console import connect
from infra.process import LocalFailed
from services import SERVICES


def show(document: dict[str, Any], console: Console) -> None:
    """Print the settings with their ranges, the flags, and the last changes."""
    table = Table(title=document["service"], title_justify="left", box=box.SIMPLE)
    for heading in ("setting", "value", "default", "range", "effect"):
        table.add_column(heading)
    for setting in document["settings"]:
        changed = setting["value"] != setting["default"]
        value, default, low, high = (_text(setting[name]) for name in ("value", "default", "minimum", "maximum"))
        bounds = f"{low} – {high}" if setting["minimum"] is not None else ""
        table.add_row(setting["name"], f"[bold]{value}[/bold]" if changed else value, default, bounds, setting["effect"])
    for flag in document["flags"]:
        table.add_row(flag["name"], _text(flag["rules"] or flag["default"]), _text(flag["default"]), "flag", flag["effect"])
    console.print(table)
    for change in document["changes"]:
        pairs = ", ".join(f"{name} {_text(old)} -> {_text(new)}" for name, (old, new) in change["changes"].items())
        console.print(f"{change['at']}  {change['actor']}  {pairs}  {escape(change['reason'])}", soft_wrap=True)


def change(client: ApiClient, document: dict[str, Any], assignments: list[str], reason: str) -> dict[str, Any]:
    """Change the assigned settings, keep the other overrides, and return the settings afterwards."""
    values = {setting["name"]: setting["value"] for setting in document["settings"] if setting["value"] != setting["default"]}
    flags = {flag["name"]: flag["rules"] for flag in document["flags"] if flag["rules"] is not None}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        values[name] = _value(text)
        if not text:
            del values[name]
    body = {"values": values, "flags": flags, "reason": reason}
    changed: dict[str, Any] = client.call("PUT", f"/settings/{document['service']}", body, etag=document["etag"])
    return changed


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text  # a duration or a name, which need no quotes here


def _text(value: Any) -> str:
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def parse_arguments(line: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make settings", description=__doc__)
    parser.add_argument("--as", dest="name", default="ops", help="sign in as this demo operator of the laptop cloud")
    parser.add_argument("--url", default="", help="another API's address, with /v1; set its access token in COTERIE_TOKEN")
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("assignments", nargs="*", metavar="NAME=VALUE", help="an empty value returns to the default")
    parser.add_argument("--reason", default="", help="recorded with the change")
    args = parser.parse_args(line)
    if args.assignments and not args.reason:
        parser.error("a change needs a --reason")
    return args


def main() -> None:
    console, args = Console(highlight=False), parse_arguments()
    try:
        client = connect(args)
        document = client.call("GET", f"/settings/{args.service}")
        if args.assignments:
            document = change(client, document, args.assignments, args.reason)
        show(document, console)
    except (LocalFailed, RequestFailed, CoterieError) as failure:
        console.print(f"[red]settings:[/red] {escape(str(failure))}")
        sys.exit(1)


if __name__ == "__main__":
    main()
