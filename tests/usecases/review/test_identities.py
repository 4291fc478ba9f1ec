"""Every use case that takes a real-name token publishes whose user it is, so that the other services know a person's users."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.commerce.domain import ListingKind
from services.review import usecases as review
from services.shared.messaging.events import AccountVerified
from services.shared.security.auth import Caller
from simulation.setup.applications import create_application, enrol_reviewer, submit_application
from simulation.setup.commerce import HAO, LIN, Shop
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events
from simulation.users import caller, real_name_token
from tests.usecases.review.acts import accept_succession, offer_succession

MEI = caller("mei")
PERSON = "the person"


def verify_identity(simulation: Simulation, user: Caller) -> None:
    review.verify_identity(simulation.review, user, real_name_token(user.user_id, PERSON))


# Every use case that takes a real-name token, and the user of the token.
VERIFICATIONS: dict[str, tuple[Caller, Callable[[Simulation], object]]] = {
    "verify_identity": (LIN, lambda simulation: verify_identity(simulation, LIN)),
    "create_application": (LIN, lambda simulation: create_application(simulation, LIN, identity_id=PERSON)),
    "accept_succession": (
        MEI,
        lambda simulation: accept_succession(simulation, MEI, offer_succession(simulation, LIN, MEI), PERSON),
    ),
    "enrol_reviewer": (caller("rui"), lambda simulation: enrol_reviewer(simulation, "rui", PERSON)),
}


def verifications(simulation: Simulation) -> list[AccountVerified]:
    events = published_events("review", all_changes(simulation, "review"))
    return [event for event in events if isinstance(event, AccountVerified)]


@pytest.mark.parametrize("name", VERIFICATIONS)
def test_m16_every_verification_publishes_the_identity_once(name: str) -> None:
    simulation = Simulation()
    user, verification = VERIFICATIONS[name]
    verification(simulation)
    verify_identity(simulation, user)
    verify_identity(simulation, HAO)
    events = verifications(simulation)
    assert [event.data.user_id for event in events] == [user.user_id, HAO.user_id]
    assert len({event.data.identity_id for event in events}) == 1


def test_m16_an_owner_who_is_verified_by_an_application_alone_earns_nothing_on_their_second_account() -> None:
    shop = Shop(ListingKind.MERCHANT, amount=10_000)
    submit_application(shop.simulation, LIN, identity_id=PERSON)
    verify_identity(shop.simulation, HAO)
    for event in verifications(shop.simulation):
        deliver(shop.simulation, "commerce", event)
    assert shop.order().shares.owner.amount == 0


def test_m16_a_user_who_is_verified_as_two_persons_is_published_for_both() -> None:
    simulation = Simulation()
    verify_identity(simulation, LIN)
    review.verify_identity(simulation.review, LIN, real_name_token(LIN.user_id, "another person"))
    verify_identity(simulation, LIN)
    events = verifications(simulation)
    assert {event.data.user_id for event in events} == {LIN.user_id}
    assert (len(events), len({event.data.identity_id for event in events})) == (2, 2)
