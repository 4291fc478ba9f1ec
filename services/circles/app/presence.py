"""What is called about reading and checking in."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import OPEN, api
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/views")
def record_views(caller: Caller, circle_id: str, body: schemas.ViewsRequest) -> None:
    """Tell which notes you have read; each counts once a day. Reading is what a newcomer is trusted for."""
    usecases.record_views(wiring.ports(), caller, circle_id, body.note_ids)


@api.post("/circles/{circle_id}/check-ins", raises=OPEN)
def check_in(caller: Caller, circle_id: str) -> schemas.CheckInsResponse:
    """Check in today; twice is once. A day ends at midnight in China."""
    ports = wiring.ports()
    return schemas.CheckInsResponse.of(usecases.check_in(ports, caller, circle_id), ports.clock())


@api.post("/circles/{circle_id}/check-ins/make-up", raises=(*OPEN, errors.NothingToMakeUp, errors.CardUsed))
def make_up(caller: Caller, circle_id: str, body: schemas.MakeUpRequest) -> schemas.CheckInsResponse:
    """Fill one day that you missed within the last week, by the month's card."""
    ports = wiring.ports()
    return schemas.CheckInsResponse.of(usecases.make_up(ports, caller, circle_id, body.day), ports.clock())


@api.get("/circles/{circle_id}/check-ins")
def get_check_ins(caller: Caller, circle_id: str) -> schemas.CheckInsResponse:
    """Read your streak."""
    ports = wiring.ports()
    return schemas.CheckInsResponse.of(usecases.get_check_ins(ports, caller, circle_id), ports.clock())
