"""A4 over HTTP: the name of a circle is reported, taken down by a reviewer, and restored by another one on appeal."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.api.bodies import REPORT
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Response
from simulation.api.operations import named
from tests.app.problems import assert_problem

REPORT_NAME, RENAME = named("report_circle_name"), named("rename_circle")
SEEING = ("newcomer", "member", "moderator", "co_owner", "owner")
UPHELD = {"outcome": "upheld", "violation": "impersonation", "note": "冒充官方机构。"}
GRANTED = {"outcome": "granted", "note": "是地名。"}


def names(api: ApiFixture, persona: str) -> set[str]:
    """Return the names that a member reads of the circle, in every place; one, if all agree."""
    circle = f"/circles/{api.ids['circle_id']}"
    listed = api.call_path("circles", persona, "GET", "/circles")["items"]
    rooms = api.call_path("chat", persona, "GET", f"{circle}/rooms")["items"]
    page = api.call_path("circles", persona, "GET", circle)["name"]
    own = {each["name"] for each in listed if each["circle_id"] == api.ids["circle_id"]}
    return {page, *own, *(room["name"] for room in rooms)}


def take_down(api: ApiFixture) -> str:
    """Report the name and uphold the case, and return its id."""
    assert api.call(REPORT_NAME, api.users["member"]).status == 204
    api.gateway.run_streams()
    cases = api.call_path("review", "third_reviewer", "GET", "/cases")["items"]
    (case_id,) = [case["case_id"] for case in cases if case["subject"]["kind"] == "circle_name"]
    api.call_path("review", "third_reviewer", "POST", f"/cases/{case_id}/decision", body=UPHELD)
    api.gateway.run_streams()
    return str(case_id)


def rename(api: ApiFixture, name: str, **how: Any) -> Response:
    return api.call(RENAME, api.users["owner"], body={"name": name}, **how)


def test_a4_who_sees_a_name_that_is_down_and_who_reads_why(api: ApiFixture) -> None:
    (name,) = names(api, "owner")
    case_id = take_down(api)
    (default,) = set.union(*(names(api, persona) for persona in SEEING))
    assert default.startswith("圈子") and default != name
    for persona in SEEING:
        violation = api.call(named("get_circle"), api.users[persona]).body["name_violation"]
        assert (violation and violation["code"]) == ("impersonation" if persona == "owner" else None)
    own = {one["case_id"]: one for one in api.call_path("review", "owner", "GET", "/me/take-downs")["items"]}
    assert (own[case_id]["violation"]["code"], own[case_id]["excerpt"]) == ("impersonation", name)
    appeal = api.call_path("review", "owner", "POST", f"/me/take-downs/{case_id}/appeal", body={"statement": "是地名。"})
    assert appeal
    appeals = api.call_path("review", "second_reviewer", "GET", "/appeals")["items"]
    (appeal_id,) = [one["appeal_id"] for one in appeals if one["appeal_id"].endswith(case_id.removeprefix("cas"))]
    api.call_path("review", "second_reviewer", "POST", f"/appeals/{appeal_id}/decision", body=GRANTED)
    api.gateway.run_streams()
    assert set.union(*(names(api, persona) for persona in SEEING)) == {name}
    assert api.call(named("get_circle"), api.users["owner"]).body["name_violation"] is None


def test_a4_a_name_that_is_down_is_denied_in_both_languages(api: ApiFixture) -> None:
    (name,) = names(api, "owner")
    take_down(api)
    for wanted in (name, name.upper(), f"「{name}」"):
        response = rename(api, wanted)
        assert_problem(api.gateway, "review", response, 409, "circle-name-taken-down")
        assert response.body["next_step"] == "Choose another, or appeal the take-down."
    zh = rename(api, name, headers={"accept-language": "zh-CN"}).body
    assert (zh["title"], zh["next_step"]) == ("这个圈子名因违规已下架", "请换一个名字，或提出申诉")


@pytest.mark.parametrize("body", [{}, {"reason": "ugly"}, {**REPORT, "text": "字" * 20_000}, {**REPORT, "name": "别的"}])
def test_a4_a_report_of_a_name_with_a_wrong_body_is_a_field_error(api: ApiFixture, body: dict[str, str]) -> None:
    response = api.call(REPORT_NAME, api.users["member"], body=body)
    assert_problem(api.gateway, "circles", response, 422, "invalid")


def test_c3_a_user_who_is_no_member_reports_the_name_of_a_teaser_alone(api: ApiFixture) -> None:
    assert api.call(REPORT_NAME, api.users["stranger"]).status == 404
    teaser, etag = {"text": "城市里看得到的野鸟。", "tags": ["观鸟"]}, {"if-match": '"0"'}
    api.call_path("circles", "owner", "PUT", f"/circles/{api.ids['circle_id']}/teaser", body=teaser, headers=etag)
    assert api.call(REPORT_NAME, api.users["stranger"]).status == 204
