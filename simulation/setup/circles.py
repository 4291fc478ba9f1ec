"""Circles, members and notes, brought to a state through the use cases of circles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.circles import usecases as circles
from services.circles.domain import Circle, Member, Note, Role, SanctionKind
from services.circles.domain.teaser import Teaser
from services.circles.repository.circles import find_member, load_circle
from services.circles.repository.teasers import TEASERS, teaser_key
from services.shared.kernel.ids import derive_id, new_id
from services.shared.security.auth import Caller
from simulation.setup.events import seat_granted
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver
from simulation.users import new_key


def open_circle(simulation: Simulation, owner: Caller) -> str:
    """Open a circle for its owner, from the seat to the activation, and return its id."""
    event = seat_granted(simulation, owner)
    deliver(simulation, "circles", event)
    circle_id = derive_id("cir", event.data.application_id)
    circles.activate_circle(simulation.circles, owner, circle_id)
    return circle_id


def create_circle(simulation: Simulation, owner: Caller, *members: Caller) -> str:
    """Open a circle with members and return its id."""
    circle_id = open_circle(simulation, owner)
    for member in members:
        join_circle(simulation, member, owner, circle_id)
    return circle_id


def issue_passcode(simulation: Simulation, owner: Caller, circle_id: str, *, max_uses: int = 50, hours: int = 72) -> str:
    """Issue a passcode and return its text."""
    key = new_key(owner, now=simulation.clock.now)
    text, _ = circles.issue_passcode(simulation.circles, owner, circle_id, key, timedelta(hours=hours), max_uses)
    return text


def join_circle(simulation: Simulation, caller: Caller, owner: Caller, circle_id: str) -> Member:
    """Join a circle with a new passcode of the owner."""
    return circles.join_circle(simulation.circles, caller, issue_passcode(simulation, owner, circle_id))


def get_member(simulation: Simulation, circle_id: str, user_id: str) -> Member:
    member = find_member(simulation.circles_table, circle_id, user_id)
    assert member is not None
    return member


# The helpers below change what is stored now, as a client does that has just read it.


def set_role(simulation: Simulation, by: Caller, circle_id: str, user_id: str, role: Role) -> Member:
    """Set a lower role, or propose a higher one, which its member accepts."""
    member = propose_role(simulation, by, circle_id, user_id, role)
    is_proposed = member.role is not role
    return circles.accept_role(simulation.circles, replace(by, user_id=user_id), circle_id, role) if is_proposed else member


def propose_role(simulation: Simulation, by: Caller, circle_id: str, user_id: str, role: Role) -> Member:
    member = find_member(simulation.circles_table, circle_id, user_id, consistent_read=True)
    request = change(member.version if member else 0)
    return circles.set_role(simulation.circles, by, circle_id, user_id, request, role)


def set_screening(
    simulation: Simulation, by: Caller, circle_id: str, rules: str, questions: tuple[str, ...], *, approval: bool
) -> Circle:
    request = change(load_circle(simulation.circles_table, circle_id).entity.screening_revision)
    return circles.set_screening(simulation.circles, by, circle_id, request, rules, questions, approval=approval)


def set_teaser(simulation: Simulation, by: Caller, circle_id: str, text: str, tags: tuple[str, ...]) -> Teaser:
    teaser = TEASERS.find(simulation.circles_table, teaser_key(circle_id), consistent_read=True)
    request = change(teaser.etag if teaser else 0, new_id("key"))
    return circles.set_teaser(simulation.circles, by, circle_id, request, text, tags)


def impose_sanction(
    simulation: Simulation, by: Caller, circle_id: str, target: Caller, kind: SanctionKind, days: int | None = None
) -> Member:
    """Impose a sanction for some days; without `days`, without an end."""
    until = simulation.clock() + timedelta(days=days) if days else None
    return circles.impose_member_sanction(
        simulation.circles, by, circle_id, target.user_id, kind, reason="公布巢址", until=until
    )


def post_note(simulation: Simulation, circle_id: str, caller: Caller, text: str = "清晨的苇莺", **fields: Any) -> Note:
    """Post a note, tagged 观鸟 unless `tags` are given, a millisecond after the last change."""
    simulation.clock.advance(milliseconds=1)
    content = circles.NoteInput(text, **{"tags": ("观鸟",), **fields})
    return circles.post_note(simulation.circles, caller, circle_id, new_key(caller, now=simulation.clock.now), content).note
