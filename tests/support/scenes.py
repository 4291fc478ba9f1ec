"""Short ways to a state that many tests begin from, all through the use cases themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chat.usecases import membership
from services.circles import usecases as circles
from services.circles.domain import Member
from services.review import usecases as review
from services.review.domain import Application, Content, Judgement, Reason
from services.shared.auth import Caller
from services.shared.events import (
    CircleActivated,
    CircleState,
    MembershipChanged,
    MembershipState,
    Seat,
    SeatGranted,
)
from services.shared.ids import new_id, sibling
from tests.support.worlds import World, person, wish

CONTENT = Content(
    resonance="想和同样会为一声鸣叫停下脚步的人待在一起。",
    circle_name="城市观鸟圈",
    circle_tags=("观鸟",),
    circle_definition="只聊在城市里看得到的野鸟。",
    early_building="每周一次晨观。",
    weekly_hours=10,
    evidence=("https://example.org/a",),
    plan="先邀请三十位朋友。",
    person="digest-of-applicant",
)
OPERATOR = person("operator", "operator")


def enrolled(world: World, name: str, token: str | None = None) -> Caller:
    """A reviewer whom an operator enrolled, under their own real name unless another's token is given."""
    caller = person(name, "reviewer")
    review.enrol_reviewer(world.review, OPERATOR, caller.user_id, token or f"verified-{name}")
    return caller


def submitted(world: World, applicant: Caller, content: Content = CONTENT) -> Application:
    draft = review.start_application(world.review, applicant, wish(applicant, now=world.clock.now), content)
    return review.submit_application(world.review, applicant, draft.id)


def judgement(application: Application, approves: bool = True) -> Judgement:
    reasons = (Reason.MEETS_CRITERIA,) if approves else (Reason.CIRCLE_VAGUE,)
    return Judgement(approves, application.content.hash, {"resonance": 4}, reasons, "写得清楚。")


def decide(world: World, reviewer: Caller, application: Application, approves: bool = True) -> Application:
    """Claim and decide."""
    review.claim_application(world.review, reviewer, application.id)
    key = wish(reviewer, now=world.clock.now)
    return review.decide_application(world.review, reviewer, application.id, key, judgement(application, approves))


def envelope(world: World, entity_id: str, version: int | None = None) -> dict[str, Any]:
    at = world.clock.now
    version = version or int(at.timestamp() * 1000)
    return {"id": new_id("evt"), "entity_id": entity_id, "entity_version": version, "occurred_at": at, "correlation_id": "test"}


def seat_granted(world: World, owner: Caller, application_id: str | None = None) -> SeatGranted:
    application_id = application_id or new_id("app")
    seat = Seat(
        application_id=application_id,
        applicant_id=owner.user_id,
        cohort="first-100",
        seat=1,
        circle_name="城市观鸟圈",
        circle_tags=["观鸟"],
    )
    return SeatGranted(**envelope(world, application_id), data=seat)


def open_circle(world: World, owner: Caller) -> str:
    """An active circle of that owner; answers its id."""
    event = seat_granted(world, owner)
    circles.provision_circle(world.circles, event)
    circle_id = sibling("cir", event.data.application_id)
    circles.activate_circle(world.circles, owner, circle_id)
    return circle_id


def issue(world: World, owner: Caller, circle_id: str, *, max_uses: int = 50, hours: int = 72) -> str:
    """A new passcode's text."""
    key = wish(owner, now=world.clock.now)
    text, _ = circles.issue_passcode(world.circles, owner, circle_id, key, timedelta(hours=hours), max_uses)
    return text


def join(world: World, caller: Caller, owner: Caller, circle_id: str) -> Member:
    return circles.join_circle(world.circles, caller, issue(world, owner, circle_id))


def tell_chat(world: World, circle_id: str, *members: Caller, state: str = "member", version: int | None = None) -> str:
    """Chat hears that the circle is open and who is in it (or out of it, by `state`); answers the lobby's id."""
    opened = CircleState(circle_id=circle_id, name="城市观鸟圈", owner_id=members[0].user_id, state="active")
    membership.open_lobby(world.chat, CircleActivated(**envelope(world, circle_id), data=opened))
    for member in members:
        data = MembershipState.model_validate(
            {"circle_id": circle_id, "user_id": member.user_id, "role": "member", "state": state}
        )
        event = MembershipChanged(**envelope(world, f"{circle_id}/{member.user_id}", version), data=data)
        membership.keep_participant(world.chat, event)
    return sibling("rom", circle_id)
