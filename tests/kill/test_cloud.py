"""A sample of the kills with real tables beneath: KILL_CLOUD_RUNS of each scenario, one unless told."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from simulation.services import SERVICES
from tests.kill.scenarios import SCENARIOS, state
from tests.kill.test_kill import broken_invariants, calls_of, content, plans, run
from tests.support.mirrored_table import twins_on
from tests.support.tables import client_of, running_endpoint

pytestmark = pytest.mark.cloud

EACH = int(os.environ.get("KILL_CLOUD_RUNS", "1"))


def test_a_sample_of_kills_on_the_local_cloud() -> None:
    injected = 0
    with running_endpoint() as endpoint, twins_on(client_of(endpoint)) as twins:
        for scenario in SCENARIOS.values():
            wanted = content(state(scenario.name))
            some = list(itertools.islice(plans(scenario, calls_of(scenario)), 400))
            for plan in random.Random(scenario.name).sample(some, min(EACH, len(some))):
                sim, struck = run(scenario, plan, again=True, beneath=twins)
                for service in SERVICES:
                    twins.settle(service, sim.tables[service])
                injected += struck
                assert content(sim) == wanted, (scenario.name, plan)
                assert not broken_invariants(sim), (scenario.name, plan)
    print(f"{EACH * len(SCENARIOS)} runs, {injected} faults injected, 0 invariants broken")
