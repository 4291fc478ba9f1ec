"""A7: a grant of review is good for one read of one subject by one reader."""

from __future__ import annotations

from functools import partial

import pytest

from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.review.settings import settings as review_settings
from services.shared.kernel.errors import ConflictOfInterest, Invalid, ReadGrantInvalid
from services.shared.security.keys import KeyRing
from services.shared.security.read_grants import ReadGrant
from simulation.setup.applications import OPERATOR
from simulation.setup.commerce import Shop
from simulation.setup.staff import read_grant
from simulation.simulation import Simulation
from tests.usecases.cross_service.staff import access_entries, enrolled
from tests.usecases.cross_service.test_staff_reads import HAO, MEI, reviewer_identity


def test_a7_a_grant_is_good_for_one_read_of_its_subject_by_its_reader_until_it_expires() -> None:
    simulation = Simulation()
    rui, shan = enrolled(simulation, "rui"), enrolled(simulation, "shan")
    read = partial(circles.get_user_profile, simulation.circles)
    grant = read_grant(simulation, rui, "profile", HAO.user_id)
    signed, _, signature = grant.partition(".")
    of_users = read_grant(simulation, rui, "users")
    of_orders = read_grant(simulation, rui, "orders", HAO.user_id)
    wrong: tuple[str, ...] = (
        "",
        "x",
        ".",
        "é",
        grant[:-2],
        f"{signed}.",
        f"{signed}.{signature[::-1]}",
        f"{signed}A.{signature}",
    )
    wrong += (of_users, of_orders)
    denied = [(rui, HAO, text) for text in wrong] + [(shan, HAO, grant), (rui, MEI, grant)]
    for by, about, text in denied:
        with pytest.raises(ReadGrantInvalid):
            read(by, about.user_id, text)
    assert access_entries(simulation, "circles") == []
    read(rui, HAO.user_id, grant)
    with pytest.raises(ReadGrantInvalid):
        read(rui, HAO.user_id, grant)
    late = read_grant(simulation, rui, "profile", HAO.user_id)
    simulation.clock.now += review_settings().read_grant_lifetime
    with pytest.raises(ReadGrantInvalid):
        read(rui, HAO.user_id, late)
    read(rui, HAO.user_id, read_grant(simulation, rui, "profile", HAO.user_id))
    (item,) = (item for item in simulation.memory("circles").all_items() if item["sk"] == "ACCESS_LOG")
    assert (len(item["used"]), item["audit_length"]) == (1, 2), "a grant that has expired is not stored"


def test_a7_a_read_that_is_denied_uses_no_grant() -> None:
    """A conflict that circles knows denies the read before the grant is used. The read counts all the same."""
    shop = Shop()
    simulation = shop.simulation
    order, by = shop.pay(shop.order(HAO)), enrolled(shop.simulation, "second user", HAO.user_id)
    shop.set_identity(HAO, reviewer_identity(simulation, by))
    grant = read_grant(simulation, by, "order", order.id)
    for _ in range(2):
        with pytest.raises(ConflictOfInterest):
            commerce.get_order_by_id(simulation.commerce, by, order.id, grant)
    assert access_entries(simulation, "commerce") == []
    assert [action for _, action in access_entries(simulation, "review")] == [f"read grant: {order.id}"]


def test_a7_a_grant_needs_a_subject_and_is_signed_by_a_newer_key_too() -> None:
    simulation = Simulation()
    with pytest.raises(Invalid):
        read_grant(simulation, OPERATOR, "profile")
    grant = ReadGrant("user-1", "profile of user-2", 1, simulation.clock.now)
    old, new = KeyRing("k1", {"k1": b"0" * 32}), KeyRing("k2", {"k1": b"0" * 32, "k2": b"1" * 32})
    assert ReadGrant.verify(new, grant.sign(old)) == ReadGrant.verify(new, grant.sign(new)) == grant
    with pytest.raises(ReadGrantInvalid):
        ReadGrant.verify(old, grant.sign(new))
