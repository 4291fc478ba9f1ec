"""Short ways to a state that many tests begin from, all through the use cases themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chat.usecases import projections as membership
from services.circles import usecases as circles
from services.circles.domain import Member, SanctionKind
from services.circles.repository.circles import find_member
from services.review import usecases as review
from services.review.domain import Application, Content, Judgement, Reason
from services.review.usecases import Form
from services.shared.kernel.ids import derive_id, new_id
from services.shared.messaging.events import (
    CircleActivated,
    CircleData,
    ContentReported,
    ContentReportedData,
    MembershipChanged,
    MembershipChangedData,
    NoteReported,
    SeatGranted,
    SeatGrantedData,
)
from services.shared.messaging.outbox import Publications, pending_events_of
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import Key, Table
from simulation.memory import MemoryTable
from simulation.simulation import (
    World,
    person,
    token,
    wish,
)

CONTENT = Content(
    resonance="想和同样会为一声鸣叫停下脚步的人待在一起。",
    circle_name="城市观鸟圈",
    circle_tags=("观鸟",),
    circle_definition="只聊在城市里看得到的野鸟。",
    early_building="每周一次晨观。",
    weekly_hours=10,
    plan="先邀请三十位朋友。",
)
EVIDENCE = ("https://example.org/a",)
OPERATOR = person("operator", "operator")


def form(world: World, applicant: Caller, content: Content = CONTENT, identity_id: str = "", **said: Any) -> Form:
    """What an applicant sends: under their own real name unless another human's is given."""
    return Form(content, EVIDENCE, token(applicant.user_id, identity_id, now=world.clock.now, **said))


def enrolled(world: World, name: str, identity_id: str = "") -> Caller:
    """A reviewer whom an operator enrolled, under their own real name unless another human's is given."""
    caller = person(name, "reviewer", now=world.clock.now)
    review.enrol_reviewer(world.review, OPERATOR, caller.user_id, token(caller.user_id, identity_id, now=world.clock.now))
    return caller


def started(world: World, applicant: Caller, content: Content = CONTENT, identity_id: str = "", **said: Any) -> Application:
    key = wish(applicant, now=world.clock.now)
    return review.create_application(world.review, applicant, key, form(world, applicant, content, identity_id, **said))


def submitted(world: World, applicant: Caller, content: Content = CONTENT, identity_id: str = "", **said: Any) -> Application:
    draft = started(world, applicant, content, identity_id, **said)
    return review.submit_application(world.review, applicant, draft.id)


def hear(world: World) -> None:
    """Let review follow its own stream from where it stood: audit entries, slots, prints, figures."""
    table: Any = getattr(world.review_table, "table", world.review_table)  # beneath a meter, if there is one
    assert isinstance(table, MemoryTable)
    while table.stream:
        records, table.stream[:] = list(table.stream), []
        for old, new in records:
            world.told += 1
            image = new or old or {}
            if "audit" in image:
                review.handle_changes(world.review, [Change(f"{world.told:020}", Key.of(image), old, new)])


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


def note_reported(world: World, reporter: Caller, note_id: str = "note_01KJY2E1KX7BMZ758QWDX6V9QC") -> NoteReported:
    """Somebody's report of a note, as circles publishes it."""
    state = ContentReportedData(
        service="circles",
        kind="note",
        subject_id=note_id,
        circle_id="cir_01KJY2E1KX7BMZ758QWDX6V9QC",
        author_id=person("author").user_id,
        reporter_id=reporter.user_id,
        reason="spam",
        words="反复发广告。",
        evidence={"text": "加我看更多"},
    )
    return NoteReported(**envelope(world, f"{note_id}/{reporter.user_id}"), data=state)


def seat_granted(world: World, owner: Caller, application_id: str | None = None) -> SeatGranted:
    application_id = application_id or new_id("app")
    seat = SeatGrantedData(
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
    circle_id = derive_id("cir", event.data.application_id)
    circles.activate_circle(world.circles, owner, circle_id)
    return circle_id


def issue(world: World, owner: Caller, circle_id: str, *, max_uses: int = 50, hours: int = 72) -> str:
    """A new passcode's text."""
    key = wish(owner, now=world.clock.now)
    text, _ = circles.issue_passcode(world.circles, owner, circle_id, key, timedelta(hours=hours), max_uses)
    return text


def join(world: World, caller: Caller, owner: Caller, circle_id: str) -> Member:
    return circles.join_circle(world.circles, caller, issue(world, owner, circle_id))


def the_member(world: World, circle_id: str, user_id: str) -> Member:
    loaded = find_member(world.circles_table, circle_id, user_id)
    assert loaded is not None
    return loaded.entity


def sanction(world: World, by: Caller, circle_id: str, target: Caller, kind: SanctionKind, days: int | None = None) -> Member:
    """For so many days; without them, for good."""
    until = world.clock() + timedelta(days=days) if days else None
    return circles.impose_member_sanction(world.circles, by, circle_id, target.user_id, kind, reason="公布巢址", until=until)


def tell_chat(world: World, circle_id: str, *members: Caller, state: str = "member", version: int | None = None) -> str:
    """Chat hears that the circle is open and who is in it (or out of it, by `state`); answers the lobby's id."""
    opened = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=members[0].user_id, state="active")
    membership.open_lobby(world.chat, CircleActivated(**envelope(world, circle_id), data=opened))
    for member in members:
        data = MembershipChangedData.model_validate(
            {"circle_id": circle_id, "user_id": member.user_id, "role": "member", "state": state}
        )
        event = MembershipChanged(**envelope(world, f"{circle_id}/{member.user_id}", version), data=data)
        membership.keep_participant(world.chat, event)
    return derive_id("rom", circle_id)


def told(table: Table, publications: Publications) -> list[ContentReported]:
    """The reports that a table carries, as its service tells of them."""
    assert isinstance(table, MemoryTable)
    pending_events = [(item, pending_events_of(item)[0]) for _, item in table.stream if item and "reporter" in item]
    return [publications[pending.name](item, pending) for item, pending in pending_events]  # type: ignore[misc]
