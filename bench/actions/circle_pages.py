"""The actions on the page of a circle."""

from __future__ import annotations

from bench.dataset import HAO, LIN
from bench.measure import Action
from services.circles import usecases as circles
from services.shared.table.reports import ReportInput
from simulation.setup.requests import change

ABOUT = {"description": "只聊城市里的野鸟"}
CIRCLE_PAGES = (
    Action(
        "circles",
        "change the page of a circle",
        lambda dataset: circles.update_circle(dataset.simulation.circles, LIN, dataset.circle, change(0), ABOUT),
    ),
    Action(
        "circles",
        "report a circle",
        lambda dataset: circles.report_circle(dataset.simulation.circles, HAO, dataset.circle, ReportInput("spam")),
    ),
    Action(
        "circles",
        "report the name of a circle",
        lambda dataset: circles.report_circle_name(dataset.simulation.circles, HAO, dataset.circle, ReportInput("spam")),
    ),
)
