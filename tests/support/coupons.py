"""Coupons in the circle of an `ApiFixture`."""

from __future__ import annotations

from simulation.api.fixture import ApiFixture
from simulation.api.operations import named


def issue_and_claim_coupons(api: ApiFixture) -> None:
    """Let the owner issue two coupons, and claim the two of the moderator."""
    owner = api.users["owner"]
    assert [api.call(named("issue_coupon"), owner).status for _ in range(2)] == [201, 201]
    assert [api.call(named(name), owner).status for name in ("claim_coupon", "claim_coupon_by_code")] == [200, 200]
