"""The review console in a terminal, against the deployed service: the rules are those of the API."""

from __future__ import annotations

import io
import re
import shlex
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from rich.console import Console
from ulid import ULID

from demo import texts
from demo.client import Client
from infra.api_client import ApiClient, RequestFailed
from infra.cloud import Cloud
from infra.console import COMMANDS, parse_arguments
from simulation.api.bodies import circle_name_of

pytestmark = pytest.mark.cloud


class ConsoleUser:
    """A reviewer with a console."""

    def __init__(self, cloud: Cloud, operator: Client) -> None:
        self.client = Client(cloud, cloud.create_user(f"console-{str(ULID()).lower()}", ("reviewer",)))
        body = {"real_name_token": self.client.get_real_name_token()}
        operator.call("PUT", f"/reviewers/{self.client.user_id}", body, expect=204)
        self.review = ApiClient(cloud.url, self.client.token)

    def run(self, line: str) -> str:
        """Run a command line, and return what it prints."""
        args, output = parse_arguments(shlex.split(line)), io.StringIO()
        COMMANDS[args.command](self.review, args, Console(file=output, width=160, highlight=False))
        return output.getvalue()


@pytest.fixture(scope="module")
def operator(deployed: Cloud) -> Client:
    return Client(deployed, deployed.create_user(f"console-{str(ULID()).lower()}", ("operator",)))


def test_r4_the_console_claims_and_decides_by_the_rules_of_the_service(deployed: Cloud, operator: Client) -> None:
    applicant = Client(deployed, deployed.create_user(f"console-{str(ULID()).lower()}"))
    name = circle_name_of(applicant.user_id, texts.THIRD_APPLICATION["circle_name"])
    body = {**texts.THIRD_APPLICATION, "circle_name": name, "real_name_token": applicant.get_real_name_token()}
    application = applicant.call("POST", "/applications", body, expect=201)
    application_id, version = application["application_id"], application["content_hash"][:8]
    applicant.call("POST", f"/applications/{application_id}/submission")
    rui, shan = ConsoleUser(deployed, operator), ConsoleUser(deployed, operator)

    assert application_id in rui.run("queue --claim free")
    output = rui.run(f"show {application_id}")
    for text in ("夜骑爬坡", "林*", version, "https://example.org/night-climbs"):
        assert text in output
    decide = f"decide {application_id} approve --read {version} --reason meets_criteria --note 具体可行。"
    with pytest.raises(RequestFailed, match="claim"):
        rui.run(decide)
    assert "已领取" in rui.run(f"claim {application_id}")
    assert application_id in rui.run("queue --claim own")
    with pytest.raises(RequestFailed, match="Show it again"):
        rui.run(decide.replace(version, "00000000"))
    assert "1 of 2" in rui.run(decide)
    with pytest.raises(RequestFailed, match="already decided"):
        rui.run(f"claim {application_id}")
    shan.run(f"claim {application_id}")
    assert "2 of 2" in shan.run(decide)
    assert applicant.call("GET", f"/applications/{application_id}")["state"] in ("active", "waitlisted")


def find_page(reviewer: ConsoleUser, nickname: str) -> str:
    """Return the page of a user. Circles and commerce know an enrolled reviewer, and the index a name, a moment later."""
    for _ in range(50):
        with suppress(RequestFailed):
            text = reviewer.run(f"user {nickname}")
            if "none found" not in text and "Only enrolled" not in text:
                return text
        time.sleep(0.2)
    raise AssertionError("the user is not found")


def test_a7_the_console_finds_a_user_and_acts_by_the_rules_of_the_services(deployed: Cloud, operator: Client) -> None:
    user = Client(deployed, deployed.create_user(f"console-{str(ULID()).lower()}"))
    nickname = f"控台{str(ULID()).lower()[-8:]}"
    user.call("PATCH", "/me", {"nickname": nickname}, etag="0")
    rui, shan = ConsoleUser(deployed, operator), ConsoleUser(deployed, operator)

    text = find_page(rui, nickname)
    for part in (nickname, user.user_id, "买到", "卖出", f"sanction {user.user_id} warned"):
        assert part in text
    assert "must ratify" in rui.run(f"sanction {user.user_id} suspended --violation spam --days 7 --reason 引流")
    proposal = re.search(rf"ratify {user.user_id} ([0-9a-f]{{16}})", find_page(shan, nickname))
    assert proposal
    with pytest.raises(RequestFailed, match="already decided"):
        rui.run(f"ratify {user.user_id} {proposal[1]}")
    assert "done" in shan.run(f"ratify {user.user_id} {proposal[1]}")
    assert "suspended" in rui.run(f"user {user.user_id}")


def test_r20_the_console_shows_the_transparency_report(deployed: Cloud, operator: Client) -> None:
    month = f"{datetime.now(UTC):%Y-%m}"
    text = ConsoleUser(deployed, operator).run(f"transparency {month} --format csv")
    assert f"{month},false,applications_submitted," in text


def test_the_console_shows_empty_lists_and_errors(deployed: Cloud, operator: Client) -> None:
    reviewer = ConsoleUser(deployed, operator)
    assert "the review queue is empty" in reviewer.run("queue appeal")
    assert "举报" in reviewer.run("cases")
    stranger = ApiClient(deployed.url, Client(deployed, deployed.create_user(f"console-{str(ULID()).lower()}")).token)
    with pytest.raises(RequestFailed, match="enrolled"):
        stranger.call("GET", "/review-queue")
