"""A state machine: applications, seats, waitlist and slots compared with a small model of the rules.

Requests are repeated, and stream records come late, repeated and cut off. When a review is due, and so is escalated, is
taken from the item: the calendar has tests of its own.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.review import usecases as review
from services.review.domain import TRANSITIONS, DecisionInput, Reason, State
from services.review.repository.applications import application_key
from services.review.repository.people import load_applicant
from services.review.settings import settings as in_force
from services.review.usecases.identities import hash_pseudonym
from services.shared.http.statuses import status_of
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.errors import DomainError, KeyReused
from services.shared.kernel.ids import IdempotencyKey, derive_id
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import CircleChanged, CircleData
from services.shared.messaging.stream import Change
from services.shared.security.audit import verify_chain
from services.shared.table.items import Item
from services.shared.table.port import Throttled, TransactionConflict
from simulation.driver import Faults, Faulty
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.settings import overridden
from simulation.setup.applications import CONTENT, application_input, enrol_reviewer
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import filter_changes, handle_changes, new_changes
from simulation.users import caller, new_key, user_id
from tests.usecases.review.application_model import (
    ACTS,
    APPLICANTS,
    DAY,
    IDENTITY_OF,
    MOVES,
    NOT_GRANTED,
    REVIEWERS,
    STATES_OF,
    STORED,
    UNDER_REVIEW,
    VERDICTS,
    ModelApplication,
    ModelIdentity,
)

TOTAL = int(os.environ.get("MACHINE_STEPS", "2500"))
STEPS, QUOTA = 50, 2  # steps of a run
NAMES, NUMBERS = st.sampled_from(sorted(APPLICANTS)), st.integers(0, 63)
FAULTS = st.none() | st.tuples(st.integers(1, 12), st.sampled_from(Fault))


class ApplicationMachine(RuleBasedStateMachine):
    @initialize(name=NAMES)
    def open(self, name: str) -> None:
        self.simulation, self.table = Simulation(), MemoryTable()
        self.simulation.review_table, self.clock = self.table, self.simulation.clock
        self.callers = {user_id(name): caller(name) for name in APPLICANTS}
        for reviewer, identity in REVIEWERS.items():
            self.callers[user_id(reviewer)] = enrol_reviewer(self.simulation, reviewer, identity)
        self.identities = {identity: ModelIdentity() for identity in APPLICANTS.values()}
        self.applications: dict[str, ModelApplication] = {}
        self.states: dict[str, str] = {}  # at the last check
        self.waitlist: list[ModelApplication] = []
        self.called = 0  # positions of the waitlist that had their turn
        self.closing: list[ModelApplication] = []  # their circles have closed, and review has not received the event
        self.pending: list[Change] = []
        self.delivered: dict[str, list[Change]] = {}  # the last changes of each application: they can be delivered again
        self.create(name, 0)

    def pick(self, number: int, *states: str) -> ModelApplication:
        """Pick an application in one of these states three times out of four, if there is one; otherwise any."""
        all_applications = list(self.applications.values())
        chosen = [one for one in all_applications if one.state in states and number % 4 < 3] or all_applications
        return chosen[number // 4 % len(chosen)]

    def items(self) -> dict[str, Item]:
        return {item["id"]: item for item in self.table.all_items() if item["sk"] == "APPLICATION"}

    def input_of(self, by: str, number: int) -> review.ApplicationInput:
        return application_input(self.simulation, self.callers[by], replace(CONTENT, plan=f"计划{number % 3}"), IDENTITY_OF[by])

    @rule(name=NAMES, number=NUMBERS)
    def create(self, name: str, number: int) -> None:
        """Create a draft, and submit it three times out of four."""
        by, now = user_id(name), self.clock.now
        last = (review.create_application, self.callers[by], new_key(self.callers[by], now=now), self.input_of(by, number))
        draft = review.create_application(self.simulation.review, *last[1:])
        application = ModelApplication(draft.id, by, self.identities[IDENTITY_OF[by]], [draft.content.hash], last, now)
        self.applications[draft.id] = application
        if number % 4 < 3:
            self.call(application, "submit", by)

    @rule(which=NUMBERS, name=NAMES, verb=st.sampled_from(ACTS), number=NUMBERS)
    def act(self, which: int, name: str, verb: str, number: int) -> None:
        """An act of the applicant, or of another user, perhaps of the same identity."""
        application = self.pick(which, *STATES_OF[verb])
        self.call(application, verb, application.by if number // 15 else user_id(name), number)

    @rule(
        which=NUMBERS,
        names=st.permutations(sorted(REVIEWERS)),
        verbs=st.lists(st.sampled_from(VERDICTS), max_size=3),
        number=NUMBERS,
    )
    def review(self, which: int, names: list[str], verbs: list[str], number: int) -> None:
        """One reviewer after the other, three times out of four after a claim; without verbs, all approve."""
        application = self.pick(which, *UNDER_REVIEW)
        for name, verb in zip(names, verbs or ["approve"] * 4, strict=False):
            if number % 4 < 3:
                self.call(application, "claim", user_id(name))
            self.call(application, verb, user_id(name), number)

    def call(self, application: ModelApplication, verb: str, by: str, number: int = 0) -> None:
        """Call the use case. What the model allows succeeds; anything else raises and changes nothing."""
        key, read = new_key(self.callers[by], now=self.clock.now), application.hashes[-1 if number % 5 < 4 else 0]
        reason = Reason.MEETS_CRITERIA if verb == "approve" else Reason.CIRCLE_VAGUE
        edit = change(self.items()[application.id]["applicant_version"], key.value)
        use_cases: dict[str, tuple[Any, ...]] = {
            "edit": (review.update_application, edit, self.input_of(by, number)),
            "submit": (review.submit_application,),
            "withdraw": (review.withdraw_application,),
            "appeal": (review.appeal_application, key, reason if number % 5 < 4 else Reason.OTHER, "已写明。"),
            "claim": (review.claim_application,),
            "release": (review.release_claim,),
            "ask": (review.request_information, key, ("plan",), "请补充。"),
        }
        decide = (review.decide_application, key, DecisionInput(verb == "approve", read, {}, (reason,), "写得清楚。"))
        use_case, *arguments = use_cases.get(verb, decide)
        valid, written = number % 5 < 4 if verb == "appeal" else read == application.hashes[-1], len(self.table.stream)
        call = (use_case, self.callers[by], application.id, *arguments)
        if application.can(verb, by, self.clock.now, valid):
            application.hashes.append(use_case(self.simulation.review, *call[1:]).content.hash)
            application.last = call if arguments else application.last
            self.change(application, verb, by)
            return
        with pytest.raises(DomainError) as raised:
            use_case(self.simulation.review, *call[1:])
        assert (status_of(type(raised.value)) < 500, len(self.table.stream)) == (True, written)

    def change(self, application: ModelApplication, verb: str, by: str) -> None:
        """Move the model to its next state."""
        application.change(verb, by, self.clock.now)
        if verb in ("approve", "reject"):
            self.conclude(application)

    def conclude(self, application: ModelApplication) -> None:
        """Two approvals, or one rejection. No application overtakes the waitlist."""
        verdicts = [approves for _, approves, instance in application.decisions if instance == application.instance]
        if not verdicts[-1]:
            application.enter("rejected" if application.instance == 1 else "upheld", self.clock.now)
        elif len(verdicts) == 2 and (self.called < len(self.waitlist) or not self.take_seat(application)):
            self.waitlist.append(application)
            application.waitlist_position = len(self.waitlist)
            application.enter("waitlisted", self.clock.now)

    def take_seat(self, application: ModelApplication) -> bool:
        """Take the lowest free seat, if there is one. A withdrawn application leaves it to the next."""
        free = set(range(1, QUOTA + 1)) - {other.seat for other in self.applications.values() if other.state == "active"}
        if free and application.state != "withdrawn":
            application.seat = min(free)
            application.enter("active", self.clock.now)
        return bool(free)

    @rule(by=st.sampled_from([{}, *MOVES]), runs=st.booleans())
    def advance(self, by: dict[str, int], runs: bool) -> None:
        """Advance the clock, and run the schedule or let it be late."""
        self.clock.advance(**by)
        now, items = self.clock.now, self.items()
        if not runs:
            return
        review.handle_schedule(self.simulation.review)
        for one in self.applications.values():
            if one.state in UNDER_REVIEW and not one.escalated and items[one.id]["due_at"] <= millis(now):
                one.escalated, one.reviewer, one.lease_until = True, None, None
            elif one.state == "needs_info" and now >= one.since + 7 * DAY:
                one.enter("expired", now)
            one.erased = one.erased or (one.state in (*NOT_GRANTED, "closed") and now >= one.since + 180 * DAY)
        while self.called < len(self.waitlist) and self.take_seat(self.waitlist[self.called]):
            self.called += 1

    @rule(which=NUMBERS, times=st.integers(0, 2))
    def close_circle(self, which: int, times: int) -> None:
        """Review receives the event once, twice, or with the next one."""
        self.closing.append(self.pick(which, "active"))
        while times and self.closing:
            application = self.closing.pop()
            circle_id = derive_id("cir", application.id)
            data = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=application.by, state="closed")
            for _ in range(times):
                event = CircleChanged(**envelope(self.simulation, circle_id), data=data)
                review.apply_circle_changed(self.simulation.review, event)
            if application.state == "active":
                application.enter("closed", self.clock.now)

    @rule(which=NUMBERS, first=st.integers(1, 4), again=st.booleans(), fault=FAULTS)
    def deliver_some(self, which: int, first: int, again: bool, fault: Any) -> None:
        """Deliver changes of one application in order, but before or after those of others, and twice.

        The first delivery can be cut off by a fault. With `again`, the last delivered changes come again.
        """
        application = self.pick(which)
        self.pending += new_changes(self.simulation, "review")
        if not (again and application.id in self.delivered):
            changes = [one for one in self.pending if one.new and one.key == application_key(application.id)][:first]
            self.pending = [change for change in self.pending if change not in changes]
            self.delivered[application.id] = filter_changes("review", changes)
            for change in changes:
                if change.old and change.new and change.old["state"] != change.new["state"]:
                    application.deliver()
        for plan in (dict([fault] if fault else []), {}):
            self.simulation.review_table = Faulty(self.table, Faults(plan))
            with contextlib.suppress(Lost, TransactionConflict, Throttled):
                review.handle_changes(self.simulation.review, self.delivered[application.id])
        self.simulation.review_table = self.table

    @rule()
    def deliver_all(self) -> None:
        while changes := self.pending + new_changes(self.simulation, "review"):
            self.pending = []
            handle_changes("review", self.simulation.review, changes)
        self.delivered = {}
        for application in self.applications.values():
            while application.undelivered:
                application.deliver()
        assert {verify_chain(self.table, item).state for item in self.items().values()} == {"intact"}

    @rule(which=NUMBERS)
    def repeat(self, which: int) -> None:
        """Repeat the last call with a key within 24 hours: nothing changes. With another body it raises."""
        use_case, *arguments = self.pick(which).last
        (key,) = (argument for argument in arguments if isinstance(argument, IdempotencyKey | ChangeRequest))
        if isinstance(key, ChangeRequest) or self.clock.now - from_millis(key.at_ms) <= DAY:
            before = self.table.all_items()
            use_case(self.simulation.review, *arguments)
            other = [replace(key, body_hash="another") if argument is key else argument for argument in arguments]
            with pytest.raises(KeyReused):
                use_case(self.simulation.review, *other)
            assert self.table.all_items() == before

    def teardown(self) -> None:
        if hasattr(self, "applications"):
            self.deliver_all()
            self.check()

    @invariant()
    def check(self) -> None:
        items = self.items()
        assert items.keys() == self.applications.keys()
        for application, item in ((self.applications[name], item) for name, item in items.items()):
            assert {name: item.get(name) for name in STORED} == {name: getattr(application, name) for name in STORED}
            decisions = [(IDENTITY_OF[it["reviewer"]["user_id"]], it["approves"], it["instance"]) for it in item["decisions"]]
            assert (decisions, not item["circle_name"]) == (application.decisions, application.erased)
            approvals = [(identity, instance) for identity, approves, instance in decisions if approves]
            assert len(set(approvals)) == len(approvals)
            before, self.states[application.id] = self.states.get(application.id, "draft"), item["state"]
            assert item["state"] in {before, *TRANSITIONS[State(before)]}
        seats = [item["seat"] for item in items.values() if item["state"] == "active"]
        assert len(set(seats)) == len(seats) == review.get_cohort(self.simulation.review, caller("hao")).taken
        assert set(seats) <= set(range(1, QUOTA + 1))
        positions = [item["waitlist_position"] for item in items.values() if "waitlist_position" in item]
        assert len(set(positions)) == len(positions)
        for name, identity in self.identities.items():
            self.check_applicant(name, identity)

    def check_applicant(self, name: str, identity: ModelIdentity) -> None:
        now = self.clock.now
        applicant = load_applicant(self.table, hash_pseudonym(self.simulation.review, name)).entity
        cool_until = applicant.cool_until if applicant.cool_until and now < applicant.cool_until else None
        expected = identity.open, identity.granted, identity.cool_until(now)
        assert (applicant.open_application, set(applicant.granted), cool_until) == expected
        assert not identity.open or self.applications[identity.open].identity is identity


SETTINGS = settings(
    max_examples=max(1, TOTAL // STEPS),
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@overridden(in_force, quotas={"first-100": QUOTA})
def test_r9_applications_seats_and_slots_match_the_model() -> None:
    run_state_machine_as_test(ApplicationMachine, settings=SETTINGS)
