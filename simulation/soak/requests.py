"""Requests of actors: over a network that loses, delays and repeats them, with a client that retries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from services.shared.kernel.clock import millis
from simulation.api.gateway import NO_BODY, ApiUser, Context, Response, gateway_event
from simulation.api.operations import Operation, operations
from simulation.soak.actors import Actor
from simulation.soak.faults import Died

if TYPE_CHECKING:
    from simulation.soak.soak import Soak

MAX_TRIES = 4
OUTCOMES = ("delivered", "request lost", "response lost", "repeated later")


@dataclass(frozen=True)
class Call:
    """What an actor wants: an operation with its ids, body and ETag, under one Idempotency-Key for all tries."""

    actor: Actor
    name: str
    ids: dict[str, str]
    body: Any
    query: str
    etag: str
    key: str


@cache
def operation(name: str) -> Operation:
    return next(each for each in operations() if each.name == name)


def send(soak: Soak, call: Call) -> Response | None:
    """Send a request until a response arrives, or the client gives up. Return the response."""
    response = None
    for _ in range(MAX_TRIES):
        outcome = soak.randomness.choices(OUTCOMES, (88, 4, 4, 4))[0] if soak.has_faults else "delivered"
        soak.statistics.faults[call.name, outcome] += outcome != "delivered"
        if outcome == "repeated later":
            soak.late.append(call)
        response = None if outcome == "request lost" else deliver(soak, call)
        if outcome == "response lost":
            response = None
        if response is None:
            if soak.chance(0.3):
                break  # the client gives up
            continue
        if response.status == 422 and "server_time" in response.body:
            soak.learn("corrected", call.actor.index)
            soak.statistics.faults[call.name, "wrong clock"] += 1
            break
        if response.status in (429, 503) and soak.chance(0.5):
            soak.driver.clock.advance(seconds=min(response.body["retry_after"], 3600))
            continue
        break
    status = response.status if response else 0
    soak.note(f"{call.actor.name} {call.name} {status or 'without a response'}")
    return response


def deliver(soak: Soak, call: Call) -> Response | None:
    """Deliver a request to its service; None if the function died. What must never be responded is observed."""
    target = operation(call.name)
    before = soak.observed.before_call(soak.driver, call.actor.user_id, target, call.ids)
    try:
        response = invoke(soak, call, target)
    except Died:
        return None
    soak.statistics.statuses[call.name, response.status] += 1
    soak.observed.check_response(soak.driver, call, target, response, before)
    return response


def invoke(soak: Soak, call: Call, target: Operation) -> Response:
    """Pass a request to its service. Raises: Died."""
    actor, now = call.actor, millis(soak.driver.clock.now) // 1000
    signed_in_at = max((at for index, at in soak.known("sign_ins") if index == actor.index), default=now - 3600)
    user = ApiUser(actor.user_id, actor.groups, issued_at=now - 60, auth_time=min(signed_in_at, now - 60))
    headers = {"x-correlation-id": f"soak-step-{soak.step_number:08}"}
    if target.is_keyed or (target.is_conditional and call.etag == ""):
        headers["idempotency-key"] = call.key
    if target.is_conditional:
        headers["if-match"] = f'"{call.etag or 0}"'
    body = call.body if target.takes_body else NO_BODY
    event = gateway_event(
        target.method,
        target.path(call.ids),
        by=None if target.is_public else user,
        body=body,
        headers=headers,
        query=call.query,
    )
    raw = soak.api.apis[target.service](event, Context())
    return Response(raw["statusCode"], raw["headers"], raw["body"])


def etag_of(soak: Soak, actor: Actor, name: str, ids: dict[str, str], pick: Callable[[Any], Any] = lambda body: body) -> str:
    """Return the ETag that the actor reads, an old one by chance, 0 if nothing is there."""
    body = soak.get(actor, name, ids)
    found = pick(body) if body else None
    etag = str(found["etag"]) if found else "0"
    return re.sub(r".$", "7", etag) if soak.chance(0.05) else etag
