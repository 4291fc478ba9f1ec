"""C27 over HTTP: who reads the messages around a reported one, until when, and that each access is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Response
from simulation.api.operations import named
from tests.app.test_staff_reads import access_log, new_entries

BESIDE = "旁边的人说的话"
TEXTS = ("早。", BESIDE)


def report(api: ApiFixture) -> str:
    """Let a member report message 1, of the target, beside one of the moderator; return the id of the case."""
    body = {"client_msg_id": "beside-0001", "after_seq": 2, "text": BESIDE}
    assert api.call(named("send_message"), api.users["moderator"], body=body).status == 201
    body = {"seq": 1, "reason": "spam"}
    assert api.call(named("report_message"), api.users["member"], body=body).status == 204
    api.gateway.run_streams()
    cases = api.call(named("list_cases"), api.users["reviewer"]).body["items"]
    (case_id,) = [case["case_id"] for case in cases if case["subject"]["kind"] == "message"]
    return str(case_id)


def read(api: ApiFixture, persona: str, case_id: str) -> Response:
    return api.call(named("get_case"), api.users[persona], ids={"case_id": case_id})


def decide(api: ApiFixture, case_id: str, **decision: Any) -> None:
    body = {"note": "已核实。", **decision}
    assert api.call(named("decide_case"), api.users["reviewer"], ids={"case_id": case_id}, body=body).status == 200


def test_c27_a_reviewer_reads_what_was_around_a_message_and_the_access_is_recorded(api: ApiFixture) -> None:
    case_id, log = report(api), access_log(api, "review")
    response = read(api, "reviewer", case_id)
    assert (response.status, response.body["author"]) == (200, api.users["target"].user_id)
    second, third = response.body["surroundings"]
    assert (second["seq"], second["kind"], second["sender"]) == (2, "text", api.users["owner"].user_id)
    assert third.pop("sent_at").endswith("Z")
    assert third == {"seq": 3, "kind": "text", "sender": api.users["moderator"].user_id, "text": BESIDE}
    (entry,) = new_entries(log, access_log(api, "review"))
    assert case_id in entry


def test_c27_no_other_user_reads_it_in_any_response(api: ApiFixture) -> None:
    case_id = report(api)
    of_staff = {"reviewer", "second_reviewer", "third_reviewer"}
    for persona in api.users.keys() - of_staff:
        response = read(api, persona, case_id)
        assert response.status in (401, 403), persona
        assert BESIDE not in str(response.body)
    for persona in ("member", "target", "moderator"):
        for name in ("list_reports", "list_take_downs", "get_own_account_status"):
            assert BESIDE not in str(api.call(named(name), api.users[persona]).body)


@pytest.mark.parametrize(
    "decision", [{"outcome": "dismissed"}, {"outcome": "abusive"}, {"outcome": "upheld", "violation": "spam"}]
)
def test_c27_after_the_decision_a_reviewer_reads_the_message_alone(api: ApiFixture, decision: dict[str, str]) -> None:
    case_id = report(api)
    decide(api, case_id, **decision)
    body = read(api, "second_reviewer", case_id).body
    assert (body["evidence"]["text"], body["surroundings"], body["outcome"]) == (TEXTS[0], [], decision["outcome"])
    api.gateway.run_streams()
    stored = [item for (_, sk), item in api.gateway.cloud.items("review").items() if sk.startswith(("CASE", "REPORTER#"))]
    assert BESIDE not in str(stored)


def test_c27_the_appeal_shows_the_message_alone(api: ApiFixture) -> None:
    case_id = report(api)
    decide(api, case_id, outcome="upheld", violation="spam")
    api.gateway.run_streams()
    path = f"/me/take-downs/{case_id}/appeal"
    assert BESIDE not in str(api.call_path("review", "target", "POST", path, body={"statement": "这不是广告。"}))
    appeals = api.call(named("list_appeals"), api.users["second_reviewer"]).body["items"]
    ids = {"appeal_id": next(one["appeal_id"] for one in appeals if one["appeal_id"][4:] == case_id[4:])}
    body = api.call(named("get_appeal"), api.users["second_reviewer"], ids=ids).body
    assert (body["case"]["evidence"]["text"], body["case"]["surroundings"]) == (TEXTS[0], [])
