"""Adds coupons of the moderator to an `ApiFixture`."""

from __future__ import annotations

from simulation.api.bodies import COUPON
from simulation.api.fixture import ApiFixture


def add_coupons(api: ApiFixture) -> None:
    """Add a coupon that members claim from the circle's list, and one that they claim by its code."""
    path = f"/circles/{api.ids['circle_id']}/coupons"
    public = api.call_path("commerce", "moderator", "POST", path, body=COUPON)
    api.ids["coupon_id"] = public["coupon"]["coupon_id"]
    api.coupon_code = api.call_path("commerce", "moderator", "POST", path, body={**COUPON, "has_code": True})["code"]
