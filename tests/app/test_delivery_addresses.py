"""M27 over HTTP and KMS: what is stored, shown and denied of addresses."""

from __future__ import annotations

import json

import pytest

from simulation.api.bodies import ADDRESS
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import new_idempotency_key
from simulation.api.operations import named
from tests.app.problems import assert_problem


def dump(api: ApiFixture) -> str:
    return json.dumps(api.gateway.cloud.tables["commerce"].all_items(), ensure_ascii=False)


def test_m27_an_address_is_in_responses_to_its_parties_and_not_in_the_table(api: ApiFixture) -> None:
    member = api.users["member"]
    created = api.call(named("create_address"), member, body={**ADDRESS, "street": "清泰街 77 号"}).body
    masked = api.call(named("list_addresses"), member).body["items"][0]
    assert (masked["address_id"], masked["recipient"], masked["phone"]) == (created["address_id"], "陈**", "138****78")
    order = api.call(named("place_order"), member, body=_order(api, created["address_id"])).body
    assert order["has_address"]
    ids = {"order_id": order["order_id"]}
    assert api.call(named("get_order_address"), member, ids=ids).body["street"] == "清泰街 77 号"
    sale = api.call(named("get_sale_address"), api.users["moderator"]).body
    assert sale == ADDRESS
    for text in ("清泰街", *(value for value in ADDRESS.values() if value)):
        assert text not in dump(api)


def test_m27_a_creation_that_is_repeated_after_the_deletion_is_a_declared_404(api: ApiFixture) -> None:
    member, key = api.users["member"], new_idempotency_key()
    created = api.call(named("create_address"), member, key=key, body=ADDRESS).body
    assert api.call(named("delete_address"), member, ids={"address_id": created["address_id"]}).status == 204
    api.gateway.cloud.records("commerce")
    response = api.call(named("create_address"), member, key=key, body=ADDRESS)
    assert_problem(api.gateway, "commerce", response, 404, "not-found")


def test_m27_an_order_without_an_address_is_not_paid(api: ApiFixture) -> None:
    member = api.users["member"]
    order = api.call(named("place_order"), member, body=_order(api)).body
    assert not order["has_address"]
    ids = {"order_id": order["order_id"]}
    api.gateway.cloud.records("commerce")
    response = api.call(named("start_payment"), member, ids=ids)
    assert_problem(api.gateway, "commerce", response, 409, "address-missing")
    assert api.call(named("put_order_address"), member, ids=ids).body["has_address"]
    assert api.call(named("start_payment"), member, ids=ids).status == 200


def test_m27_an_address_of_another_user_looks_like_an_unknown_one(api: ApiFixture) -> None:
    for address_id in (api.ids["address_id"], "adr_01KB9ZQ4T8N3W5X7Y2V6R1M0CE"):
        response = api.call(named("place_order"), api.users["member"], body=_order(api, address_id))
        assert_problem(api.gateway, "commerce", response, 404, "not-found")


@pytest.mark.parametrize("phone", ["", "1234", "1" * 21, "一二三四五六", "abc12345", "138#00005678", "１３８００００５６７８"])
def test_m27_a_phone_number_has_5_to_20_digits(api: ApiFixture, phone: str) -> None:
    response = api.call(named("create_address"), api.users["member"], body={**ADDRESS, "phone": phone})
    assert response.status == 422


@pytest.mark.parametrize("phone", ["12345", "+86 138-0000-5678", "(010) 6551 0000", "1" * 20])
def test_m27_a_phone_number_can_have_signs(api: ApiFixture, phone: str) -> None:
    response = api.call(named("create_address"), api.users["member"], body={**ADDRESS, "phone": phone})
    assert (response.status, response.body["phone"]) == (201, phone)


def test_m27_the_longest_address_can_be_sealed(api: ApiFixture) -> None:
    bird = "\U0001f426\u200d\u2b1b"  # a visible character of 3 code points and 10 bytes
    longest = {"recipient": bird * 30, "phone": "1" * 20, "street": bird * 100}
    longest |= dict.fromkeys(("province", "city", "district"), bird * 20)
    created = api.call(named("create_address"), api.users["member"], body=longest)
    assert (created.status, created.body["street"]) == (201, bird * 100)


def _order(api: ApiFixture, address_id: str | None = None) -> dict[str, object]:
    return {"listing_id": api.ids["listing_id"], "revision": api.revision, "quantity": 1, "address_id": address_id}
