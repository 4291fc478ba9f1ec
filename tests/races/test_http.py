"""One round of the most telling races through gateway, functions and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

import pytest

from demo import lines
from demo.client import Client
from infra.cloud import Cloud
from tests.support.deployed_circle import (
    AT_ONCE,
    Answer,
    House,
    build_house,
)
from tests.support.races import race

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def house(deployed: Cloud) -> House:
    return build_house(deployed, guests=20)


@pytest.fixture(scope="module")
def members(house: House) -> list[Client]:
    house.let_in(house.guests[:12])
    return house.guests[:12]


def statuses(answers: Iterable[Answer]) -> dict[int, int]:
    return Counter(status for status, _ in answers)


def test_c5_twenty_redeems_of_a_code_for_five_are_five_joins(house: House) -> None:
    code = house.passcode(5)
    answers = race(
        [partial(guest.ask, "circles", "POST", "/memberships", {"passcode": code}) for guest in house.guests], AT_ONCE
    )
    assert statuses(answers) == {200: 5, 404: 15}
    assert len({answer["title"] for status, answer in answers if status == 404}) == 1
    newest = house.people["lin"].call("circles", "GET", f"{house.circle}/passcodes?limit=1")["items"][0]
    assert (newest["uses"], newest["max_uses"]) == (5, 5)


def test_h1_twenty_sends_of_one_id_are_one_message_with_equal_answers(house: House) -> None:
    lin, before = house.people["lin"], len(house.history())
    answers = race([house.sending(lin, "one-wish-1", after=before)] * 20, AT_ONCE)
    assert statuses(answers) == {201: 20}
    assert all(answer == answers[0] for answer in answers)
    assert [message["seq"] for message in house.history()] == list(range(1, before + 2))
    assert house.sending(lin, "one-wish-1", "别的", before)()[0] == 422


def test_h2_sixty_sends_of_twelve_members_are_numbered_without_a_gap(house: House, members: list[Client]) -> None:
    before = len(house.history())
    calls = [house.sending(member, f"message-{number}", after=before) for number in range(5) for member in members]
    answers = race(calls, AT_ONCE)
    assert statuses(answers) == {201: 60}
    said = sorted((message for _, message in answers), key=lambda message: message["seq"])
    assert [message["seq"] for message in said] == list(range(before + 1, before + 61))
    assert house.history(before) == said


def test_r3_of_two_claims_at_once_one_wins(house: House) -> None:
    applicant = house.guests[0]
    whole = {**lines.APPLICATION, "real_name_token": applicant.verified()}
    made = applicant.call("review", "POST", "/applications", whole, expect=201)["application_id"]
    applicant.call("review", "POST", f"/applications/{made}/submission")
    rivals = [house.people["rui"], house.people["shan"]]
    answers = race([partial(rival.ask, "review", "POST", f"/applications/{made}/claim") for rival in rivals])
    assert statuses(answers) == {200: 1, 409: 1}
