"""A buyer pays in a browser on a phone (M28): fails, pays, comes back to the app, and pays twice. None posts JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from demo import texts
from demo.client import Client, wait_until
from demo.scenario import EVENT_TIMEOUT_SECONDS
from infra.cloud import Cloud
from tests.browser.browser import Browser, Shown, Walk, serve
from tests.support.deployed_circle import DeployedFixture, build_deployed_fixture

pytestmark = pytest.mark.cloud

APP_PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>app</title><p>The app'


@dataclass
class Purchase:
    """A reserved order and the page where it is paid."""

    cloud: Cloud
    buyer: Client
    order_id: str
    pay_url: str

    def wait_for(self, state: str) -> None:
        def is_in_state() -> bool | None:
            return self.buyer.call("GET", f"/orders/{self.order_id}")["state"] == state or None

        wait_until(is_in_state, EVENT_TIMEOUT_SECONDS, f"the order to be {state}")

    def movements(self) -> list[dict[str, Any]]:
        """Return what the provider moved of this order today."""
        with urlopen(f"{self.cloud.provider}/movements?day={datetime.now(UTC).date()}") as response:
            found: list[dict[str, Any]] = json.load(response)["movements"]
        return [movement for movement in found if movement["reference"].endswith(self.order_id)]


@pytest.fixture(scope="module")
def shop(deployed: Cloud) -> DeployedFixture:
    fixture = build_deployed_fixture(deployed, guests=1)
    fixture.add_members(fixture.guests)
    return fixture


@pytest.fixture
def purchase(shop: DeployedFixture) -> Purchase:
    """The owner lists something, and a member orders it and starts to pay."""
    owner, buyer = shop.clients["lin"], shop.guests[0]
    listing = owner.call("POST", f"{shop.path}/listings", {**texts.BINOCULARS, "kind": "c2c"}, expect=201)
    address = buyer.call("POST", "/me/addresses", texts.ADDRESS, expect=201)
    body = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": 1}
    body |= {"address_id": address["address_id"]}

    def order() -> dict[str, Any] | None:
        status, response = buyer.ask("POST", f"{shop.path}/orders", body)
        return response if status == 201 else None

    placed = wait_until(order, EVENT_TIMEOUT_SECONDS, "commerce to know the member")
    payment = buyer.call("POST", f"/orders/{placed['order_id']}/payment")
    assert buyer.call("POST", f"/orders/{placed['order_id']}/payment") == payment, "the same page"
    return Purchase(shop.cloud, buyer, placed["order_id"], payment["pay_url"])


@pytest.fixture
def walk(browser: Browser, purchase: Purchase) -> Callable[..., list[Shown]]:
    """Walk from the page to pay on, and require that it works as a page of a provider does."""

    def run(*names: str, screenshot: str, return_to: str = "", locale: str = "zh-CN") -> list[Shown]:
        address = f"{purchase.pay_url}?return_to={quote(return_to)}" if return_to else purchase.pay_url
        last = names[-1:] if return_to else ()
        steps = [{"click": name, "role": "link" if (name,) == last else "button"} for name in names]
        walked = browser.walk([{"open": address}, *steps], screenshot, locale)
        require_plain(walked, purchase.cloud.provider)
        return walked.shown

    return run


def require_plain(walked: Walk, provider: str) -> None:
    """Require that the provider's pages fit a phone, load nothing else, set no cookie, and break no rule of their own."""
    own = [shown for shown in walked.shown if shown.url.startswith(provider)]
    assert len(own) >= 2
    assert not any(shown.is_too_wide or shown.small for shown in own)
    assert {request["type"] for request in walked.requests} == {"document"}
    assert (walked.messages, walked.cookies) == ([], 0)


def test_m28_a_buyer_fails_pays_and_comes_back_to_the_app(purchase: Purchase, walk: Callable[..., list[Shown]]) -> None:
    with serve(APP_PAGE) as app:
        purchase.cloud.configure_provider(return_origins=[app.rstrip("/")])
        first, failed, paid, back = walk("余额不足", "支付", "返回 Coterie", screenshot="pay", return_to=app)
    assert "付款" in first.text
    assert purchase.order_id in first.text
    assert "付款没有成功: 余额不足" in failed.text
    assert "付款成功" in paid.text
    assert (back.url, back.text.strip()) == (app, "The app")
    purchase.wait_for("paid")
    assert [movement["kind"] for movement in purchase.movements()] == ["capture"]


def test_m28_a_payment_that_failed_leaves_the_order_reserved(purchase: Purchase, walk: Callable[..., list[Shown]]) -> None:
    _, failed = walk("Declined by the bank", screenshot="pay-failed", locale="en-GB")
    assert "The payment failed: Declined by the bank" in failed.text
    assert purchase.movements() == []
    assert purchase.buyer.call("GET", f"/orders/{purchase.order_id}")["state"] == "reserved"


def test_m28_a_second_payment_goes_back_by_itself(purchase: Purchase, walk: Callable[..., list[Shown]]) -> None:
    _, paid, again = walk("支付", "再付一次", screenshot="pay-twice")
    assert "付款成功" in paid.text
    assert "付款成功" in again.text
    purchase.wait_for("paid")
    assert [movement["kind"] for movement in purchase.movements()] == ["capture", "capture"]

    def refunded() -> dict[str, Any] | None:
        run_schedule(purchase.cloud)
        return next((movement for movement in purchase.movements() if movement["kind"] == "refund"), None)

    refund = wait_until(refunded, EVENT_TIMEOUT_SECONDS, "the refund of the second payment")
    assert refund["payment_id"] in {movement["payment_id"] for movement in purchase.movements()[:2]}
    assert purchase.buyer.call("GET", f"/orders/{purchase.order_id}")["state"] == "paid"
    run_schedule(purchase.cloud)
    assert [movement["kind"] for movement in purchase.movements()] == ["capture", "capture", "refund"]


def run_schedule(cloud: Cloud) -> None:
    """Run the schedule of commerce, which otherwise runs every minute."""
    functions = cloud.client("lambda")
    names = [one["FunctionName"] for page in functions.get_paginator("list_functions").paginate() for one in page["Functions"]]
    (name,) = (name for name in names if "commerce" in name and name.endswith("on-schedule"))
    response = functions.invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in response, response["Payload"].read()
