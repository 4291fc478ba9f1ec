"""The reviewers' desk in a terminal, against the deployed service: it is one more way in, and leads to the same rules."""

from __future__ import annotations

import io
import shlex

import pytest
from rich.console import Console
from ulid import ULID

from demo import lines
from demo.client import Client
from infra.cloud import Cloud
from infra.console import COMMANDS, Desk, Refused, arguments

pytestmark = pytest.mark.cloud


class Seat:
    """A reviewer at the desk."""

    def __init__(self, cloud: Cloud, operator: Client) -> None:
        self.client = Client(cloud, cloud.create_person(f"desk-{str(ULID()).lower()}", ("reviewer",)))
        body = {"real_name_token": self.client.verified()}
        operator.call("review", "PUT", f"/reviewers/{self.client.user_id}", body, expect=204)
        self.desk = Desk(cloud.url("review"), self.client.token)

    def type(self, line: str) -> str:
        """What a line prints."""
        given, out = arguments(shlex.split(line)), io.StringIO()
        COMMANDS[given.command](self.desk, given, Console(file=out, width=120, highlight=False))
        return out.getvalue()


@pytest.fixture(scope="module")
def operator(deployed: Cloud) -> Client:
    return Client(deployed, deployed.create_person(f"desk-{str(ULID()).lower()}", ("operator",)))


def test_r4_the_desk_claims_and_decides_by_the_services_rules_alone(deployed: Cloud, operator: Client) -> None:
    applicant = Client(deployed, deployed.create_person(f"desk-{str(ULID()).lower()}"))
    body = {**lines.THIRD_APPLICATION, "real_name_token": applicant.verified()}
    one = applicant.call("review", "POST", "/applications", body, expect=201)
    application_id, version = one["application_id"], one["content_hash"][:8]
    applicant.call("review", "POST", f"/applications/{application_id}/submission")
    rui, shan = Seat(deployed, operator), Seat(deployed, operator)

    assert application_id in rui.type("queue --claim free")
    shown = rui.type(f"show {application_id}")
    for told in ("夜骑爬坡", "林*", version, "https://example.org/night-climbs"):
        assert told in shown
    decide = f"decide {application_id} approve --read {version} --reason meets_criteria --note 具体可行。"
    with pytest.raises(Refused, match="claim"):
        rui.type(decide)
    assert "已领取" in rui.type(f"claim {application_id}")
    assert application_id in rui.type("queue --claim mine")
    with pytest.raises(Refused, match="show it again"):
        rui.type(decide.replace(version, "00000000"))
    assert "1 of 2" in rui.type(decide)
    with pytest.raises(Refused, match="Another person"):
        rui.type(f"claim {application_id}")
    shan.type(f"claim {application_id}")
    assert "2 of 2" in shan.type(decide)
    assert applicant.call("review", "GET", f"/applications/{application_id}")["state"] in ("active", "waitlisted")


def test_the_desk_says_what_to_do_when_it_is_empty_or_refused(deployed: Cloud, operator: Client) -> None:
    seat = Seat(deployed, operator)
    assert "nothing waits" in seat.type("queue appeal")
    assert "举报" in seat.type("cases")
    stranger = Desk(deployed.url("review"), Client(deployed, deployed.create_person(f"desk-{str(ULID()).lower()}")).token)
    with pytest.raises(Refused, match="enrolled"):
        stranger.call("GET", "/queue")
