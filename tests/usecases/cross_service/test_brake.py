"""The members' brake: it counts each person once, pauses sales in all services, and opens a case with price and commission."""

from __future__ import annotations

from functools import partial

import pytest

from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.errors import CircleNotFound, RoleNotAllowed
from services.circles.repository.circles import load_circle
from services.circles.settings import settings
from services.shared.kernel.errors import SellingNotOpen
from services.shared.messaging.events import AccountVerified, AccountVerifiedData, CircleChanged, SellingReported
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.circles import join_circle, post_note, set_role
from simulation.setup.events import envelope
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller
from tests.support.guarded_circle import run_at_once
from tests.usecases.cross_service.market import HAO, LIN, MEI, YAN, Market

MEMBERS = [caller(f"member-{number}") for number in range(12)]


class BrakeMarket(Market):
    """A market with 12 more members who are no newcomers, so that 3 of the members pause sales."""

    def __init__(self, members: int = 12) -> None:
        super().__init__()
        for member in MEMBERS[:members]:
            join_circle(self.simulation, member, LIN, self.circle_id)
            set_role(self.simulation, LIN, self.circle_id, member.user_id, Role.BUYER)
        self.publish()
        handle_new_changes(self.simulation, "circles")

    def pull(self, member: Caller) -> circles.GuardrailsView:
        return circles.pull_brake(self.simulation.circles, member, self.circle_id)

    def verify(self, *users: Caller) -> None:
        for user in users:
            data = AccountVerifiedData(user_id=user.user_id, identity_id="one-person", adult_on=None)
            deliver(self.simulation, "circles", AccountVerified(**envelope(self.simulation, user.user_id), data=data))

    @property
    def is_paused(self) -> bool:
        circle = load_circle(self.simulation.circles_table, self.circle_id).entity
        return circle.selling.is_paused(self.simulation.clock())


def test_m18_the_brake_pauses_sales_with_the_last_pull_that_is_needed() -> None:
    market = BrakeMarket()
    for member in MEMBERS[:2]:
        view = market.pull(member)
    assert (view.pulls, view.needed, view.has_pulled, market.is_paused) == (2, 3, True, False)
    assert market.pull(MEMBERS[2]).closed is not None
    assert market.is_paused


def test_m18_a_member_counts_once_by_user_and_identity() -> None:
    market = BrakeMarket()
    market.verify(MEMBERS[0], MEMBERS[1])
    for member in (MEMBERS[0], MEMBERS[0], MEMBERS[1], MEMBERS[2]):
        view = market.pull(member)
    assert (view.pulls, market.is_paused) == (2, False)


def test_m18_newcomers_owners_and_strangers_cannot_pull() -> None:
    market = BrakeMarket()
    for denied, error in ((LIN, RoleNotAllowed), (HAO, RoleNotAllowed), (caller("stranger"), CircleNotFound)):
        with pytest.raises(error):
            market.pull(denied)


def test_m18_fifty_parallel_pulls_pause_once() -> None:
    market = BrakeMarket()
    market.verify(*MEMBERS[:5])
    with overridden(settings, **settings().model_dump() | {"min_brake_pulls": 8}):
        pulls = [partial(market.pull, MEMBERS[number % 11]) for number in range(50)]
        assert not [result for result in run_at_once(*pulls) if isinstance(result, Exception)]
        assert not market.is_paused  # 11 users are 7 persons
        market.pull(MEMBERS[11])
    assert market.is_paused
    assert len([event for event in market.publish() if isinstance(event, CircleChanged)]) == 1


def test_m18_the_brake_pauses_all_services_for_72_hours_and_opens_one_case() -> None:
    market = BrakeMarket()
    for member in MEMBERS[:3]:
        market.pull(member)
    market.publish()
    reports = [event for event in market.publish() if isinstance(event, SellingReported)]
    acts = (
        market.order,
        partial(market.send, "card-0001"),
        partial(post_note, market.simulation, market.circle_id, YAN, listing_ids=(market.listing.id,)),
    )
    for act in acts:
        with pytest.raises(SellingNotOpen) as denied:
            act()
        assert denied.value.facts["rule"] == "paused"
    assert not any(market.shown().values())
    market.simulation.clock.advance(hours=72)
    for act in acts:
        act()
    assert len(reports) <= 1


def test_m18_the_case_of_a_brake_has_price_and_commission() -> None:
    market = BrakeMarket()
    for member in MEMBERS[:3]:
        market.pull(member)
    events = [*market.publish(), *market.publish()]
    (report,) = (event for event in events if isinstance(event, SellingReported))
    (listing,) = report.data.evidence["listings"]
    assert (report.data.kind, report.data.author_id) == ("selling_pause", LIN.user_id)
    assert (listing["amount"], listing["seller_id"], listing["owner_commission"]) == (12_900, MEI.user_id, 0)


def test_m18_after_a_pause_a_new_round_begins() -> None:
    market = BrakeMarket()
    for member in MEMBERS[:3]:
        market.pull(member)
    assert market.pull(MEMBERS[3]).pulls == 0  # a pull while sales are paused changes nothing
    market.simulation.clock.advance(hours=73)
    assert market.pull(MEMBERS[0]).pulls == 1
    market.simulation.clock.advance(days=8)
    assert market.pull(MEMBERS[1]).pulls == 1
