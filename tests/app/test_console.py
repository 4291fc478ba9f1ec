"""The review console with the responses of the services: the page of a user, and the acts that follow (A7, R20)."""

from __future__ import annotations

import io
import re
import shlex
from typing import Any
from urllib.parse import urlencode

import pytest
from rich.console import Console

from infra.api_client import RequestFailed
from infra.console import COMMANDS, parse_arguments
from infra.terminal import escape_controls
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import NO_BODY, new_idempotency_key
from simulation.api.operations import named, operations


class GatewayClient:
    """The client of the console for one user of the fixture, over the simulated gateway."""

    def __init__(self, api: ApiFixture, name: str) -> None:
        self.api, self.user = api, api.users[name]

    def call(self, method: str, path: str, body: Any = None, etag: str = "", **query: str) -> Any:
        matching = (one for one in operations() if one.method == method and _matches(one.template, path))
        (service,) = {one.service for one in matching}
        key, sent = new_idempotency_key(), NO_BODY if body is None else body
        response = self.api.gateway.call(service, method, path, by=self.user, key=key, body=sent, query=urlencode(query))
        if response.status >= 400:
            raise RequestFailed(response.body["title"])
        return escape_controls(response.body)

    def run(self, line: str) -> str:
        args, output = parse_arguments(shlex.split(line)), io.StringIO()
        COMMANDS[args.command](self, args, Console(file=output, width=200, highlight=False))  # type: ignore[arg-type]
        return output.getvalue()


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) is not None


def test_a7_staff_find_a_user_and_act_and_the_second_reviewer_ratifies(api: ApiFixture) -> None:
    rui, shan, target = GatewayClient(api, "reviewer"), GatewayClient(api, "second_reviewer"), api.users["target"]
    nickname = {"nickname": "阿岚爱观鸟"}
    assert api.call(named("update_profile"), target, body=nickname, headers={"if-match": '"0"'}).status == 200
    text = rui.run("user alan")
    for part in ("阿岚爱观鸟", target.user_id, api.ids["circle_id"], "member", "买到", "卖出", f"case {api.ids['case_id']}"):
        assert part in text, part
    assert "must ratify" in rui.run(f"sanction {target.user_id} suspended --violation spam --days 7 --reason 引流")
    proposal = re.search(rf"ratify {target.user_id} ([0-9a-f]{{16}})", shan.run(f"user {target.user_id}"))
    assert proposal
    with pytest.raises(RequestFailed, match="already decided"):
        rui.run(f"ratify {target.user_id} {proposal[1]}")
    assert "done" in shan.run(f"ratify {target.user_id} {proposal[1]}")
    assert "suspended" in rui.run(f"user {target.user_id}")
    assert "must ratify" in rui.run(f"lift {target.user_id} --reason 误判 --mistake")


def test_a7_staff_find_an_order_and_its_parties(api: ApiFixture) -> None:
    operator, order_id = GatewayClient(api, "operator"), api.orders["paid"]
    text = operator.run(f"user {order_id}")
    for part in (order_id, "paid", f"user {api.users['member'].user_id}", f"user {api.users['moderator'].user_id}"):
        assert part in text, part
    assert order_id in operator.run(f"user {api.users['member'].user_id}")


def test_a7_a_member_of_the_circle_finds_nothing(api: ApiFixture) -> None:
    member = GatewayClient(api, "owner")
    for line in ("user alan", f"user {api.users['target'].user_id}", f"user {api.orders['paid']}"):
        with pytest.raises(RequestFailed, match="enrolled"):
            member.run(line)


@pytest.mark.parametrize("form", ["table", "markdown", "csv"])
def test_r20_every_user_reads_the_transparency_report(api: ApiFixture, form: str) -> None:
    month = re.sub(r"-\d\d$", "", str(api.missed_day))
    text = GatewayClient(api, "owner").run(f"transparency {month} --format {form}")
    assert "applications_submitted" in text
