"""What is called about circles, their passcodes, and what they ask of newcomers."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import OPEN, ROLE, api
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.get("/circles")
def list_circles(caller: Caller, page: PageRequest) -> PageResponse[schemas.CircleResponse]:
    """List the circles you are in."""
    ports = wiring.ports()
    found, rest = usecases.list_circles(ports, caller, page.limit, page.start)
    return page.answer([schemas.CircleResponse.of(*one, ports.clock()) for one in found], rest)


@api.get("/circles/{circle_id}")
def get_circle(caller: Caller, circle_id: str) -> schemas.CircleResponse:
    """Read a circle you are in."""
    ports = wiring.ports()
    return schemas.CircleResponse.of(*usecases.get_circle(ports, caller, circle_id), ports.clock())


@api.post("/circles/{circle_id}/activation", raises=ROLE)
def activate_circle(caller: Caller, circle_id: str) -> None:
    """Open the circle that was granted to you."""
    usecases.activate_circle(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/passcodes", status=201, raises=(*ROLE, *OPEN, KeyReused))
def issue_passcode(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PasscodeRequest
) -> schemas.IssuedPasscode:
    """Issue a passcode; it is shown this once."""
    issued = usecases.issue_passcode(wiring.ports(), caller, circle_id, key, body.life, body.max_uses)
    return schemas.IssuedPasscode.showing(*issued)


@api.get("/circles/{circle_id}/passcodes", raises=ROLE)
def list_passcodes(caller: Caller, circle_id: str, page: PageRequest) -> PageResponse[schemas.PasscodeResponse]:
    """List a circle's passcodes and how often each was used, newest first."""
    found, rest = usecases.list_passcodes(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.PasscodeResponse.of(one) for one in found], rest)


@api.delete("/circles/{circle_id}/passcodes/{passcode_id}", raises=ROLE)
def revoke_passcode(caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a passcode at once."""
    usecases.revoke_passcode(wiring.ports(), caller, circle_id, passcode_id)


@api.post(
    "/circles/{circle_id}/passcodes/{passcode_id}/rotation",
    status=201,
    raises=(*ROLE, *OPEN, errors.PasscodeInactive, KeyReused),
)
def rotate_passcode(
    caller: Caller, circle_id: str, passcode_id: str, key: IdempotencyKey, body: schemas.RotationRequest
) -> schemas.IssuedPasscode:
    """Issue a new passcode for an old one, which still opens for a while."""
    issued = usecases.rotate_passcode(wiring.ports(), caller, circle_id, passcode_id, key, body.grace)
    return schemas.IssuedPasscode.showing(*issued)


@api.post("/circles/{circle_id}/passcodes/{passcode_id}/quarantine", raises=ROLE)
def quarantine_passcode(caller: Caller, circle_id: str, passcode_id: str) -> None:
    """Revoke a passcode that got about, and have everybody who came in by it wait to be let in anew."""
    usecases.quarantine_passcode(wiring.ports(), caller, circle_id, passcode_id)


@api.put("/circles/{circle_id}/screening", raises=ROLE)
def set_screening(caller: Caller, circle_id: str, body: schemas.ScreeningRequest) -> schemas.ScreeningResponse:
    """Have everybody who comes in from now on agree to rules and answer questions first."""
    how = (body.rules, tuple(body.questions))
    circle = usecases.set_screening(wiring.ports(), caller, circle_id, *how, approval=body.approval)
    return schemas.ScreeningResponse.of(circle)


@api.delete("/circles/{circle_id}/screening", raises=ROLE)
def stop_screening(caller: Caller, circle_id: str) -> None:
    """Let newcomers in at once again."""
    usecases.stop_screening(wiring.ports(), caller, circle_id)


@api.get("/circles/{circle_id}/screening")
def get_screening(caller: Caller, circle_id: str) -> schemas.ScreeningResponse:
    """Read what newcomers agree to and answer: also while you wait to be let in."""
    return schemas.ScreeningResponse.of(usecases.get_screening(wiring.ports(), caller, circle_id))
