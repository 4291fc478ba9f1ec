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
from services.shared.kernel.errors import ReadGrantInvalid, ReadLimitReached
from services.shared.kernel.pages import PageRequest
from services.shared.security.access_logs import ACCESS_LOGS, AccessLog, access_log_key
from services.shared.security.auth import Caller
from simulation.setup.applications import OPERATOR
from simulation.setup.staff import read_grant
from simulation.simulation import Simulation
from simulation.users import caller
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

SUBJECT, PAGE = caller("subject").user_id, PageRequest(20)
READS: tuple[Callable[[Simulation, Caller], Any], ...] = (
    lambda simulation, by: circles.list_users(
        simulation.circles, by, NameQuery.parse("a"), PAGE, read_grant(simulation, by, "users")
    ),
    lambda simulation, by: commerce.list_user_orders(
        simulation.commerce, by, SUBJECT, PAGE, read_grant(simulation, by, "orders", SUBJECT)
    ),
    lambda simulation, by: review.get_user_record(simulation.review, by, SUBJECT),
)


def log_of(simulation: Simulation, service: str) -> AccessLog:
    return ACCESS_LOGS.get(simulation.ports(service).table, access_log_key(OPERATOR.user_id), consistent_read=True)


def test_a7_of_61_parallel_reads_over_all_services_exactly_60_return(rounds: Rounds) -> None:
    for simulation in rounds:
        calls = [partial(READS[number % 3], simulation, OPERATOR) for number in range(61)]
        succeeded, failed = split_results(race(calls))
        assert (len(succeeded), types_of(failed)) == (60, {ReadLimitReached})
        counted = log_of(simulation, "review")
        assert (counted.count, counted.trail.length) == (60, 60)
        granted = [log_of(simulation, service) for service in ("circles", "commerce")]
        assert all(len(log.used) == log.trail.length for log in granted)
        assert sum(log.trail.length for log in granted) in (39, 40, 41), "each of them is one of the 60"


def test_a7_of_parallel_reads_with_one_grant_one_returns(rounds: Rounds) -> None:
    for simulation in rounds:
        grant = read_grant(simulation, OPERATOR, "users")
        call = partial(circles.list_users, simulation.circles, OPERATOR, NameQuery.parse("a"), PAGE, grant)
        succeeded, failed = split_results(race([call] * 32))
        assert (len(succeeded), types_of(failed)) == (1, {ReadGrantInvalid})
        assert log_of(simulation, "circles").trail.length == 1
