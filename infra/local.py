"""The laptop cloud: start it empty, deploy the real templates, make people, tell the story, print the addresses."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.client import Client, Unexpected
from demo.story import tell
from infra import process
from infra.build import ROOT, SERVICES, BuildFailed
from infra.cloud import HOME, Cloud, current
from infra.deploy import Report, deploy
from infra.process import LocalFailed
from infra.stacks import DeployFailed

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

STAGE = "local"
_SELF = ".venv/bin/python -m infra.local"
# Who lives in the demo: an applicant and future owner, members, one who guesses codes, and the platform's own.
PEOPLE: dict[str, tuple[str, ...]] = {
    "lin": (),
    "mei": (),
    "hao": (),
    "yan": (),
    "qiu": (),
    "rui": ("reviewer",),
    "shan": ("reviewer",),
    "tao": ("reviewer",),
    "ops": ("operator",),
}
# Events that load a function and change nothing: a message that says nothing, the farewell of a socket nobody had.
_HARMLESS: dict[str, dict[str, Any]] = {
    "-on-picture": {"Records": [{"messageId": "warm", "eventSource": "aws:sqs", "body": "{}"}]},
    "-on-inbox": {"Records": [{"messageId": "warm", "eventSource": "aws:sqs", "body": "{}"}]},
    "-on-socket": {"requestContext": {"routeKey": "$disconnect", "eventType": "DISCONNECT", "connectionId": "nobody"}},
}


def launch(port: int, home: Path, report: Report) -> Cloud:
    """An empty cloud with every stack deployed and every function warm."""
    home.mkdir(parents=True, exist_ok=True)
    for name in ("people.json", "told"):
        (home / name).unlink(missing_ok=True)
    pid = process.start(port, home)
    report(f"MiniStack answers on port {port}")
    provider_port = process.free_port()
    provider_pid = process.start_provider(provider_port, home)
    provider = f"http://127.0.0.1:{provider_port}"
    report(f"the sandbox (payments, real names) answers on port {provider_port}")
    endpoint = f"http://127.0.0.1:{port}"  # not localhost: S3 clients would put bucket names before it
    try:
        outputs = deploy(STAGE, endpoint, report, provider=provider)
        cloud = Cloud(endpoint, port, STAGE, outputs, home, pid, provider, provider_pid)
        _allow_browsers(cloud)
        _introduce(cloud)
        _warm(cloud)
    except BaseException:
        process.stop(pid)
        process.stop(provider_pid)
        raise
    report("every function is warm")
    return cloud


@contextmanager
def running_cloud(port: int | None = None, report: Report = lambda line: None) -> Iterator[Cloud]:
    """A cloud of its own for tests, on a free port and in a folder of its own; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="coterie-"))
    cloud = launch(process.choose_port(port) if port else process.free_port(), home, report)
    try:
        yield cloud
    finally:
        process.stop(cloud.pid)
        process.stop(cloud.provider_pid)
        shutil.rmtree(home, ignore_errors=True)


