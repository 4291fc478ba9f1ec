"""A sample of the crash tests over deployed tables: KILL_CLOUD_RUNS plans per scenario, or one."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from simulation.registry import REGISTRY
from tests.kill.scenarios import SCENARIOS, after
from tests.kill.test_kill import Contents, broken_invariants, calls_of, plans, run
from tests.support.mirrored_table import mirrored_tables_on
from tests.support.tables import client_of, running_endpoint

pytestmark = pytest.mark.cloud

RUNS_PER_SCENARIO = int(os.environ.get("KILL_CLOUD_RUNS", "1"))


def test_a_sample_of_kills_on_the_local_cloud() -> None:
    injected = 0
    with running_endpoint() as endpoint, mirrored_tables_on(client_of(endpoint)) as mirrored:
        for scenario in SCENARIOS.values():
            contents = Contents()
            expected = contents.of(after(scenario.name))
            candidates = list(itertools.islice(plans(scenario, calls_of(scenario)), 400))
            for plan in random.Random(scenario.name).sample(candidates, min(RUNS_PER_SCENARIO, len(candidates))):
                driver, faults_injected = run(scenario, plan, retries=True, wrap_table=mirrored)
                for service in REGISTRY:
                    mirrored.require_equal(service, driver.tables[service])
                injected += faults_injected
                assert contents.of(driver) == expected, (scenario.name, plan)
                assert not broken_invariants(driver), (scenario.name, plan)
    print(f"{RUNS_PER_SCENARIO * len(SCENARIOS)} runs, {injected} faults injected, 0 invariants broken")
