"""C29 over HTTP: an owner renames a circle; what a denied name reveals."""

from __future__ import annotations

from typing import Any

import pytest

from services.review.settings import settings
from services.shared.kernel.names.rules import require_allowed_name
from simulation.api.bodies import circle_name_of
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Response, new_idempotency_key
from simulation.api.operations import named
from simulation.settings import overridden
from tests.app.problems import assert_problem

RENAME = named("rename_circle")


def rename(api: ApiFixture, name: str, by: str = "owner", **how: Any) -> Response:
    return api.call(RENAME, api.users[by], body={"name": name}, **how)


def test_c29_members_see_the_new_name_and_the_owner_gets_it(api: ApiFixture) -> None:
    name = circle_name_of(api.name, "河口观鸟")
    response = rename(api, f"  {name} ")
    assert (response.status, response.body) == (200, {"circle_id": api.ids["circle_id"], "name": name})
    api.gateway.run_streams()
    circle = f"/circles/{api.ids['circle_id']}"
    shown = {api.call_path("circles", by, "GET", circle)["name"] for by in ("owner", "member", "newcomer")}
    shown |= {one["name"] for one in api.call_path("circles", "member", "GET", "/circles")["items"]}
    shown |= {one["name"] for one in api.call_path("chat", "member", "GET", f"{circle}/rooms")["items"]}
    assert shown == {name}


@pytest.mark.parametrize("spelling", [str, str.upper, lambda name: name.replace("观鸟", "觀鳥"), lambda name: f"「{name}」"])
def test_c29_a_name_of_another_circle_is_denied_in_both_languages(
    api: ApiFixture, other_api: ApiFixture, spelling: Any
) -> None:
    name = spelling(circle_name_of(f"{other_api.name} owner"))
    response = rename(api, name)
    (written,) = api.gateway.cloud.records("review")
    assert written["dynamodb"]["Keys"]["sk"] == {"S": "LIMIT#rename"}
    assert_problem(api.gateway, "review", response, 409, "circle-name-unavailable")
    texts = response.body["title"], response.body["next_step"]
    assert texts == ("This name is not available.", "Choose another.")
    zh = rename(api, name, headers={"accept-language": "zh-CN"}).body
    assert (zh["title"], zh["next_step"]) == ("这个名字不可用", "请换一个")
    assert not {"detail", "errors", "circle_id"} & response.body.keys()
    assert other_api.ids["circle_id"] not in response.text


def test_c29_a_name_that_waits_for_a_seat_or_is_private_or_public_gets_one_response(
    api: ApiFixture, other_api: ApiFixture
) -> None:
    name = circle_name_of(f"{other_api.name} owner")
    private = rename(api, name)
    teaser = {"text": "城市里看得到的野鸟。", "tags": ["观鸟"]}
    path, etag = f"/circles/{other_api.ids['circle_id']}/teaser", {"if-match": '"0"'}
    other_api.call_path("circles", "owner", "PUT", path, body=teaser, headers=etag)
    assert rename(api, name).comparable == private.comparable


@overridden(settings, rename_burst=1)
def test_c29_a_denied_attempt_counts(api: ApiFixture, other_api: ApiFixture) -> None:
    key = new_idempotency_key()
    for _ in range(2):
        denied = rename(api, circle_name_of(f"{other_api.name} owner"), key=key)
        assert denied.code == "circle-name-unavailable"
    api.gateway.cloud.records("review")
    response = rename(api, circle_name_of(api.name, "河口观鸟"), key=key)
    assert_problem(api.gateway, "review", response, 429, "rate-limit-reached")
    assert 9 * 86_400 < response.body["retry_after"] <= 10 * 86_400


@pytest.mark.parametrize("name", ["官方观鸟圈", "观鸟 138 0013 8000", "", " ", "观\n鸟", "观鸟\u202e", "鸟" * 81])
def test_c29_a_name_that_is_not_allowed_is_a_field_error(api: ApiFixture, name: str) -> None:
    assert_problem(api.gateway, "review", rename(api, name), 422, "invalid", at="/name")


def test_c29_the_name_of_an_application_is_held_to_the_same_rules(api: ApiFixture) -> None:
    body = {"circle_name": "官方观鸟圈", "circle_tags": [], "evidence": []}
    response = api.call(named("create_application"), api.users["member"], body=body)
    assert_problem(api.gateway, "review", response, 422, "invalid", at="/circle_name")


def test_a_name_of_a_fixture_is_never_contact_data() -> None:
    """Otherwise a run in a hundred would fail: `qq` and 5 more characters are an account."""
    for seed in range(2000):
        require_allowed_name(circle_name_of(str(seed)))
