"""Newcomers agree and answer first: what is asked, who waits, who is let in."""

from __future__ import annotations

from services.circles.domain import Action, Circle, Member
from services.circles.errors import CircleNotFound
from services.circles.repository import circles as repository
from services.circles.usecases.members import change_circle, change_member
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.port import Item


def set_screening(
    ports: Ports, caller: Caller, circle_id: str, rules: str, questions: tuple[str, ...], *, approval: bool
) -> Circle:
    """Ask everybody who comes in from now on."""
    _require_owner(ports, caller, circle_id)
    return change_circle(ports, circle_id, lambda circle: circle.screen(rules, questions, approval, at=ports.clock()))


def stop_screening(ports: Ports, caller: Caller, circle_id: str) -> None:
    _require_owner(ports, caller, circle_id)
    change_circle(ports, circle_id, lambda circle: circle.stop_screening(at=ports.clock()))


def get_screening(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """What is asked, for who is in and for who waits."""
    return _asked(ports, caller, circle_id)[0]


def answer_screening(ports: Ports, caller: Caller, circle_id: str, revision: int, answers: tuple[str, ...]) -> Member:
    """Agree and answer. Whoever is in by now gets their membership again."""
    circle, member = _asked(ports, caller, circle_id)
    if member.is_in:
        return member

    def step(found: Member) -> Member:
        return found if found.is_in else found.answer(circle.screening, revision, answers, at=ports.clock())

    return change_member(ports, circle_id, caller.user_id, step)


def list_pending(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Member], Item | None]:
    """Who waits, first come first; who was let in a moment ago is passed over."""
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.ADMIT)
    page = repository.list_pending(ports.table, circle_id, limit, start)
    found = [repository.find_member(ports.table, circle_id, row["sk"].removeprefix("MEMBER#")) for row in page.items]
    return [one.entity for one in found if one and one.entity.is_pending], page.next


def approve_member(ports: Ports, caller: Caller, circle_id: str, user_id: str) -> Member:
    by = repository.require_member(ports.table, circle_id, caller.user_id)
    by.require(Action.ADMIT)
    return change_member(ports, circle_id, user_id, lambda member: member.admit(by, at=ports.clock()))


def _require_owner(ports: Ports, caller: Caller, circle_id: str) -> None:
    repository.require_member(ports.table, circle_id, caller.user_id).require(Action.SET_SCREENING)


def _asked(ports: Ports, caller: Caller, circle_id: str) -> tuple[Circle, Member]:
    loaded = repository.find_member(ports.table, circle_id, caller.user_id)
    if loaded is None or not (loaded.entity.is_in or loaded.entity.is_pending):
        raise CircleNotFound
    return repository.find_circle(ports.table, circle_id).entity, loaded.entity
