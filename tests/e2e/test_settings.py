"""A change of a limit on the deployed service: felt within a minute, with its audit entry."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console
from ulid import ULID

from demo.client import Client
from infra.api_client import ApiClient
from infra.cloud import Cloud
from infra.deployment import Deployment
from infra.operate import audit
from infra.settings import change, show

pytestmark = pytest.mark.cloud


def seconds_until_ticket_lifetime_is(client: Client, seconds: int) -> float:
    started = time.monotonic()
    while client.call("POST", "/socket-tickets", expect=201)["expires_in"] != seconds:
        assert time.monotonic() < started + 75, "the change was not felt within a minute"
        time.sleep(1)
    return time.monotonic() - started


def test_a_change_of_a_limit_is_felt_within_a_minute_and_audited(deployed: Cloud) -> None:
    user, operator = (
        Client(deployed, deployed.create_user(f"settings-{str(ULID()).lower()}", groups)) for groups in ((), ("operator",))
    )
    operations = ApiClient(deployed.url, operator.token)
    assert user.call("POST", "/socket-tickets", expect=201)["expires_in"] == 60
    changed = change(operations, operations.call("GET", "/settings/chat"), ["ticket_lifetime=PT30S"], "对比测试。")
    output = io.StringIO()
    show(changed, Console(file=output, width=160))
    assert "ticket_lifetime PT1M -> PT30S" in output.getvalue()
    assert seconds_until_ticket_lifetime_is(user, 30) < 65  # 60 seconds, the pause between two calls, and the calls themselves
    chains = {verification.chain: verification for verification in audit(Deployment(deployed.endpoint, deployed.outputs))}
    assert (chains["chat SETTINGS|SETTINGS"].state, chains["chat SETTINGS|SETTINGS"].length) == ("intact", 1)
    change(operations, operations.call("GET", "/settings/chat"), ["ticket_lifetime="], "恢复默认。")
