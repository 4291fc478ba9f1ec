"""The laptop cloud: start it empty, deploy the templates, start every function once; stop it."""

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
from rich.console import Console
from rich.markup import escape

from infra import process
from infra.build import BuildFailed
from infra.cloud import HOME, Cloud
from infra.deploy import Report, deploy
from infra.key_rings import parameter_name
from infra.process import LocalFailed
from infra.stacks import DeployFailed
from infra.templates import cors

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

STAGE = "local"
# Events that start a function and change nothing: an empty message, one without a body, which fails but is not set aside in the
# dead-letter queue as an invalid event would be, and the disconnect of an unknown socket.
_HARMLESS: dict[str, dict[str, Any]] = {
    "-on-push": {"circle_id": "", "room_id": "", "frame": {}},  # a room without connections
    "-on-picture": {"Records": [{"messageId": "warm", "eventSource": "aws:sqs", "body": "{}"}]},
    "-on-inbox": {"Records": [{"messageId": "warm", "eventSource": "aws:sqs"}]},
    "-on-token": {"request": {}},
    "-on-socket": {"requestContext": {"routeKey": "$disconnect", "eventType": "DISCONNECT", "connectionId": "unknown"}},
}


def launch(port: int, home: Path, report: Report) -> Cloud:
    """Start an empty cloud, deploy every stack and start every function once.

    Raises: LocalFailed, DeployFailed. The processes are stopped if anything fails.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "users.json").unlink(missing_ok=True)
    pid = process.start(port, home)
    report(f"MiniStack responds on port {port}")
    provider_port = process.free_port()
    provider_pid = process.start_provider(provider_port, home)
    provider = f"http://127.0.0.1:{provider_port}"
    report(f"the sandbox for payments and real names responds on port {provider_port}")
    endpoint = f"http://127.0.0.1:{port}"  # not localhost: S3 clients would prefix it with the bucket name
    try:
        outputs = deploy(STAGE, endpoint, report, given={"ProviderUrl": provider})
        cloud = Cloud(endpoint, port, STAGE, outputs, home, pid, provider, provider_pid)
        _set_cors(cloud)
        _configure_provider(cloud)
        _open_sales(cloud)
        _start_functions(cloud)
    except BaseException:
        process.stop(pid)
        process.stop(provider_pid)
        raise
    report("every function has started")
    return cloud


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """Yield a cloud for tests, on a free port and in a temporary folder; stop it afterwards."""
    home = Path(tempfile.mkdtemp(prefix="coterie-"))
    cloud = launch(process.free_port(), home, lambda line: None)
    try:
        yield cloud
    finally:
        process.stop(cloud.pid)
        process.stop(cloud.provider_pid)
        shutil.rmtree(home, ignore_errors=True)


def up(port: int | None, console: Console) -> None:
    """Start a new cloud. A running one is stopped first, so a repeat of the command gives the same result."""
    started = time.monotonic()

    def report(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/dim]  {escape(line)}")

    if _stop():
        report("stopped the running cloud")
    chosen = process.choose_port(port)
    if port is None and chosen != process.DEFAULT_PORT:
        report(f"port {process.DEFAULT_PORT} is in use by another program: using {chosen}")
    with console.status("starting the laptop cloud"):
        cloud = launch(chosen, HOME, report)
    cloud.save()


def down(console: Console) -> None:
    """Stop the cloud that this checkout started."""
    console.print("the laptop cloud is stopped" if _stop() else "no laptop cloud was running")


def _stop() -> bool:
    cloud = Cloud.load(HOME)
    stopped = cloud is not None and process.stop(cloud.pid)
    if cloud is not None:
        process.stop(cloud.provider_pid)
    for name in ("cloud.json", "users.json"):
        (HOME / name).unlink(missing_ok=True)
    shutil.rmtree(HOME / "tmp", ignore_errors=True)
    return stopped


def _set_cors(cloud: Cloud) -> None:
    """Set CORS through the API, because MiniStack ignores the CORS of a template."""
    gateway: ApiGatewayV2Client = cloud.client("apigatewayv2")
    gateway.update_api(ApiId=cloud.outputs["platform"]["HttpApiId"], CorsConfiguration=cors())  # type: ignore[arg-type]


def _configure_provider(cloud: Cloud) -> None:
    """Give the sandbox its webhook address and both signing keys, as a real provider's dashboard would."""
    ssm: SSMClient = cloud.client("ssm")

    def secret(service: str, name: str) -> str:
        value = ssm.get_parameter(Name=parameter_name(STAGE, service, name), WithDecryption=True)["Parameter"]["Value"]
        ring = json.loads(value)
        return str(ring["keys"][ring["current"]])

    webhook = {"webhook_url": f"{cloud.url}/payment-events", "secret": secret("commerce", "webhook")}
    cloud.configure_provider(**webhook, verifier_secret=secret("review", "verifier"))


def _open_sales(cloud: Cloud) -> None:
    """Let circles sell from their first day, not after 14 days: the demo and tests sell in new circles."""
    from services.shared.kernel.clock import utc_now
    from services.shared.kernel.ids import new_id
    from services.shared.table.dynamo import DynamoTable
    from services.shared.table.settings import SettingsPorts, seed_overrides

    for service in ("circles", "chat", "commerce"):
        table = DynamoTable(cloud.outputs[service]["TableName"], cloud.client("dynamodb"))
        seed_overrides(SettingsPorts(table, utc_now, new_id), {"selling_starts_after": "PT0S"})


def _start_functions(cloud: Cloud) -> None:
    """Call each function once: the first user does not wait for an import, and a function that cannot start is found."""
    functions: LambdaClient = cloud.client("lambda")
    pages = functions.get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    with ThreadPoolExecutor(4) as pool:
        errors = [line for line in pool.map(lambda name: _find_error(cloud, functions, name), names) if line]
    if errors:
        raise LocalFailed("these functions failed:\n  " + "\n  ".join(errors) + f"\nlog: {cloud.home / 'cloud.log'}")


def _find_error(cloud: Cloud, functions: LambdaClient, name: str) -> str | None:
    """Return the error of a function, called with an event that changes nothing; None if it succeeds.

    It is called again after an error: MiniStack starts workers in parallel, and rarely fails before the function runs.
    """
    if name.endswith("-api"):
        try:
            with urllib.request.urlopen(f"{cloud.url}/health/{name.split('-')[-2]}", timeout=30):
                return None
        except urllib.error.HTTPError as error:
            return f"{name}: its health route returned {error.code} {error.read().decode(errors='replace')[:300]}"
    harmless: dict[str, Any] = next((event for ending, event in _HARMLESS.items() if name.endswith(ending)), {"Records": []})
    failure = None
    for _ in range(2):
        response = functions.invoke(FunctionName=name, Payload=json.dumps(harmless).encode())
        if not response.get("FunctionError"):
            return None
        failure = f"{name}: {response['Payload'].read().decode()[:300]}"
    return failure


def main() -> None:
    """`python -m infra.local up [--port N] | down`."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up").add_argument("--port", type=int, default=None)
    commands.add_parser("down")
    given = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    try:
        if given.command == "up":
            up(given.port, console)
        else:
            down(console)
    except (LocalFailed, DeployFailed, BuildFailed, BotoCoreError, ClientError) as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{given.command}:[/red] {escape(str(failure))}")
        sys.exit(1)


if __name__ == "__main__":
    main()
