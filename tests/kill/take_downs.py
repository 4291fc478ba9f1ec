"""The scenarios of content that review takes down, and of the ends of take-downs, each delivered as an event."""

from __future__ import annotations

from collections.abc import Callable

from services.shared.messaging.events import TakeDownChanged, TakeDownChangedData
from services.shared.table.items import Query
from simulation.simulation import Simulation
from simulation.streams import deliver
from tests.kill.actions import CIRCLE, LISTING, MEI, ROOM, Action
from tests.kill.pictures import PICTURE
from tests.kill.scenario import Scenario

CASE = "cas_01KJY2E1KX7BMZ758QWDX6V9QC"
Subject = Callable[[Simulation], str]


def deliver_take_down(service: str, kind: str, subject: Subject, *, is_active: bool = True) -> Action:
    """Deliver the event of a case to a service. The end of a take-down is the later version of the same case."""

    def action(simulation: Simulation) -> None:
        data = TakeDownChangedData(
            case_id=CASE,
            service=service,
            kind=kind,
            subject_id=subject(simulation),
            circle_id=CIRCLE,
            author_id=MEI.user_id,
            violation="spam",
            is_active=is_active,
        )
        at = simulation.clock.now
        envelope = {"id": "evt_1", "entity_id": CASE, "entity_version": 1 if is_active else 2, "correlation_id": "test"}
        event = TakeDownChanged.model_validate({**envelope, "occurred_at": at, "data": data})
        deliver(simulation, service, event)

    return action


def _first(simulation: Simulation, pk: str, prefix: str) -> str:
    """Return the id of the first item; what is down is in no list."""
    return str(simulation.circles.table.query(Query(pk=pk, prefix=prefix, limit=1)).items[0]["id"])


def note(simulation: Simulation) -> str:
    return _first(simulation, f"CIRCLE#{CIRCLE}", "NOTE#")


def comment(simulation: Simulation) -> str:
    return _first(simulation, f"CIRCLE#{CIRCLE}#NOTE#{note(simulation)}", "COMMENT#")


def take_down_and_restore(name: str, service: str, subject: Subject, after: str) -> tuple[Scenario, Scenario]:
    kind = name.partition("-")[0]
    return (
        Scenario(f"take-down-{name}", deliver_take_down(service, kind, subject), after),
        Scenario(f"restore-{name}", deliver_take_down(service, kind, subject, is_active=False), f"take-down-{name}"),
    )


TAKE_DOWNS = (
    *take_down_and_restore("note", "circles", note, "highlight"),
    *take_down_and_restore("note-with-a-picture", "circles", note, "report-picture"),
    *take_down_and_restore("picture", "circles", lambda simulation: f"{note(simulation)}/{PICTURE}", "post-picture"),
    *take_down_and_restore("comment", "circles", comment, "report-comment"),
    *take_down_and_restore("profile", "circles", lambda _: f"{CIRCLE}/{MEI.user_id}", "report-member"),
    *take_down_and_restore("circle_page", "circles", lambda _: CIRCLE, "report-circle"),
    *take_down_and_restore("message", "chat", lambda _: f"{ROOM}/1", "pin-message"),
    *take_down_and_restore("listing", "commerce", lambda _: LISTING, "place-order"),
)