def up(port: int | None, console: Console) -> None:
    """Start afresh, even when one runs: the same command twice ends in the same place."""
    started = time.monotonic()

    def report(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  {escape(line)}")

    if _stop():
        report("stopped the cloud that was running")
    chosen = process.choose_port(port)
    if port is None and chosen != process.USUAL_PORT:
        report(f"port {process.USUAL_PORT} is taken by another program: using {chosen}")
    with console.status("starting the laptop cloud"):
        cloud = launch(chosen, HOME, report)
    cloud.save()
    for name, groups in PEOPLE.items():
        cloud.create_person(name, groups)
    report(f"{len(PEOPLE)} people can sign in")
    tell(cloud, console)
    _closing(cloud, console)
    report("up")


def down(console: Console) -> None:
    """Stop exactly the cloud this checkout started."""
    console.print("the laptop cloud is down" if _stop() else "no laptop cloud was running")


def _stop() -> bool:
    cloud = Cloud.load(HOME)
    stopped = cloud is not None and process.stop(cloud.pid)
    if cloud is not None:
        process.stop(cloud.provider_pid)
    for name in ("cloud.json", "people.json", "told"):
        (HOME / name).unlink(missing_ok=True)
    shutil.rmtree(HOME / "tmp", ignore_errors=True)
    return stopped


def _allow_browsers(cloud: Cloud) -> None:
    """CORS of the templates arrives empty in MiniStack, so say it again through the API."""
    gateway: ApiGatewayV2Client = cloud.client("apigatewayv2")
    for service in SERVICES:
        gateway.update_api(
            ApiId=cloud.outputs[service]["ApiId"],
            CorsConfiguration={
                "AllowOrigins": ["*"],
                "AllowMethods": ["*"],
                "AllowHeaders": ["authorization", "content-type", "idempotency-key"],
                "MaxAge": 600,
            },
        )


def _introduce(cloud: Cloud) -> None:
    """Tell the sandbox where its webhooks go, what signs them and what signs real names: what a real provider's dashboard
    does."""
    ssm: SSMClient = cloud.client("ssm")

    def secret(service: str, name: str) -> str:
        value = ssm.get_parameter(Name=f"/coterie/{STAGE}/{service}/keys", WithDecryption=True)["Parameter"]["Value"]
        ring = json.loads(value)[name]
        return str(ring["keys"][ring["current"]])

    webhook = {"webhook_url": f"{cloud.url('commerce')}/payment-notices", "secret": secret("commerce", "webhook")}
    cloud.provider_sandbox(**webhook, verifier_secret=secret("review", "verifier"))


def _warm(cloud: Cloud) -> None:
    """One call to each function, so that the first user does not wait for an import; also proves that each one loads."""
    functions: LambdaClient = cloud.client("lambda")
    pages = functions.get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    with ThreadPoolExecutor(4) as pool:
        broken = [line for line in pool.map(lambda name: _trouble(cloud, functions, name), names) if line]
    if broken:
        raise LocalFailed("these functions do not answer:\n  " + "\n  ".join(broken) + f"\nlog: {cloud.home / 'cloud.log'}")


def _trouble(cloud: Cloud, functions: LambdaClient, name: str) -> str | None:
    """What is wrong with a function, called in the way that changes nothing; None when it answers."""
    if name.endswith("-api"):
        try:
            with urllib.request.urlopen(f"{cloud.url(name.split('-')[-2])}/health", timeout=30):
                return None
        except urllib.error.HTTPError as error:
            return f"{name}: /health answered {error.code} {error.read().decode(errors='replace')[:300]}"
    harmless: dict[str, Any] = next((event for ending, event in _HARMLESS.items() if name.endswith(ending)), {"Records": []})
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(harmless).encode())
    return f"{name}: {answer['Payload'].read().decode()[:300]}" if answer.get("FunctionError") else None


def _closing(cloud: Cloud, console: Console) -> None:
    """Where everything is, who can sign in, and what to try first."""
    table = Table(title="Coterie on this laptop", title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for service in SERVICES:
        table.add_row(service, f"{cloud.url(service)}/openapi.json")
    table.add_row("sockets", cloud.socket_url())
    people = cloud.people().values()
    table.add_row("people", ", ".join(p.name + (f" ({', '.join(p.groups)})" if p.groups else "") for p in people))
    table.add_row("passwords", f"{(HOME / 'people.json').relative_to(ROOT)}")
    table.add_row("log", f"{(HOME / 'cloud.log').relative_to(ROOT)}")
    console.print(table)
    tries = {
        "read as Lin": f'curl -H "authorization: Bearer $({_SELF} token lin)" {cloud.url("circles")}/circles',
        "listen as Lin": f'.venv/bin/websockets "{cloud.socket_url()}?ticket=$({_SELF} ticket lin)"',
        "then type": '{"action": "ping"}   (docs/sockets.md has the other frames)',
        "review as Rui": "make review   (then: ARGS='show ID', -h for more)",
        "go on": "make demo · make audit · make down",
    }
    for what, command in tries.items():  # each in one piece, to be copied
        console.print(f"  [bold]{what:14}[/bold]", escape(command), soft_wrap=True)


def main() -> None:
    """`python -m infra.local up [--port N] | down | token NAME | ticket NAME`."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up").add_argument("--port", type=int, default=None)
    commands.add_parser("down")
    for secret in ("token", "ticket"):
        commands.add_parser(secret, help=f"a {secret} of one of the demo people").add_argument("name", choices=sorted(PEOPLE))
    given = parser.parse_args()
    width = max(shutil.get_terminal_size().columns, 110)  # addresses must come out in one piece
    console = Console(highlight=False, width=width)
    try:
        if given.command == "up":
            up(given.port, console)
        elif given.command == "down":
            down(console)
        elif given.command == "token":
            print(current().sign_in(given.name))
        else:
            lin = Client(current(), current().people()[given.name])
            print(lin.call("chat", "POST", "/socket-tickets", expect=201)["ticket"])
    except (LocalFailed, DeployFailed, BuildFailed, Unexpected, BotoCoreError, ClientError) as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{given.command}:[/red] {escape(str(failure))}")
        sys.exit(1)


if __name__ == "__main__":
    main()
