"""Events as the services publish them."""

from __future__ import annotations

from typing import Any

from services.shared.kernel.clock import rfc3339
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import (
    ContentReported,
    ContentReportedData,
    MessageReported,
    MessageReportedData,
    NoteReported,
    SeatGranted,
    SeatGrantedData,
    SurroundingMessageData,
    TakeDownChanged,
    TakeDownChangedData,
)
from services.shared.security.auth import Caller
from simulation.simulation import Simulation
from simulation.streams import all_changes, published_events
from simulation.users import caller


def envelope(simulation: Simulation, entity_id: str, version: int | None = None) -> dict[str, Any]:
    at = simulation.clock.now
    version = version or int(at.timestamp() * 1000)
    return {"id": new_id("evt"), "entity_id": entity_id, "entity_version": version, "occurred_at": at, "correlation_id": "test"}


def note_reported(simulation: Simulation, reporter: Caller, note_id: str = "note_01KJY2E1KX7BMZ758QWDX6V9QC") -> NoteReported:
    """Return the event that circles publishes when a member reports a note without pictures."""
    state = ContentReportedData(
        service="circles",
        kind="note",
        subject_id=note_id,
        circle_id="cir_01KJY2E1KX7BMZ758QWDX6V9QC",
        author_id=caller("author").user_id,
        reporter_id=reporter.user_id,
        reason="spam",
        text="反复发广告。",
        evidence={"text": "加我看更多"},
    )
    return NoteReported(**envelope(simulation, f"{note_id}/{reporter.user_id}"), data=state)


def message_reported(simulation: Simulation, reporter: Caller, seq: int = 4, *, revision: int = 1) -> MessageReported:
    """Return the event that chat publishes when a member reports a message with 3 messages before and 3 after it."""
    subject_id, at = f"rom_01KJY2E1KX7BMZ758QWDX6V9QC/{seq}", simulation.clock.now
    around = [number for number in range(seq - 3, seq + 4) if number != seq]
    data = MessageReportedData(
        service="chat",
        kind="message",
        subject_id=subject_id,
        circle_id="cir_01KJY2E1KX7BMZ758QWDX6V9QC",
        author_id=caller("author").user_id,
        reporter_id=reporter.user_id,
        reason="spam",
        text="反复发广告。",
        evidence={"text": "加我看更多", "listing_id": "", "sent_at": rfc3339(at), "pictures": []},
        revision=revision,
        surroundings=[
            SurroundingMessageData(
                seq=number, kind="text", sender=caller("bystander").user_id, text=f"第 {number} 条，旁边的话", sent_at=at
            )
            for number in around
        ],
    )
    return MessageReported(**envelope(simulation, f"{subject_id}/{reporter.user_id}"), data=data)


def seat_granted(simulation: Simulation, owner: Caller) -> SeatGranted:
    application_id = new_id("app")
    seat = SeatGrantedData(
        application_id=application_id,
        applicant_id=owner.user_id,
        cohort="first-100",
        seat=1,
        circle_name="城市观鸟圈",
        circle_tags=["观鸟"],
    )
    return SeatGranted(**envelope(simulation, application_id), data=seat)


CASE = "cas_01KJY2E1KX7BMZ758QWDX6V9QC"


def take_down_changed(
    simulation: Simulation,
    service: str,
    kind: str,
    subject_id: str,
    circle_id: str,
    *,
    is_active: bool = True,
    version: int | None = None,
    case_id: str = CASE,
    violation: str = "harassment",
) -> TakeDownChanged:
    """Return the event that review publishes when a case takes content down, or an appeal restores it.

    version: by default that of the simulation's clock, so a later event has a higher one.
    """
    data = TakeDownChangedData(
        case_id=case_id,
        service=service,
        kind=kind,
        subject_id=subject_id,
        circle_id=circle_id,
        author_id=caller("author").user_id,
        violation=violation,
        is_active=is_active,
    )
    return TakeDownChanged(**envelope(simulation, case_id, version), data=data)


def content_reports(simulation: Simulation, service: str) -> list[ContentReported]:
    """Return the reports of content that a service has published."""
    return [
        event for event in published_events(service, all_changes(simulation, service)) if isinstance(event, ContentReported)
    ]
