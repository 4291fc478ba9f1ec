"""Routes of check-ins."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import WRITABLE, api
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post("/circles/{circle_id}/check-ins", kind=ActionKind.PARTICIPATE, raises=WRITABLE)
def check_in(caller: Caller, circle_id: str) -> schemas.CheckInsResponse:
    """Check in for today; a day ends at midnight in China time. A repeat changes nothing."""
    ports = wiring.ports()
    return schemas.CheckInsResponse.of(usecases.check_in(ports, caller, circle_id), ports.clock())


@api.post(
    "/circles/{circle_id}/check-ins/make-up",
    kind=ActionKind.PARTICIPATE,
    raises=(*WRITABLE, errors.MakeUpDayNotEligible, errors.MakeUpCardUsed),
)
def make_up_day(caller: Caller, circle_id: str, body: schemas.MakeUpRequest) -> schemas.CheckInsResponse:
    """Make up one day that you missed in the last week, with this month's card."""
    ports = wiring.ports()
    return schemas.CheckInsResponse.of(usecases.make_up_day(ports, caller, circle_id, body.day), ports.clock())


@api.get("/circles/{circle_id}/check-ins")
def get_check_ins(caller: Caller, circle_id: str) -> schemas.CheckInsResponse:
    """Get your streak."""
    ports = wiring.ports()
    return schemas.CheckInsResponse.of(usecases.get_check_ins(ports, caller, circle_id), ports.clock())
