"""Listings with pages over the API: pictures uploaded, checked and shown; options; the quick listing; the edges of requests."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import PICTURES_DOMAIN
from simulation.api.operations import named
from tests.app.extremes import upload_pictures
from tests.app.problems import assert_problem

PAGE: dict[str, Any] = {"kind": "c2c", "title": "背包", "currency": "CNY", "description": "九成新，附背带。"}
RED = {"name": "红色", "amount": 2_000, "stock": 3}
BLUE = {"name": "蓝色", "amount": 1_000, "stock": 0}


def create(api: ApiFixture, by: str = "member", **more: Any) -> dict[str, Any]:
    response = api.call(named("create_listing"), api.users[by], body={**PAGE, **more})
    assert response.status == 201, response.body
    created: dict[str, Any] = response.body
    return created


def read(api: ApiFixture, listing_id: str, by: str = "owner") -> dict[str, Any]:
    response = api.call(named("get_listing"), api.users[by], ids={"listing_id": listing_id})
    assert response.status == 200, response.body
    page: dict[str, Any] = response.body
    return page


def test_m26_a_page_is_one_call_with_all_that_the_app_shows(api: ApiFixture) -> None:
    pictures = upload_pictures(api, "member", 2, service="commerce")
    created = create(api, options=[RED, BLUE], pictures=pictures, ships_within_hours=24, accepts_returns=False)
    page = read(api, created["listing_id"])
    assert (page["amount"], page["stock"], page["sold_out"], page["option_count"]) == (1_000, 3, False, 2)
    assert [(each["option_id"], each["stock"]) for each in page["options"]] == [("o1", 3), ("o2", 0)]
    assert [each["id"] for each in page["pictures"]] == pictures
    assert all(each["url"].startswith(f"https://{PICTURES_DOMAIN}/shown/") for each in page["pictures"])
    assert page["description"] == PAGE["description"]
    assert "Returns are not possible" in page["disclosure"]["en"]
    assert (page["terms"]["ships_within_hours"], page["terms"]["return_days"]) == (24, 0)
    listed = api.call(named("list_listings"), api.users["owner"]).body["items"]
    (in_list,) = (each for each in listed if each["listing_id"] == created["listing_id"])
    assert in_list["cover"]["thumbnail_url"].startswith(f"https://{PICTURES_DOMAIN}/thumb/")
    assert in_list["cover"]["url"] is None
    assert "description" not in in_list


def test_m4_a_member_sells_quickly_with_a_picture_and_the_second_buyer_is_denied(api: ApiFixture) -> None:
    (picture,) = upload_pictures(api, "member", 1, service="commerce")
    quick = named("create_quick_listing")
    created = api.call(quick, api.users["member"], body={"title": "自行车", "amount": 30_000, "picture": picture})
    assert created.status == 201, created.body
    assert (created.body["kind"], created.body["stock"], created.body["cover"]["id"]) == ("c2c", 1, picture)
    body = {"listing_id": created.body["listing_id"], "revision": created.body["revision"], "quantity": 1}
    order = named("place_order")
    assert api.call(order, api.users["member"], body=body).status == 403
    assert api.call(order, api.users["owner"], body=body).status == 201
    second = api.call(order, api.users["regular"], body=body)
    assert (second.status, second.body["type"]) == (409, "urn:coterie:problem:stock-insufficient")
    again = api.call(quick, api.users["member"], body={"title": "自行车", "amount": 30_000, "picture": picture})
    assert (again.status, again.body["errors"][0]["at"], again.body["errors"][0]["code"]) == (422, "/picture", "picture-used")


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "/amount"),
        ({"amount": 100}, "/stock"),
        ({"options": [{"name": "红色", "amount": 1}]}, "/options/0/stock"),
        ({"options": [{**RED, "option_id": "o1"}]}, "/options/0/stock"),
        ({"options": [{"name": "红色", "amount": 1, "option_id": "o1"}]}, "/options/0/option_id"),
        ({"options": [RED, RED]}, "/options/1/name"),
        ({"options": [{**RED, "option_id": "x"}]}, "/options/0/option_id"),
        ({"options": [{**RED, "amount": 0}]}, "/options/0/amount"),
        ({"options": [{**RED, "stock": -1}]}, "/options/0/stock"),
        ({"options": [RED] * 21}, "/options"),
        ({"amount": 100, "stock": 1, "description": "x" * 5001}, "/description"),
        ({"amount": 100, "stock": 1, "pictures": ["pic_01M854YTYS5ZVGJ97SAF9PYG6C"] * 10}, "/pictures"),
        ({"amount": 100, "stock": 1, "pictures": ["pic_01M854YTYS5ZVGJ97SAF9PYG6C"]}, "/pictures/0"),
        ({"amount": 100, "stock": 1, "ships_within_hours": 169}, "/ships_within_hours"),
        ({"amount": 100, "stock": 1, "ships_within_hours": 0}, "/ships_within_hours"),
        ({"amount": 100, "stock": 1, "kind": "gift"}, "/kind"),
    ],
)
def test_m26_a_wrong_field_is_named(api: ApiFixture, body: dict[str, Any], at: str) -> None:
    response = api.call(named("create_listing"), api.users["owner"], body={**PAGE, **body})
    code = "pictures-invalid" if at == "/pictures/0" else "invalid"
    assert_problem(api.gateway, "commerce", response, 422, code, at=at)


@pytest.mark.parametrize("add", [0, -1, 1.5, "1", 100_001, None])
def test_m26_units_to_add_are_a_number_from_1(api: ApiFixture, add: Any) -> None:
    response = api.call(named("restock_listing"), api.users["moderator"], body={"add": add})
    assert_problem(api.gateway, "commerce", response, 422, "invalid", at="/add")


def test_m26_a_listing_that_sold_out_is_back_when_its_seller_restocks_it(api: ApiFixture) -> None:
    created = create(api, options=[BLUE])
    ids = {"listing_id": created["listing_id"]}
    assert read(api, created["listing_id"])["sold_out"]
    restock = named("restock_listing")
    response = api.call(restock, api.users["member"], ids=ids, body={"add": 2, "option_id": "o1"})
    assert (response.status, response.body["stock"], response.body["sold_out"]) == (200, 2, False)
    assert response.body["etag"] == created["etag"], "the revision that buyers read stays"
    unknown = api.call(restock, api.users["member"], ids=ids, body={"add": 2})
    assert (unknown.status, unknown.body["type"]) == (404, "urn:coterie:problem:not-found")
