"""The scenarios of notes and comments that are edited, deleted and removed, with their actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.circles import usecases as circles
from services.circles.domain import Comment
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.items import Query
from simulation.setup.requests import change
from simulation.simulation import Simulation
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, REPORT, Action, posted
from tests.kill.scenario import Scenario


def commented(simulation: Simulation) -> Comment:
    """Return the comment that was added; the server chose its id."""
    return circles.list_comments(simulation.circles, HAO, CIRCLE, posted(simulation).id, PageRequest(1)).items[0]


def on_comment(use_case: Callable[..., Any], by: Caller, *arguments: Any) -> Action:
    """Call a use case with the comment that was added."""

    def action(simulation: Simulation) -> Any:
        comment = commented(simulation)
        return use_case(simulation.circles, by, CIRCLE, comment.note_id, comment.id, *arguments)

    return action


def update_comment(simulation: Simulation) -> Any:
    request = change(commented(simulation).version, "edit-comment")
    return on_comment(circles.update_comment, HAO, request, "改了")(simulation)


def on_first_note(use_case: Callable[..., Any], by: Caller, *arguments: Any) -> Action:
    """Call a use case with the note that was posted, which is in no list any more once it is deleted."""

    def action(simulation: Simulation) -> Any:
        notes = simulation.circles.table.query(Query(pk=f"CIRCLE#{CIRCLE}", prefix="NOTE#", limit=1))
        return use_case(simulation.circles, by, CIRCLE, notes.items[0]["id"], *arguments)

    return action


IN_A_THREAD = (
    Scenario("update-comment", update_comment, "comment"),
    Scenario("delete-comment", on_comment(circles.delete_comment, HAO), "update-comment"),
    Scenario("report-comment", on_comment(circles.report_comment, MEI, REPORT), "update-comment"),
    Scenario("remove-comment", on_comment(circles.remove_comment, LIN, "人身攻击。"), "update-comment"),
    Scenario("delete-note", on_first_note(circles.delete_note, MEI), "update-note"),
    Scenario("remove-note", on_first_note(circles.remove_note, LIN, "公布了巢址。"), "update-note"),
)
