"""A circle that cannot be recounted, and an outage during the recount."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.circles import usecases as circles
from services.circles.repository import recounts as repository
from services.circles.repository.notes import note_key
from services.shared.table.items import PRESENT
from services.shared.table.port import Throttled
from simulation.faults import Fault, FaultyTable
from simulation.simulation import Simulation
from tests.usecases.circles.test_recounts import Shelf


def test_a_circle_that_cannot_be_recounted_stops_no_other_and_no_tags() -> None:
    simulation = Simulation()
    first, second = sorted((Shelf(1, simulation), Shelf(1, simulation)), key=lambda shelf: shelf.circle_id)
    simulation.circles_table.update(note_key(first.circle_id, first.notes[0].id), remove=["id"], when=PRESENT)
    second.plant(second.notes[0], likes=1)
    for _ in range(2):
        circles.plan_recount(simulation.circles, first.circle_id)
        second.night()
    assert (second.waiting, second.counters(second.notes[0])) == (0, (0, 0))


def test_in_an_outage_a_circle_keeps_waiting() -> None:
    simulation = Simulation()
    ports = replace(simulation.circles, table=FaultyTable(simulation.circles_table, Fault.THROTTLED, at=3))
    circles.plan_recount(ports, "cir_1")
    with pytest.raises(Throttled):
        circles.recount_counters(ports)
    assert len(repository.list_note_recounts(ports.table, 9)) == 1
