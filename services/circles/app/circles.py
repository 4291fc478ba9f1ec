"""What is called about circles, their passcodes, and what they ask of newcomers."""

from __future__ import annotations

from services.circles import errors, schemas, usecases, wiring
from services.circles.app.api import OPEN, ROLE, api
from services.shared.http.responses import Listed, PageRequest
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@api.get("/circles")
def list_circles(caller: Caller, page: PageRequest) -> Listed[schemas.CircleOut]:
    """List the circles you are in."""
    ports = wiring.ports()
    found, rest = usecases.list_circles(ports, caller, page.limit, page.start)
    return page.answer([schemas.CircleOut.of(*one, ports.clock()) for one in found], rest)


@api.get("/circles/{circle_id}")
def read_circle(caller: Caller, circle_id: str) -> schemas.CircleOut:
    """Read a circle you are in."""
    ports = wiring.ports()
    return schemas.CircleOut.of(*usecases.read_circle(ports, caller, circle_id), ports.clock())


@api.post("/circles/{circle_id}/activation", raises=ROLE)
def activate_circle(caller: Caller, circle_id: str) -> None:
    """Open the circle that was granted to you."""
    usecases.activate_circle(wiring.ports(), caller, circle_id)


@api.post("/circles/{circle_id}/passcodes", status=201, raises=(*ROLE, *OPEN, KeyReused))
def issue_passcode(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.PasscodeIn) -> schemas.IssuedPasscode:
    """Issue a passcode; it is shown this once."""
    issued = usecases.issue_passcode(wiring.ports(), caller, circle_id, key, body.life, body.max_uses)
    return schemas.IssuedPasscode.showing(*issued)


@api.get("/circles/{circle_id}/passcodes", raises=ROLE)
def list_passcodes(caller: Caller, circle_id: str, page: PageRequest) -> Listed[schemas.PasscodeOut]:
    """List a circle's passcodes and how often each was used, newest first."""
    found, rest = usecases.list_passcodes(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.PasscodeOut.of(one) for one in found], rest)


@api.delete("/circles/{circle_id}/passcodes/{code_id}", raises=ROLE)
def revoke_passcode(caller: Caller, circle_id: str, code_id: str) -> None:
    """Revoke a passcode at once."""
    usecases.revoke_passcode(wiring.ports(), caller, circle_id, code_id)


@api.post(
    "/circles/{circle_id}/passcodes/{code_id}/rotation",
    status=201,
    raises=(*ROLE, *OPEN, errors.PasscodeOver, KeyReused),
)
def rotate_passcode(
    caller: Caller, circle_id: str, code_id: str, key: IdempotencyKey, body: schemas.RotationIn
) -> schemas.IssuedPasscode:
    """Issue a new passcode for an old one, which still opens for a while."""
    issued = usecases.rotate_passcode(wiring.ports(), caller, circle_id, code_id, key, body.grace)
    return schemas.IssuedPasscode.showing(*issued)


@api.post("/circles/{circle_id}/passcodes/{code_id}/quarantine", raises=ROLE)
def quarantine_passcode(caller: Caller, circle_id: str, code_id: str) -> None:
    """Revoke a passcode that got about, and have everybody who came in by it wait to be let in anew."""
    usecases.quarantine_passcode(wiring.ports(), caller, circle_id, code_id)


@api.put("/circles/{circle_id}/screening", raises=ROLE)
def set_screening(caller: Caller, circle_id: str, body: schemas.ScreeningIn) -> schemas.ScreeningOut:
    """Have everybody who comes in from now on agree to rules and answer questions first."""
    how = (body.rules, tuple(body.questions))
    circle = usecases.set_screening(wiring.ports(), caller, circle_id, *how, approval=body.approval)
    return schemas.ScreeningOut.of(circle)


@api.delete("/circles/{circle_id}/screening", raises=ROLE)
def stop_screening(caller: Caller, circle_id: str) -> None:
    """Let newcomers in at once again."""
    usecases.stop_screening(wiring.ports(), caller, circle_id)


@api.get("/circles/{circle_id}/screening")
def read_screening(caller: Caller, circle_id: str) -> schemas.ScreeningOut:
    """Read what newcomers agree to and answer: also while you wait to be let in."""
    return schemas.ScreeningOut.of(usecases.read_screening(wiring.ports(), caller, circle_id))
