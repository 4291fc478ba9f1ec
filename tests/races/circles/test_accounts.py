"""Races of the export and the deletion of an account."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain.deletion import ContentChoice, DeletionState
from services.circles.repository.deletions import find_deletion
from services.circles.settings import settings
from services.shared.messaging.events import DeletionChecked, DeletionCheckedData
from services.shared.security.auth import Caller
from services.shared.table.items import Query
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of

pytestmark = pytest.mark.cloud

MEI = caller("mei")


def checked(simulation: Simulation, user: Caller) -> DeletionChecked:
    """Return the event that nothing must be finished first, for the current check."""
    deletion = circles.get_deletion(simulation.circles, user)
    data = DeletionCheckedData(user_id=user.user_id, check=deletion.check, obstacles=[])
    return DeletionChecked(**envelope(simulation, user.user_id), data=data)


def test_a6_of_many_requests_at_once_one_export_of_the_account_is_created(rounds: Rounds) -> None:
    for simulation in rounds:
        keys = [new_key(MEI, now=simulation.clock.now) for _ in range(20)]
        served, denied = split_results(
            race([partial(circles.create_account_export, simulation.circles, key) for key in keys * 10])
        )
        assert len({export.id for export in served}) == 1
        assert types_of(denied) == {errors.ExportRunning}


def test_a6_an_export_that_is_requested_twenty_times_at_once_is_one_archive_with_equal_responses(rounds: Rounds) -> None:
    for simulation in rounds:
        key = new_key(MEI, now=simulation.clock.now)
        exports = race([partial(circles.create_account_export, simulation.circles, key)] * 20)
        assert exports == exports[:1] * 20
        query = Query(pk=f"USER#{MEI.user_id}", prefix="EXPORT#", limit=20, consistent_read=True)
        assert [item["sk"] for item in simulation.circles_table.query(query).items] == [f"EXPORT#{exports[0].id}"]


def test_a6_a_withdrawal_while_the_erasure_begins_is_either_withdrawn_or_too_late(rounds: Rounds) -> None:
    for simulation in rounds:
        circles.request_deletion(simulation.circles, MEI, ContentChoice.DELETE)
        circles.apply_deletion_checked(simulation.circles, checked(simulation, MEI))
        simulation.clock.now += settings().deletion_notice + timedelta(seconds=1)
        circles.handle_schedule(simulation.circles)
        event = checked(simulation, MEI)
        begins = [partial(circles.apply_deletion_checked, simulation.circles, event)] * 16
        *_, withdrawn = race([*begins, partial(circles.withdraw_deletion, simulation.circles, MEI)])
        deletion = find_deletion(simulation.circles_table, MEI.user_id)
        assert deletion
        if withdrawn is None:
            assert deletion.state is DeletionState.WITHDRAWN
        else:
            assert isinstance(withdrawn, errors.DeletionStarted)
            assert deletion.state is DeletionState.DELETING
