"""An export is read with the role that its user has now."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain.export import ExportKind
from services.circles.usecases.circles import remove_owner
from simulation.setup.circles import create_circle
from simulation.setup.exports import run_export
from simulation.simulation import Simulation
from simulation.users import caller

LIN, MEI = caller("lin"), caller("mei")


def test_c26_a_former_owner_cannot_read_their_export_of_the_circle() -> None:
    """Neither the export nor a file of it, also if it was ready before; an export of their own data they can."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    export = run_export(simulation, circle_id, LIN, ExportKind.CIRCLE)
    circles.get_export_part_url(simulation.circles, LIN, circle_id, export.id, 0)
    remove_owner(simulation.circles, circle_id, LIN.user_id)
    with pytest.raises(errors.ExportNotFound):
        circles.get_export(simulation.circles, LIN, circle_id, export.id)
    for index in range(len(export.parts) + 1):
        with pytest.raises(errors.ExportNotFound):
            circles.get_export_part_url(simulation.circles, LIN, circle_id, export.id, index)
    with pytest.raises(errors.ExportNotFound):
        circles.get_exported_picture_url(simulation.circles, LIN, circle_id, export.id, "pic_1")
    own = run_export(simulation, circle_id, LIN, ExportKind.OWN)
    circles.get_export_part_url(simulation.circles, LIN, circle_id, own.id, 0)
