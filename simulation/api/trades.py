"""The listing, the addresses and the orders of an `ApiFixture`."""

from __future__ import annotations

from services.commerce.domain.money import Money
from services.commerce.usecases import WebhookEvent, handle_webhook_event
from simulation.api.bodies import ADDRESS, LISTING
from simulation.api.coupons import add_coupons
from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import service_module


def add_listing_and_orders(api: ApiFixture) -> None:
    """Create a listing of the moderator, and an order of the member in each state."""
    circle = f"/circles/{api.ids['circle_id']}"
    listing = api.call_path("commerce", "moderator", "POST", f"{circle}/listings", body=LISTING)
    api.ids["listing_id"], api.revision = listing["listing_id"], listing["revision"]
    add_coupons(api)
    ports = service_module("wiring", "commerce").ports()
    for name, by in (("address_id", "owner"), ("address_of_member", "member")):
        api.ids[name] = api.call_path("commerce", by, "POST", "/me/addresses", body=ADDRESS)["address_id"]
    wanted = {"listing_id": listing["listing_id"], "revision": listing["revision"], "quantity": 1}
    for state in ("reserved", "paid", "shipped"):
        body = {**wanted, "address_id": api.ids["address_of_member"]}
        order = api.call_path("commerce", "member", "POST", f"{circle}/orders", body=body)
        api.orders[state] = order["order_id"]
        if state != "reserved":
            reference = f"{order['buyer_id']}/{order['order_id']}"
            price = Money(order["total_amount"], order["currency"])
            handle_webhook_event(ports, WebhookEvent("payment.captured", f"pay_{state}", reference, price, ports.clock()))
        if state == "shipped":
            api.call_path("commerce", "moderator", "POST", f"/sales/{order['order_id']}/shipment", body={})
    api.gateway.run_streams()
