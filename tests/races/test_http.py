"""One round of the most important races through gateway, functions and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

import pytest
from coterie_client.delivery import UNKNOWN_OF_PUSH

from demo import texts
from demo.client import Client
from infra.cloud import Cloud
from tests.support.deployed_circle import AT_ONCE, DeployedFixture, Response, build_deployed_fixture
from tests.support.races import race

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def circle(deployed: Cloud) -> DeployedFixture:
    return build_deployed_fixture(deployed, guests=20)


@pytest.fixture(scope="module")
def members(circle: DeployedFixture) -> list[Client]:
    circle.add_members(circle.guests[:12])
    return circle.guests[:12]


def statuses(answers: Iterable[Response]) -> dict[int, int]:
    return Counter(status for status, _ in answers)


def test_c5_twenty_redeems_of_a_code_for_five_are_five_joins(circle: DeployedFixture) -> None:
    code = circle.issue_passcode(5)
    answers = race([partial(guest.ask, "POST", "/memberships", {"passcode": code}) for guest in circle.guests], AT_ONCE)
    assert statuses(answers) == {200: 5, 404: 15}
    assert len({answer["title"] for status, answer in answers if status == 404}) == 1
    newest = circle.clients["lin"].call("GET", f"{circle.path}/passcodes?limit=1")["items"][0]
    assert (newest["uses"], newest["max_uses"]) == (5, 5)


def test_h1_twenty_sends_of_one_id_are_one_message_with_equal_answers(circle: DeployedFixture) -> None:
    lin, before = circle.clients["lin"], len(circle.list_messages())
    answers = race([circle.send_call(lin, "retried-01", after=before)] * 20, AT_ONCE)
    assert statuses(answers) == {201: 20}
    assert all(answer == answers[0] for answer in answers)
    assert [message["seq"] for message in circle.list_messages()] == list(range(1, before + 2))
    assert circle.send_call(lin, "retried-01", "别的", before)()[0] == 422


def test_h2_sixty_sends_of_twelve_members_are_numbered_without_a_gap(circle: DeployedFixture, members: list[Client]) -> None:
    before = len(circle.list_messages())
    calls = [circle.send_call(member, f"message-{number}", after=before) for number in range(5) for member in members]
    answers = race(calls, AT_ONCE)
    assert statuses(answers) == {201: 60}
    sent = sorted((message for _, message in answers), key=lambda message: message["seq"])
    assert [message["seq"] for message in sent] == list(range(before + 1, before + 61))
    assert circle.list_messages(before) == [{**message, **UNKNOWN_OF_PUSH} for message in sent]


def test_r3_of_two_claims_at_once_one_wins(circle: DeployedFixture) -> None:
    applicant = circle.guests[0]
    whole = {**texts.APPLICATION, "real_name_token": applicant.get_real_name_token()}
    made = applicant.call("POST", "/applications", whole, expect=201)["application_id"]
    applicant.call("POST", f"/applications/{made}/submission")
    rivals = [circle.clients["rui"], circle.clients["shan"]]
    answers = race([partial(rival.ask, "POST", f"/applications/{made}/claim") for rival in rivals])
    assert statuses(answers) == {200: 1, 409: 1}
