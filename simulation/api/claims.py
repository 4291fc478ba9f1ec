"""Adds returns and disputes of the member's orders to an `ApiFixture`."""

from __future__ import annotations

from typing import Any

from services.commerce.domain.money import Money
from services.commerce.usecases import WebhookEvent, handle_webhook_event
from simulation.api.bodies import DISPUTE, LISTING, RULING, request_of_return
from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import service_module


def add_returns_and_disputes(api: ApiFixture) -> None:
    """Add a received order with returns in each state, and two disputes, of which one has a proposed ruling."""
    circle = f"/circles/{api.ids['circle_id']}"
    shop = api.call_path("commerce", "moderator", "POST", f"{circle}/listings", body={**LISTING, "kind": "merchant"})
    api.returnable_id = shop["listing_id"]
    order = buy(api, shop, quantity=5)
    api.call_path("commerce", "moderator", "POST", f"/sales/{order['order_id']}/shipment", body={})
    api.call_path("commerce", "member", "POST", f"/orders/{order['order_id']}/receipt")
    api.orders["received"] = order["order_id"]
    for state in ("requested", "approved", "sent"):
        found = api.call_path("commerce", "member", "POST", f"/orders/{order['order_id']}/returns", body=request_of_return(api))
        path = f"/returns/{found['return_id']}"
        if state != "requested":
            api.call_path("commerce", "moderator", "POST", f"{path}/decision", body={"verdict": "approve", "note": "请寄回。"})
        if state == "sent":
            api.call_path("commerce", "member", "POST", f"{path}/shipment", body={})
        api.returns[state] = found["return_id"]
    for name in ("open", "proposed", "undelivered"):
        order_id = buy(api, shop)["order_id"]
        if name == "undelivered":
            api.orders[name] = order_id
            continue
        dispute = api.call_path("commerce", "member", "POST", f"/orders/{order_id}/disputes", body=DISPUTE)
        api.disputes[name] = dispute["dispute_id"]
    api.gateway.run_streams()
    path = f"/dispute-cases/{api.disputes['proposed']}/ruling"
    ruling = api.call_path("review", "second_reviewer", "POST", path, body=RULING)["ruling"]
    api.ruling_id = ruling["proposal_id"]


def buy(api: ApiFixture, listing: Any, quantity: int = 1) -> Any:
    """Let the member order and pay."""
    ports = service_module("wiring", "commerce").ports()
    body = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": quantity}
    order = api.call_path("commerce", "member", "POST", f"/circles/{api.ids['circle_id']}/orders", body=body)
    reference = f"{order['buyer_id']}/{order['order_id']}"
    price = Money(order["total_amount"], order["currency"])
    payment_id = f"pay_of_{order['order_id']}"
    handle_webhook_event(ports, WebhookEvent("payment.captured", payment_id, reference, price, ports.clock()))
    return order
