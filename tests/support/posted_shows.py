"""Two shows of the listing of an `ApiFixture`, over HTTP: bought, shipped, received, and shown by the member."""

from __future__ import annotations

from simulation.api.claims import buy
from simulation.api.fixture import ApiFixture


def post_two_shows(api: ApiFixture) -> None:
    listing = api.call_path("commerce", "member", "GET", f"/circles/{api.ids['circle_id']}/listings/{api.ids['listing_id']}")
    for _ in range(2):
        order = buy(api, listing)
        api.call_path("commerce", "moderator", "POST", f"/sales/{order['order_id']}/shipment", body={})
        api.call_path("commerce", "member", "POST", f"/orders/{order['order_id']}/receipt")
        api.gateway.run_streams()
        show = {"order_id": order["order_id"], "listing_id": listing["listing_id"]}
        body = {"text": "到手了, 很清楚。", "show": show}
        note = api.call_path("circles", "member", "POST", f"/circles/{api.ids['circle_id']}/notes", body=body)
        assert note["show"]["verified"] is True
