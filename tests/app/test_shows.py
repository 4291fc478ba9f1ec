"""Shows over the API: what a client can and cannot set, and what readers see."""

from __future__ import annotations

from typing import Any

import pytest

from services.circles.domain.show import BADGE
from simulation.api.claims import buy
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Response
from simulation.api.operations import named
from tests.app.problems import assert_problem

TEXT = {"text": "到手了, 很清楚。", "tags": []}


def receive(api: ApiFixture) -> dict[str, Any]:
    """Buy and receive a unit as the member, and return what a show of it names."""
    listing = api.call(named("get_listing"), api.users["member"]).body
    order = buy(api, listing)
    api.call_path("commerce", "moderator", "POST", f"/sales/{order['order_id']}/shipment", body={})
    api.call_path("commerce", "member", "POST", f"/orders/{order['order_id']}/receipt")
    api.gateway.run_streams()
    return {"order_id": order["order_id"], "listing_id": listing["listing_id"]}


def post(api: ApiFixture, show: dict[str, Any], by: str = "member") -> Response:
    return api.call(named("post_note"), api.users[by], body={**TEXT, "show": show})


def test_m14_a_show_has_its_badge_in_the_feed_on_its_page_and_in_the_list_of_the_product(api: ApiFixture) -> None:
    shown = receive(api)
    posted = post(api, shown)
    assert posted.status == 201, posted.body
    badge = {"listing_id": shown["listing_id"], "option_id": "", "verified": True, "en": BADGE[0], "zh_cn": BADGE[1]}
    assert posted.body["show"] == badge
    owner, note = api.users["owner"], {"note_id": posted.body["note_id"]}
    assert api.call(named("get_note"), owner, ids=note).body["show"] == badge
    feed = api.call(named("list_notes"), owner).body["items"]
    assert {each["note_id"]: each["show"] for each in feed if each["show"]} == {note["note_id"]: badge}
    shows = api.call(named("list_shows"), owner).body["items"]
    assert [(each["note_id"], each["show"]) for each in shows] == [(note["note_id"], badge)]


@pytest.mark.parametrize("field", ["verified", "en", "buyer_id", "is_kept"])
def test_m14_only_the_server_sets_the_badge(api: ApiFixture, field: str) -> None:
    response = post(api, {**receive(api), field: True})
    assert_problem(api.gateway, "circles", response, 422, "invalid", at=f"/show/{field}")


@pytest.mark.parametrize("name", ["create_draft", "update_draft", "update_note"])
def test_m14_neither_a_draft_nor_an_edit_has_a_show(api: ApiFixture, name: str) -> None:
    body = {**TEXT, "show": {"order_id": api.orders["received"], "listing_id": api.returnable_id}}
    response = api.call(named(name), api.users["owner"], body=body)
    assert_problem(api.gateway, "circles", response, 422, "invalid", at="/show")


def test_m14_a_second_show_names_the_first(api: ApiFixture) -> None:
    shown = receive(api)
    first = post(api, shown).body["note_id"]
    api.gateway.run_streams()
    response = post(api, shown)
    assert_problem(api.gateway, "circles", response, 409, "show-already-posted")
    assert response.body["note_id"] == first


@pytest.mark.parametrize(
    "more",
    [{"option_id": "o2"}, {"listing_id": "lst_01KJY2E1KX7BMZ758QWDX6V9QC"}, {"order_id": "ord_01KJY2E1KX7BMZ758QWDX6V9QC"}],
    ids=lambda more: next(iter(more)),
)
def test_m14_what_was_not_received_and_what_does_not_exist_look_alike(api: ApiFixture, more: dict[str, str]) -> None:
    response = post(api, {**receive(api), **more})
    assert_problem(api.gateway, "circles", response, 409, "show-not-received")


def test_m14_the_order_of_another_member_looks_like_none(api: ApiFixture) -> None:
    response = post(api, receive(api), by="regular")
    assert_problem(api.gateway, "circles", response, 409, "show-not-received")
