"""Take-downs as review publishes them, delivered to the inbox of a service."""

from __future__ import annotations

import json

from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import TakeDownChanged, TakeDownChangedData
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Context
from simulation.api.moto_cloud import service_module
from simulation.streams import NO_FAILURES

CASE = "cas_01KJY2E1KX7BMZ758QWDX6V9QC"


def take_down(
    api: ApiFixture, service: str, kind: str, subject_id: str, *, is_active: bool = True, violation: str = "harassment"
) -> None:
    """Deliver a take-down, or its end, and process all that follows from it."""
    at = utc_now()
    data = TakeDownChangedData(
        case_id=CASE,
        service=service,
        kind=kind,
        subject_id=subject_id,
        circle_id=api.ids["circle_id"],
        author_id=api.users["target"].user_id,
        violation=violation,
        is_active=is_active,
    )
    version = int(at.timestamp() * 1_000_000)  # of the case: each delivery of a test is a later one
    envelope = {"id": new_id("evt"), "entity_id": CASE, "entity_version": version, "occurred_at": at, "correlation_id": "test"}
    body = json.dumps({"detail": TakeDownChanged.model_validate({**envelope, "data": data}).detail()})
    batch = {"Records": [{"messageId": "take-down", "body": body}]}
    assert service_module("inbox", service).on_inbox(batch, Context()) == NO_FAILURES
    api.gateway.run_streams()


def restore(api: ApiFixture, service: str, kind: str, subject_id: str) -> None:
    take_down(api, service, kind, subject_id, is_active=False)
