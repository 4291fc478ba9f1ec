"""One circle's members, passcodes, screening and sanctions against a small model that says the rules again, whatever the stream
tells twice or late."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.errors import CircleNotFound, PasscodeRejected, PasscodeUnclear
from services.circles.repository.passcodes import guesses_key
from services.shared.kernel.errors import DomainError
from services.shared.messaging.events import SuccessionAnswered, SuccessionAnsweredData
from services.shared.security.audit import verify
from simulation.memory import MemoryTable
from simulation.setup.circles import follow
from simulation.setup.common import envelope, open_circle
from simulation.simulation import World, person, wish
from tests.support.joining import FEW, GOVERN, HERE, INVITE, KEEP_ORDER, OUT, OWN, READ, Code, No, Roll, Someone, pasted

STEPS, RUNS = 25, 10  # a run, and runs of a batch: after ten hypothesis mostly tries copies of what it has tried
TOTAL = int(os.environ.get("MACHINE_STEPS", "10000"))
VERBS: dict[str, tuple[int, tuple[str, ...]]] = {  # from which rank one may, and whom it is mostly about
    "join": (READ, (*OUT, "answers", "admission")),
    "join_in_vain": (READ, OUT),
    "issue": (INVITE, ()),
    "rotate": (KEEP_ORDER, ()),
    "end_code": (KEEP_ORDER, ()),
    "ask": (GOVERN, ()),
    "answer": (READ, ("answers",)),
    "admit": (KEEP_ORDER, ("admission",)),
    "leave": (READ, HERE),
    "speak": (READ, ("member",)),
    "sanction": (KEEP_ORDER, HERE),
    "pardon": (KEEP_ORDER, ("member", "banned")),
    "set_role": (GOVERN, ("member",)),
    "hand_over": (OWN, ("member",)),
    "hear": (READ, ()),
    "pass_time": (READ, ()),
}
OFTEN = ["join", "join", "answer", "admit", "sanction", "set_role"]
PEOPLE = ["lin", "mei", "hao", "yan", "shan", "qiu"]  # the first is the owner
USES, HOURS, GRACES = [1, 2, FEW, FEW + 1], [1, 20, 24, 72], [0, 1, 24, 72]
ASKS = [
    None,
    *((rules, asked, approval) for rules in ("甲", "乙") for asked in ((), ("？", "？")) for approval in (False, True)),
]
KINDS, ENDS = ("mute", "mute", "kick", "ban", "ban", "ban", "mute", "ban"), (1, 3, 0, 1, 3, 0, -1, -1)
UNTIL = list(zip(KINDS, ENDS, strict=True))  # days; 0: no end
ROLES = ["moderator", "co_owner", "buyer", "member", "moderator", "co_owner", "owner", "regular"]
MOVES = [{"minutes": 1}, {"minutes": 31}, {"hours": 1}, {"hours": 20}, {"days": 1}, {"days": 3}]
WRONG, UNCLEAR = "ABCD-EFGH-JKMN", ["没有口令", "ABCD-EFGH", "ABCD-EFGH-JKMN ABCD-EFGH-JKMP"]
WHICH = st.integers(0, 1023)
SETTINGS = settings(
    max_examples=RUNS,
    phases=[Phase.generate, Phase.shrink],
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class MembershipMachine(RuleBasedStateMachine):
    @initialize(first=st.lists(WHICH, max_size=5), roles=st.lists(WHICH, max_size=3))
    def open(self, first: list[int], roles: list[int]) -> None:
        """A circle of whoever comes first, in their roles."""
        self.world, self.table = World(), MemoryTable()
        self.world.circles_table, self.clock = self.table, self.world.clock
        self.people = [Someone(name) for name in PEOPLE]
        self.callers = {one.id: person(one.name) for one in self.people}
        self.owner = self.people[0]
        self.owner.state, self.owner.role, self.owner.came = "member", "owner", self.clock.now
        self.circle_id = open_circle(self.world, self.callers[self.owner.id])
        self.roll, self.codes, self.notes = Roll(), [], 0
        self.give_code(self.owner, 50, timedelta(hours=72))
        for which in first:
            self.join(self.owner, self.pick(which, *OUT), 0)
        for which in roles:
            self.set_role(self.owner, self.pick(which, "member"), which // 64)

    @rule(acts=st.lists(st.tuples(st.sampled_from([*VERBS, *OFTEN]), WHICH, WHICH, WHICH), min_size=1, max_size=3))
    def live(self, acts: list[tuple[str, int, int, int]]) -> None:
        """One after the other: by whom, to whom, with what. One rule, for hypothesis leaves some out of a run."""
        for verb, by, whom, which in acts:
            rank, stands = VERBS[verb]
            actor, one = self.pick_by(by, rank), self.pick(whom, *stands)
            note(f"{self.clock.now:%d %H:%M} {verb} by {actor.name} of {one.name} {which}")
            getattr(self, verb)(actor, one, which)

    def pick(self, which: int, *stands: str) -> Someone:
        """Somebody but the owner who stands so seven times out of eight, if there is one; else anybody."""
        found = [one for one in self.people if one is not self.owner and one.stands in stands and which % 8] or self.people
        return found[which // 8 % len(found)]

    def pick_by(self, which: int, rank: int) -> Someone:
        """Somebody who may three times out of four; else anybody, rather one with a role."""
        found = [one for one in self.people if not one.lacks(rank) and which % 4]
        found = found or [one for one in self.people for _ in range(1 + one.rank)]
        return found[which // 4 % len(found)]

    def pick_code(self, which: int) -> Code:
        """One that opens three times out of four, if there is one; else any."""
        found = [code for code in self.codes if code.opens(self.clock.now) and which % 4] or self.codes
        return found[which // 4 % len(found)]

    def make(self, error: No, call: Callable[..., Any], by: Someone, *said: Any, **more: Any) -> Any:
        """What the model allows succeeds; all else is refused as the model says, and changes nothing."""
        caller, told = self.callers[by.id], len(self.table.stream)
        if error is None:
            return call(self.world.circles, caller, self.circle_id, *said, **more)
        with pytest.raises(DomainError) as refused:
            call(self.world.circles, caller, self.circle_id, *said, **more)
        assert (type(refused.value), len(self.table.stream)) == (error, told)
        return None

    def wish(self, by: Someone) -> Any:
        return wish(self.callers[by.id], now=self.clock.now)

    def issue(self, by: Someone, one: Someone, which: int) -> None:
        self.give_code(by, USES[which % len(USES)], timedelta(hours=HOURS[which // 8 % len(HOURS)]))

    def give_code(self, by: Someone, uses: int, life: timedelta) -> None:
        issued = self.make(by.may_issue(uses), circles.issue_passcode, by, self.wish(by), life, uses)
        self.keep_code(issued, by, uses, life)

    def keep_code(self, issued: Any, by: Someone, most: int, life: timedelta) -> None:
        if issued:
            text, passcode = issued
            self.codes.append(Code(passcode.id, text, by.id, most, life, self.clock.now + life))

    def rotate(self, by: Someone, one: Someone, which: int) -> None:
        """Sometimes the same wish twice."""
        code, grace = self.pick_code(which), timedelta(hours=GRACES[which // 4 % len(GRACES)])
        said = code.id, self.wish(by), grace
        issued = self.make(code.rotate(by, grace, self.clock.now), circles.rotate_passcode, by, *said)
        self.keep_code(issued, by, code.most, code.life)
        assert not issued or which % 2 or self.make(None, circles.rotate_passcode, by, *said) == issued

    def end_code(self, by: Someone, one: Someone, which: int) -> None:
        """Revoke it, or quarantine it: whom it let in waits anew only when the stream has told."""
        code, leaked = self.pick_code(which), which % 2 == 1
        call = circles.quarantine_passcode if leaked else circles.revoke_passcode
        self.make(code.end(by, (self.clock.now, by.id) if leaked else None), call, by, code.id)

    def join(self, by: Someone, one: Someone, which: int) -> None:
        code = self.pick_code(which)
        self.try_code(self.roll.join(one, code, self.clock.now), one, pasted(code.text, which // 4))

    def try_code(self, error: No, one: Someone, text: str) -> None:
        """A wrong one counts as a guess; that is forgotten here."""
        if error is None:
            assert str(circles.join_circle(self.world.circles, self.callers[one.id], text).state) == one.state
            return
        with pytest.raises(DomainError) as refused:
            circles.join_circle(self.world.circles, self.callers[one.id], text)
        assert type(refused.value) is error
        self.table.delete(guesses_key(one.id), when=None)

    def join_in_vain(self, by: Someone, one: Someone, which: int) -> None:
        """By a code that never was, and by nothing that is one; whoever is banned by every code there was, and a fresh one."""
        self.try_code(PasscodeRejected, one, pasted(WRONG, which))
        self.try_code(PasscodeUnclear, one, UNCLEAR[which % len(UNCLEAR)])
        self.give_code(self.owner, 1, timedelta(hours=1))
        for other in self.people:
            for code in self.codes * other.is_banned(self.clock.now):
                self.try_code(PasscodeRejected, other, pasted(code.text, which))

    def ask(self, by: Someone, one: Someone, which: int) -> None:
        asks = ASKS[which % len(ASKS)]
        error = self.roll.ask(by, asks)
        if asks is None:
            self.make(error, circles.stop_screening, by)
        else:
            self.make(error, circles.set_screening, by, *asks[:2], approval=asks[2])

    def answer(self, by: Someone, one: Someone, which: int) -> None:
        """Sometimes to rules of another revision, sometimes not to each question."""
        revision, answers = self.roll.revisions - (which % 8 == 1), self.roll.questions + (which % 8 == 2)
        error = self.roll.answer(one, revision, answers)
        self.make(error, circles.answer_screening, one, revision, ("江边",) * answers)

    def admit(self, by: Someone, one: Someone, which: int) -> None:
        """A moment after whatever was before."""
        self.clock.advance(milliseconds=1)
        self.make(one.be_admitted(by), circles.approve_member, by, one.id)

    def leave(self, by: Someone, one: Someone, which: int) -> None:
        self.make(one.leave(), circles.leave_circle, one)

    def speak(self, by: Someone, one: Someone, which: int) -> None:
        error = one.speak(self.clock.now)
        self.make(error, circles.post_note, one, self.wish(one), circles.Words("早"))
        self.notes += error is None

    def sanction(self, by: Someone, one: Someone, which: int) -> None:
        """The same word twice is one."""
        kind, days = UNTIL[which % len(UNTIL)]
        until = self.clock.now + timedelta(days=days) if days else None
        said = one.id, SanctionKind(kind)
        for _ in range(1 + which // 8 % 2):
            error = one.be_put_under((kind, by.id, until), by, self.clock.now)
            self.make(error, circles.impose_member_sanction, by, *said, reason="公布巢址", until=until)

    def pardon(self, by: Someone, one: Someone, which: int) -> None:
        self.make(one.be_pardoned(by, self.clock.now), circles.pardon_member, by, one.id, "误判")

    def set_role(self, by: Someone, one: Someone, which: int) -> None:
        role = ROLES[which % len(ROLES)]
        self.make(one.take_role(role, by), circles.set_role, by, one.id, Role(role))

    def hand_over(self, by: Someone, one: Someone, which: int) -> None:
        """Offered, and then declined, taken back, or accepted and approved by the platform, each told twice."""
        offer = self.make(one.be_offered(by, self.clock.now), circles.offer_ownership, by, one.id)
        if offer and which % 4 < 2:
            self.make(None, circles.withdraw_ownership_offer, (by, one)[which % 4])
        elif offer:
            for state in ("accepted", "accepted", "approved", "approved"):
                about = {"succession_id": offer.id, "circle_id": self.circle_id, "owner_id": by.id, "candidate_id": one.id}
                answer = SuccessionAnsweredData.model_validate({**about, "state": state})
                circles.take_answer(self.world.circles, SuccessionAnswered(**envelope(self.world, offer.id), data=answer))
            one.take_over(by)
            self.owner = one

    def hear(self, by: Someone, one: Someone, which: int) -> None:
        """The stream from its beginning, perhaps twice: what the first time adds is then told too, and the audit whole."""
        for _ in range(1 + which % 2):
            follow(self.world)
        for member in self.people:
            member.wait_anew()
        if which % 2:
            rows = [item for item in self.table.all_items() if item["sk"].startswith("MEMBER#")]
            assert {verify(self.table, row).state for row in rows} == {"intact"}

    def pass_time(self, by: Someone, one: Someone, which: int) -> None:
        self.clock.advance(**MOVES[which % len(MOVES)])

    def teardown(self) -> None:
        if hasattr(self, "codes"):
            self.hear(self.owner, self.owner, 1)
            self.members_hold()

    @invariant()
    def members_hold(self) -> None:
        rows, _ = circles.list_members(self.world.circles, self.callers[self.owner.id], self.circle_id, 100, None)
        people = {one.id: one for one in self.people if one.state}
        assert {row.user_id for row in rows} == people.keys()
        for row, one in ((row, people[row.user_id]) for row in rows):
            stands = str(row.awaits if row.state == "pending" else row.state)
            assert (stands, str(row.role), row.trail.length) == (one.stands, one.role, one.audited)
            assert (row.passcode_id, row.invited_by, row.joined_at) == (*one.let_in_by, one.came)
            assert [word and (str(word.kind), word.by, word.until) for word in (row.sanction, row.mute)] == [one.out, one.mute]
        assert [row.user_id for row in rows if row.role == "owner"] == [self.owner.id]

    @invariant()
    def codes_hold(self) -> None:
        found, _ = circles.list_passcodes(self.world.circles, self.callers[self.owner.id], self.circle_id, 100, None)
        kept = {
            one.id: (one.uses, one.max_uses, one.ends_at, one.revoked, one.quarantined_at, one.quarantined_by) for one in found
        }
        assert kept == {
            one.id: (one.uses, one.most, one.ends_at, one.revoked, *(one.leaked or (None, ""))) for one in self.codes
        }
        assert all(one.uses <= one.max_uses for one in found)

    @invariant()
    def lists_hold(self) -> None:
        """Who waits, first come first; my circles; the feed; and what is asked, which is all that who waits may read."""
        ports, waits = self.world.circles, [one for one in self.people if one.state == "pending"]
        pending, _ = circles.list_pending(ports, self.callers[self.owner.id], self.circle_id, 100, None)
        assert [one.user_id for one in pending] == [one.id for one in sorted(waits, key=lambda one: (one.came, one.id))]
        for one in self.people:
            mine, _ = circles.list_circles(ports, self.callers[one.id], 20, None)
            assert [circle.id for circle, _ in mine] == [self.circle_id] * one.is_in
            feed = self.make(None if one.is_in else CircleNotFound, circles.list_notes, one, 1, None)
            assert feed is None or len(feed[0]) == min(self.notes, 1)
        for one in (self.owner, *waits):
            assert self.asked_of(one) == (self.roll.asks, self.roll.revisions)

    def asked_of(self, one: Someone) -> tuple[Any, int]:
        circle = circles.get_screening(self.world.circles, self.callers[one.id], self.circle_id)
        asked = circle.screening
        return asked and (asked.rules, asked.questions, asked.approval), asked.revision if asked else circle.screenings


@pytest.mark.parametrize("batch", range(max(1, TOTAL // STEPS // RUNS)))
def test_c9_members_codes_and_sanctions_are_as_the_model_says(batch: int) -> None:
    machine = seed(batch)(type("Machine", (MembershipMachine,), {}))
    run_state_machine_as_test(machine, settings=SETTINGS)
