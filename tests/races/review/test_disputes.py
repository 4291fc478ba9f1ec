"""Races of reviewers about one dispute: one ruling is published, and two identities made it."""

from __future__ import annotations

import random
from functools import partial

import pytest

from services.review import usecases as review
from services.review.domain.dispute import RulingState
from services.review.repository.disputes import load_dispute
from simulation.setup.applications import enrol_reviewer
from tests.races.conftest import Rounds
from tests.support.races import race, split_results
from tests.usecases.review.ruling_acts import dispute_with

pytestmark = pytest.mark.cloud


def test_m13_rulings_of_4_reviewers_at_once_are_one_of_two_identities(rounds: Rounds) -> None:
    for simulation in rounds:
        reviewers = [enrol_reviewer(simulation, name) for name in ("rui", "shan", "tao", "wen")]
        dispute_id = dispute_with(simulation)
        race([partial(review.propose_ruling, simulation.review, by, dispute_id, 100, "双方各半。") for by in reviewers])
        proposed = load_dispute(simulation.review_table, dispute_id).entity
        assert proposed.proposal
        ratify = [partial(review.ratify_ruling, simulation.review, by, dispute_id, proposed.proposal.id) for by in reviewers]
        ratified, _ = split_results(race(random.sample(ratify * 4, 16)))
        after = load_dispute(simulation.review_table, dispute_id).entity
        assert after.state is RulingState.RULED
        assert after.ratifier
        assert after.ratifier.identity_hash != proposed.proposal.by.identity_hash
        assert {one.ratifier for one in ratified} == {after.ratifier}
        assert after.trail.length == 2
