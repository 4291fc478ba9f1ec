"""The scenarios of a buyer's show: posted, listed, deleted; its badge lost by a refund or chargeback, and won back."""

from __future__ import annotations

from typing import Any

from services.circles import usecases as circles
from services.shared.kernel.pages import PageRequest
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LISTING, ORDER, YAN, posted
from tests.kill.payments import open_chargeback, refund_payment, win_chargeback
from tests.kill.scenario import Scenario

SHOW_KEY = new_key(HAO)


def post_show(simulation: Simulation) -> Any:
    note_input = circles.NoteInput("到手了, 很清楚", ("观鸟",), show=circles.ShowInput(ORDER, LISTING))
    return circles.post_note(simulation.circles, HAO, CIRCLE, SHOW_KEY, note_input).note


def list_shows(simulation: Simulation) -> Any:
    return circles.list_shows(simulation.circles, YAN, CIRCLE, LISTING, PageRequest(20))


def delete_show(simulation: Simulation) -> Any:
    circles.delete_note(simulation.circles, HAO, CIRCLE, posted(simulation).id)


SHOWS = (
    Scenario("post-show", post_show, "confirm-receipt"),
    Scenario("list-shows", list_shows, "post-show"),
    Scenario("delete-show", delete_show, "post-show"),
    Scenario("refund-after-show", refund_payment, "post-show"),
    Scenario("charge-back-after-show", open_chargeback, "post-show"),
    Scenario("win-chargeback-after-show", win_chargeback, "charge-back-after-show"),
)
