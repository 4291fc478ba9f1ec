"""A sample of the crash tests over deployed tables: a plan each for a quarter of the scenarios, another at the next commit."""

from __future__ import annotations

import itertools
import random

import pytest

from simulation.registry import REGISTRY
from tests.kill.scenarios import SCENARIOS, after
from tests.kill.test_kill import Contents, broken_invariants, calls_of, plans, run
from tests.support.mirrored_table import mirrored_tables_on
from tests.support.sampling import is_due
from tests.support.tables import client_of, running_endpoint

pytestmark = pytest.mark.cloud

SHARES = 4


def test_a_sample_of_kills_on_the_local_cloud() -> None:
    due, injected = [scenario for name, scenario in SCENARIOS.items() if is_due(name, shares=SHARES)], 0
    with running_endpoint() as endpoint, mirrored_tables_on(client_of(endpoint)) as mirrored:
        for scenario in due:
            contents = Contents()
            expected = contents.of(after(scenario.name))
            candidates = list(itertools.islice(plans(scenario, calls_of(scenario)), 400))
            plan = random.Random(scenario.name).choice(candidates)
            driver, faults_injected = run(scenario, plan, retries=True, wrap_table=mirrored)
            for service in REGISTRY:
                mirrored.require_equal(service, driver.tables[service])
            injected += faults_injected
            assert contents.of(driver) == expected, (scenario.name, plan)
            assert not broken_invariants(driver), (scenario.name, plan)
    print(f"{len(due)} runs, {injected} faults injected, 0 invariants broken")
