"""A7: however many reads of one identity arrive at once, no more than the limit return anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.names.pinyin import NameQuery
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.kernel.errors import ReadLimitReached
from services.shared.kernel.pages import PageRequest
from services.shared.security.access_logs import ACCESS_LOGS, access_log_key
from services.shared.security.auth import Caller
from simulation.setup.applications import OPERATOR
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

SUBJECT, PAGE = caller("subject").user_id, PageRequest(20)
READS: dict[str, Callable[[Simulation, Caller], Any]] = {
    "circles": lambda simulation, by: circles.list_users(simulation.circles, by, NameQuery.parse("a"), PAGE),
    "commerce": lambda simulation, by: commerce.list_user_orders(simulation.commerce, by, SUBJECT, PAGE),
    "review": lambda simulation, by: review.get_user_record(simulation.review, by, SUBJECT),
}


@pytest.mark.parametrize("service", READS)
def test_a7_of_61_parallel_reads_exactly_60_return(service: str, rounds: Rounds) -> None:
    for simulation in rounds:
        calls = [partial(READS[service], simulation, OPERATOR)] * 61
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), types_of(failed)) == (60, {ReadLimitReached})
        log = ACCESS_LOGS.get(simulation.ports(service).table, access_log_key(OPERATOR.user_id), consistent_read=True)
        assert (log.count, log.trail.length) == (60, 60)
