"""Actions of reviewers and operators on users: platform sanctions, enrolments; and sign-ins after a suspension."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.shared.kernel.clock import millis, rfc3339
from services.shared.security.violations import Violation
from simulation.soak.actions.review import reviewer_of
from simulation.soak.actors import Actor
from simulation.soak.soak import Soak

LEVELS = ("warned", "muted", "muted", "restricted", "suspended", "banned")


def _target(soak: Soak) -> Actor:
    return soak.choose_actor(soak.with_role("founder", "member"))


def impose_sanction(soak: Soak) -> None:
    reviewer, user = reviewer_of(soak), _target(soak)
    body: dict[str, Any] = {
        "level": soak.randomness.choice(LEVELS),
        "violation": soak.randomness.choice(list(Violation)),
        "reason": soak.text("多次违规"),
        "emergency": soak.chance(0.3),
    }
    if soak.chance(0.6):
        body["until"] = rfc3339(soak.driver.clock.now + timedelta(hours=soak.randomness.choice((2, 30, 200))))
    response = soak.call(reviewer, "impose_sanction", {"user_id": user.user_id}, body)
    _learn_proposal(soak, user, response.body if response and response.status == 200 else None)
    if soak.chance(0.3):
        ratify_sanction(soak)


def ratify_sanction(soak: Soak) -> None:
    if proposal := soak.recent("proposals", among=3):
        name = "ratify_sanction" if soak.chance(0.75) else "reject_sanction"
        user = soak.actors[proposal[0]]
        soak.call(reviewer_of(soak), name, {"user_id": user.user_id}, {"proposal_id": proposal[1]})


def lift_sanction(soak: Soak) -> None:
    sanctioned = [soak.actors[index] for index in soak.known("sanctioned")]
    if user := soak.choose(sanctioned):
        body = {"reason": soak.text("申诉成立"), "mistake": soak.chance(0.3)}
        response = soak.call(reviewer_of(soak), "lift_sanction", {"user_id": user.user_id}, body)
        _learn_proposal(soak, user, response.body if response and response.status == 200 else None)


def get_sanction_record(soak: Soak) -> None:
    soak.call(reviewer_of(soak), "get_sanction_record", {"user_id": _target(soak).user_id})


def _learn_proposal(soak: Soak, user: Actor, record: Any) -> None:
    if record:
        soak.learn("sanctioned", user.index)
        if pending := record.get("pending"):
            soak.learn("proposals", (user.index, pending["proposal_id"]))


def sign_in(soak: Soak) -> None:
    """Sign in again: tokens of a sign-in before a suspension stay invalid."""
    actor = soak.choose_actor(soak.actors)
    soak.learn("sign_ins", (actor.index, millis(soak.driver.clock.now) // 1000))


def enrol_reviewer(soak: Soak) -> None:
    operator = soak.choose_actor(soak.with_role("operator"))
    enrol_reviewer_by(soak, operator, soak.choose_actor(soak.with_role("reviewer")))


def enrol_reviewer_by(soak: Soak, operator: Actor, reviewer: Actor) -> None:
    body = {"real_name_token": soak.real_name_token(reviewer)}
    soak.call(operator, "enrol_reviewer", {"user_id": reviewer.user_id}, body)


def dismiss_reviewer(soak: Soak) -> None:
    operator = soak.choose_actor(soak.with_role("operator"))
    soak.call(operator, "dismiss_reviewer", {"user_id": soak.choose_actor(soak.with_role("reviewer")).user_id})


ACTIONS = {
    impose_sanction: 4,
    ratify_sanction: 8,
    lift_sanction: 3,
    get_sanction_record: 1,
    sign_in: 3,
    enrol_reviewer: 5,
    dismiss_reviewer: 1,
}
