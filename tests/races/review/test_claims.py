"""Parallel claims, releases, hand-overs and edits of one identity and its rivals."""

from __future__ import annotations

from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain import Application
from services.review.errors import (
    ApplicationAlreadyClaimed,
    ClaimLimitReached,
    LeaseExpired,
    LeaseLimitReached,
    ReadLimitReached,
)
from services.review.settings import settings
from simulation.settings import overridden
from simulation.setup.applications import current_application, enrol_reviewer
from simulation.simulation import Simulation
from tests.races.conftest import Rounds
from tests.races.review.test_decisions import create_many
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud


def claimed_by(simulation: Simulation, applications: list[Application], *user_ids: str) -> int:
    claims = [current_application(simulation, application).claim for application in applications]
    return sum(bool(claim and claim.is_active(simulation.clock.now) and claim.reviewer in user_ids) for claim in claims)


@overridden(settings, max_claims=5)
def test_r3_parallel_claims_of_one_identity_do_not_exceed_its_limit(rounds: Rounds) -> None:
    """Under two users, while the list is full of claims that have ended."""
    for simulation in rounds:
        users = [enrol_reviewer(simulation, name, "one") for name in ("first", "first-too")]
        applications = create_many(simulation, 24)
        for application in applications[:5]:
            review.claim_application(simulation.review, users[0], application.id)
            review.release_claim(simulation.review, users[0], application.id)
        simulation.clock.advance(minutes=1)
        calls = [
            partial(review.claim_application, simulation.review, users[number % 2], application.id)
            for number, application in enumerate(applications)
        ]
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), types_of(failed)) == (5, {ClaimLimitReached})
        assert claimed_by(simulation, applications, *(user.user_id for user in users)) == 5


@overridden(settings, max_leases=3)
def test_r3_parallel_releases_and_claims_do_not_exceed_the_leases_of_an_identity(rounds: Rounds) -> None:
    for simulation in rounds:
        users = [enrol_reviewer(simulation, name, "one") for name in ("first", "first-too")]
        (application,) = create_many(simulation, 1)
        acts = (review.claim_application, review.release_claim, review.extend_claim)
        calls = [partial(act, simulation.review, user, application.id) for act in acts for user in users] * 5
        _, failed = split_results(race(calls))
        assert types_of(failed) <= {ApplicationAlreadyClaimed, LeaseExpired, LeaseLimitReached}
        ((_, began),) = current_application(simulation, application).leases
        assert len(began) <= 3


@overridden(settings, max_claims=5)
def test_r3_parallel_hand_overs_do_not_exceed_the_limit_of_their_receiver(rounds: Rounds) -> None:
    for simulation in rounds:
        giver, receiver = enrol_reviewer(simulation, "giver"), enrol_reviewer(simulation, "receiver")
        applications = create_many(simulation, 16, claimed_by=giver)
        calls = [
            partial(review.hand_over_claim, simulation.review, giver, application.id, receiver.user_id)
            for application in applications
        ]
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), types_of(failed)) == (5, {ClaimLimitReached})
        assert claimed_by(simulation, applications, receiver.user_id) == 5
        assert claimed_by(simulation, applications, giver.user_id) == 11


@overridden(settings, max_reads_per_hour=8)
def test_r12_parallel_reads_of_one_identity_do_not_exceed_its_limit(rounds: Rounds) -> None:
    for simulation in rounds:
        users = [enrol_reviewer(simulation, name, "one") for name in ("first", "first-too")]
        (application,) = create_many(simulation, 1)
        calls = [partial(review.get_application, simulation.review, user, application.id) for user in users] * 8
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), types_of(failed)) == (8, {ReadLimitReached})
