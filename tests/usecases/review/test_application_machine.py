"""Applications, seats, waitlist and slots against a small model that says the rules again, whatever comes twice or late.

Of when a review is due, and so escalated, the model believes the calendar, which has tests of its own."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.review import usecases as review
from services.review.domain import TRANSITIONS, Judgement, Reason, State
from services.review.repository.applications import application_key
from services.review.repository.people import find_applicant
from services.review.usecases.staff import person_digest
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import DomainError, KeyReused
from services.shared.kernel.ids import IdempotencyKey, derive_id
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.messaging.stream import Change
from services.shared.security.audit import verify
from services.shared.table.port import (
    Conflict,
    Item,
    Key,
    Throttled,
)
from simulation.driver import Faults, Watched
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.setup.common import (
    CONTENT,
    enrolled,
    envelope,
    form,
    hear,
)
from simulation.setup.review import (
    APPLYING,
    DAY,
    DOWN,
    EDITED,
    HUMAN_OF,
    REVIEWED,
    REVIEWING,
    SAME,
    ModelIdentity,
    Wanted,
)
from simulation.simulation import (
    World,
    person,
    user_id,
    wish,
)

STEPS = 50  # a run
TOTAL = int(os.environ.get("MACHINE_STEPS", "10000"))
QUOTA, LEASE = 2, timedelta(minutes=15)
WHEN = {"edit": EDITED, "submit": ("draft", "needs_info"), "withdraw": (*EDITED, "waitlisted"), "appeal": ("rejected",)}
ACTS, VERDICTS = ["submit", "appeal", "edit", "withdraw"], ["approve", "reject", "ask", "claim", "release"]
MOVES = [{"minutes": 5}, {"minutes": 15}, {"hours": 20}, {"days": 3}, {"days": 7}, {"days": 14}, {"days": 30}, {"days": 180}]
APPLICANTS, REVIEWERS, WHICH = st.sampled_from(sorted(APPLYING)), st.sampled_from(sorted(REVIEWING)), st.integers(0, 63)
FAULTS = st.none() | st.tuples(st.integers(1, 12), st.sampled_from(Fault))


class ApplicationMachine(RuleBasedStateMachine):
    @initialize(name=APPLICANTS)
    def open(self, name: str) -> None:
        self.world, self.table = World(quota=QUOTA), MemoryTable()
        self.world.review_table, self.clock = self.table, self.world.clock
        self.callers = {user_id(name): person(name) for name in APPLYING}
        self.callers |= {user_id(name): enrolled(self.world, name, identity_id) for name, identity_id in REVIEWING.items()}
        self.identities = {identity_id: ModelIdentity() for identity_id in APPLYING.values()}
        self.wanted: dict[str, Wanted] = {}
        self.seen: dict[str, str] = {}
        self.places: list[Wanted] = []
        self.called = 0  # places that had their turn
        self.late: list[Wanted] = []  # whose circles have closed, and review has not heard
        self.told: dict[str, list[Change]] = {}  # the last that was told of each: it may come again
        self.start(name, 0)

    def pick(self, which: int, *states: str) -> Wanted:
        """One in these states three times out of four, if there is one; else any."""
        found = [one for one in self.wanted.values() if one.state in states and which % 4 < 3] or list(self.wanted.values())
        return found[which // 4 % len(found)]

    def loaded(self) -> dict[str, Item]:
        return {item["id"]: item for item in self.table.all_items() if item["sk"] == "APPLICATION"}

    def form(self, by: str, text: int) -> review.Form:
        return form(self.world, self.callers[by], replace(CONTENT, plan=f"计划{text % 3}"), HUMAN_OF[by])

    @rule(name=APPLICANTS, text=WHICH)
    def start(self, name: str, text: int) -> None:
        """And mostly submit it."""
        by, now = user_id(name), self.clock.now
        last = (review.create_application, self.callers[by], wish(self.callers[by], now=now), self.form(by, text))
        draft = review.create_application(self.world.review, *last[1:])
        one = self.wanted[draft.id] = Wanted(draft.id, by, self.identities[HUMAN_OF[by]], [draft.content.hash], last, now)
        if text % 4 < 3:
            self.make(one, "submit", by)

    @rule(which=WHICH, name=APPLICANTS, verb=st.sampled_from(ACTS), text=WHICH)
    def apply(self, which: int, name: str, verb: str, text: int) -> None:
        """The applicant, or another account in their stead, perhaps of the same human."""
        one = self.pick(which, *WHEN[verb])
        self.make(one, verb, one.by if text // 15 else user_id(name), text)

    @rule(
        which=WHICH, names=st.permutations(sorted(REVIEWING)), verbs=st.lists(st.sampled_from(VERDICTS), max_size=3), text=WHICH
    )
    def judge(self, which: int, names: list[str], verbs: list[str], text: int) -> None:
        """One reviewer after the other, mostly after a claim; approving, if nothing else."""
        one = self.pick(which, *REVIEWED)
        for name, verb in zip(names, verbs or ["approve"] * 4, strict=False):
            if text % 4 < 3:
                self.make(one, "claim", user_id(name))
            self.make(one, verb, user_id(name), text)

    def make(self, one: Wanted, verb: str, by: str, text: int = 0) -> None:
        """What the model allows succeeds; all else is refused and changes nothing."""
        key, read = wish(self.callers[by], now=self.clock.now), one.hashes[-1 if text % 5 < 4 else 0]
        given = Reason.MEETS_CRITERIA if verb == "approve" else Reason.CIRCLE_VAGUE
        call, *said = {
            "edit": (review.update_application, key, self.form(by, text)),
            "submit": (review.submit_application,),
            "withdraw": (review.withdraw_application,),
            "appeal": (review.appeal_application, key, given if text % 5 < 4 else Reason.OTHER, "已写明。"),
            "claim": (review.claim_application,),
            "release": (review.release_claim,),
            "ask": (review.request_information, key, ("plan",), "请补充。"),
        }.get(verb, (review.decide_application, key, Judgement(verb == "approve", read, {}, (given,), "写得清楚。")))
        right, told = text % 5 < 4 if verb == "appeal" else read == one.hashes[-1], len(self.table.stream)
        if one.may(verb, by, self.clock.now, right):
            one.hashes.append(call(self.world.review, self.callers[by], one.id, *said).content.hash)
            one.last = (call, self.callers[by], one.id, *said) if said else one.last
            return self.follow(one, verb, by)
        with pytest.raises(DomainError) as refused:
            call(self.world.review, self.callers[by], one.id, *said)
        assert (refused.value.status < 500, len(self.table.stream)) == (True, told)
        return None

    def follow(self, one: Wanted, verb: str, by: str) -> None:
        """The model's next state."""
        now = self.clock.now
        if verb == "claim" and millis(now) >= (one.lease_until or 0):
            one.reviewer, one.lease_until = by, millis(now + LEASE)
        elif verb not in ("claim", "submit", "appeal"):
            one.reviewer = one.lease_until = None
        match verb:
            case "edit" if one.state != "draft":
                one.revision, one.decisions = one.revision + 1, []
            case "submit" if one.state != "submitted":
                if one.state == "draft":
                    one.identity_id.open, one.identity_id.submitted = one.id, [*one.identity_id.submitted, now]
                one.become("submitted", now)
            case "withdraw" if one.state != "withdrawn":
                one.become("withdrawn", now)
            case "appeal":
                one.instance, one.escalated = 2, False
                one.become("appealed", now)
            case "ask":
                one.questions += 1
                one.become("needs_info", now)
            case "approve" | "reject":
                one.decisions = [*one.decisions, (HUMAN_OF[by], verb == "approve", one.instance)]
                self.conclude(one, [approves for _, approves, instance in one.decisions if instance == one.instance])

    def conclude(self, one: Wanted, verdicts: list[bool]) -> None:
        """Two approve, or one rejects. Nobody overtakes who waits."""
        if not verdicts[-1]:
            one.become("rejected" if one.instance == 1 else "upheld", self.clock.now)
        elif len(verdicts) == 2 and (self.called < len(self.places) or not self.take_seat(one)):
            self.places.append(one)
            one.waitlist_position = len(self.places)
            one.become("waitlisted", self.clock.now)

    def take_seat(self, one: Wanted) -> bool:
        """The lowest that is free, if one is; who has withdrawn leaves it to the next."""
        free = set(range(1, QUOTA + 1)) - {other.seat for other in self.wanted.values() if other.state == "active"}
        if free and one.state != "withdrawn":
            one.seat = min(free)
            one.become("active", self.clock.now)
        return bool(free)

    @rule(by=st.sampled_from([{}, *MOVES]), runs=st.booleans())
    def pass_time(self, by: dict[str, int], runs: bool) -> None:
        """And run the schedule, or let it be late."""
        self.clock.advance(**by)
        now, loaded = self.clock.now, self.loaded()
        if not runs:
            return
        review.handle_schedule(self.world.review)
        for one in self.wanted.values():
            if one.state in REVIEWED and not one.escalated and loaded[one.id]["due_at"] <= millis(now):
                one.escalated, one.reviewer, one.lease_until = True, None, None
            elif one.state == "needs_info" and now >= one.since + 7 * DAY:
                one.become("expired", now)
            one.erased = one.erased or (one.state in (*DOWN, "closed") and now >= one.since + 180 * DAY)
        while self.called < len(self.places) and self.take_seat(self.places[self.called]):
            self.called += 1

    @rule(which=WHICH, times=st.integers(0, 2))
    def close_circle(self, which: int, times: int) -> None:
        """Review hears of it once, twice, or with the next."""
        self.late.append(self.pick(which, "active"))
        while times and self.late:
            one = self.late.pop()
            state = CircleData(circle_id=derive_id("cir", one.id), name="城市观鸟圈", owner_id=one.by, state="closed")
            for _ in range(times):
                review.free_seat(self.world.review, CircleChanged(**envelope(self.world, state.circle_id), data=state))
            if one.state == "active":
                one.become("closed", self.clock.now)

    @rule(which=WHICH, first=st.integers(1, 4), again=st.booleans(), fault=FAULTS)
    def hear_of_one(self, which: int, first: int, again: bool, fault: Any) -> None:
        """Its changes come in their order, before or after those of others, and twice: cut off first, or told already."""
        one, stream = self.pick(which), self.table.stream
        if not (again and one.id in self.told):
            records = [(old, new) for old, new in stream if new and Key.of(new) == application_key(one.id)][:first]
            stream[:] = [record for record in stream if record not in records]
            self.told[one.id] = [Change("", Key.of(new), old, new) for old, new in records if "audit" in new]
            for _ in [new for old, new in records if old and old["state"] != new["state"]]:
                one.hear()
        for plan in (dict([fault] if fault else []), {}):
            self.world.review_table = Watched(self.table, Faults(plan))
            with contextlib.suppress(Lost, Conflict, Throttled):
                review.handle_changes(self.world.review, self.told[one.id])
        self.world.review_table = self.table

    @rule()
    def hear_all(self) -> None:
        hear(self.world)
        self.told = {}
        for one in self.wanted.values():
            while one.untold:
                one.hear()
        assert {verify(self.table, item).state for item in self.loaded().values()} == {"intact"}

    @rule(which=WHICH)
    def repeat(self, which: int) -> None:
        """The last keyed act, within the day that its key is taken: nothing changes; with another body it is refused."""
        call, *said = self.pick(which).last
        (key,) = (one for one in said if isinstance(one, IdempotencyKey))
        if self.clock.now - from_millis(key.at_ms) <= DAY:
            before = self.table.all_items()
            call(self.world.review, *said)
            with pytest.raises(KeyReused):
                call(self.world.review, *(replace(key, body_hash="another") if one is key else one for one in said))
            assert self.table.all_items() == before

    def teardown(self) -> None:
        if hasattr(self, "wanted"):
            self.hear_all()
            self.holds()

    @invariant()
    def holds(self) -> None:
        loaded = self.loaded()
        assert loaded.keys() == self.wanted.keys()
        for one, item in ((self.wanted[name], item) for name, item in loaded.items()):
            assert {name: item.get(name) for name in SAME} == {name: getattr(one, name) for name in SAME}
            told = [(HUMAN_OF[it["reviewer"]["user_id"]], it["approves"], it["instance"]) for it in item["decisions"]]
            assert (told, not item["circle_name"]) == (one.decisions, one.erased)
            approvers = [(who, instance) for who, approves, instance in told if approves]
            assert len(set(approvers)) == len(approvers)
            before, self.seen[one.id] = self.seen.get(one.id, "draft"), item["state"]
            assert item["state"] in {before, *TRANSITIONS[State(before)]}
        seats = [item["seat"] for item in loaded.values() if item["state"] == "active"]
        assert len(set(seats)) == len(seats) == review.get_cohort(self.world.review, person("hao")).taken
        assert set(seats) <= set(range(1, QUOTA + 1))
        places = [item["waitlist_position"] for item in loaded.values() if "waitlist_position" in item]
        assert len(set(places)) == len(places)
        for name, identity_id in self.identities.items():
            kept = find_applicant(self.table, person_digest(self.world.review, name)).entity
            assert (kept.open, set(kept.granted), kept.cool_until) == (
                identity_id.open,
                identity_id.granted,
                identity_id.cool_until,
            )
            assert not kept.open or self.wanted[kept.open].identity_id is identity_id


ApplicationMachine.TestCase.settings = settings(
    max_examples=max(1, TOTAL // STEPS),
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class test_r9_applications_seats_and_slots_are_as_the_model_says(ApplicationMachine.TestCase):
    pass
