"""Members, passcodes, screening and sanctions of one circle against a small model of the rules.

The stream is handled late and repeatedly, which must change nothing.
"""

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
from services.circles.repository.circles import find_member
from services.circles.repository.passcodes import attempts_key
from services.shared.kernel.errors import DomainError
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import SuccessionDecided, SuccessionDecidedData
from services.shared.security.audit import verify_chain
from simulation.memory import MemoryTable
from simulation.setup.circles import open_circle
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes
from simulation.users import caller, new_key
from tests.usecases.circles import membership_model as model
from tests.usecases.circles.membership_model import ABSENT, Error, UserModel, pasted
from tests.usecases.circles.passcode_model import PasscodeModel
from tests.usecases.circles.screening_model import ScreeningModel

STEPS, RUNS = 25, 10  # per run, and runs per batch: after 10 runs, hypothesis mostly repeats what it has tried
TOTAL = int(os.environ.get("MACHINE_STEPS", "1250"))
CHOICE = st.integers(0, 1023)
SETTINGS = settings(
    max_examples=RUNS,
    phases=[Phase.generate, Phase.shrink],
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class MembershipMachine(RuleBasedStateMachine):
    @initialize(first=st.lists(CHOICE, max_size=5), roles=st.lists(CHOICE, max_size=3))
    def open(self, first: list[int], roles: list[int]) -> None:
        """Open a circle with some members, and assign some roles."""
        self.simulation, self.table = Simulation(), MemoryTable()
        self.simulation.circles_table, self.clock = self.table, self.simulation.clock
        self.users = [UserModel(name) for name in model.USERS]
        self.callers = {user.id: caller(user.name) for user in self.users}
        self.owner = self.users[0]
        self.owner.state, self.owner.role, self.owner.joined_at = "member", "owner", self.clock.now
        self.circle_id = open_circle(self.simulation, self.callers[self.owner.id])
        self.screening, self.notes, self.passcodes = ScreeningModel(), 0, list[PasscodeModel]()
        self.issue_passcode(self.owner, 50, timedelta(hours=72))
        for choice in first:
            self.join(self.owner, self.pick(choice, *ABSENT), 0)
        for choice in roles:
            self.set_role(self.owner, self.pick(choice, "member"), choice // 64)

    # One rule for all actions: hypothesis leaves some rules out of a run.
    @rule(
        actions=st.lists(
            st.tuples(st.sampled_from([*model.ACTIONS, *model.FREQUENT]), CHOICE, CHOICE, CHOICE), min_size=1, max_size=3
        )
    )
    def act(self, actions: list[tuple[str, int, int, int]]) -> None:
        """Run actions in order, each with an actor, a target and a choice of its details."""
        for action, by, target, choice in actions:
            rank, statuses = model.ACTIONS[action]
            actor, user = self.pick_actor(by, rank), self.pick(target, *statuses)
            note(f"{self.clock.now:%d %H:%M} {action} by {actor.name} of {user.name} {choice}")
            getattr(self, action)(actor, user, choice)

    def pick(self, choice: int, *statuses: str) -> UserModel:
        """Pick a user with one of these statuses, but not the owner, 7 times out of 8 if there is one; else any user."""
        usual = [user for user in self.users if user is not self.owner and user.status in statuses and choice % 8]
        usual = usual or self.users
        return usual[choice // 8 % len(usual)]

    def pick_actor(self, choice: int, rank: int) -> UserModel:
        """Pick a user with the permission 3 times out of 4; else any user, more often one with a role."""
        usual = [user for user in self.users if not user.error_below(rank) and choice % 4]
        usual = usual or [user for user in self.users for _ in range(1 + user.rank)]
        return usual[choice // 4 % len(usual)]

    def pick_passcode(self, choice: int) -> PasscodeModel:
        """Pick an active passcode 3 times out of 4 if there is one; else any."""
        usual = [passcode for passcode in self.passcodes if passcode.is_active(self.clock.now) and choice % 4]
        usual = usual or self.passcodes
        return usual[choice // 4 % len(usual)]

    def check(self, error: Error, call: Callable[..., Any], by: UserModel, *arguments: Any, **more: Any) -> Any:
        """Call the service. It must succeed, or raise the error that the model returned and write nothing."""
        caller, written = self.callers[by.id], len(self.table.stream)
        if error is None:
            return call(self.simulation.circles, caller, self.circle_id, *arguments, **more)
        with pytest.raises(DomainError) as raised:
            call(self.simulation.circles, caller, self.circle_id, *arguments, **more)
        assert (type(raised.value), len(self.table.stream)) == (error, written)
        return None

    def new_key(self, by: UserModel) -> Any:
        return new_key(self.callers[by.id], now=self.clock.now)

    def issue(self, by: UserModel, user: UserModel, choice: int) -> None:
        self.issue_passcode(
            by, model.USES[choice % len(model.USES)], timedelta(hours=model.HOURS[choice // 8 % len(model.HOURS)])
        )

    def issue_passcode(self, by: UserModel, uses: int, lifetime: timedelta) -> None:
        issued = self.check(by.issue(uses), circles.issue_passcode, by, self.new_key(by), lifetime, uses)
        self.add_passcode(issued, by, uses, lifetime)

    def add_passcode(self, issued: Any, by: UserModel, max_uses: int, lifetime: timedelta) -> None:
        if issued:
            text, passcode = issued
            new = PasscodeModel(passcode.id, text, by.id, max_uses, lifetime, self.clock.now + lifetime)
            new.issuing_user, new.rights_ended = None if by.role == "owner" else by, by.rights_ended
            self.passcodes.append(new)

    def rotate(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Rotate a passcode; for every second choice the request is retried."""
        passcode, grace = self.pick_passcode(choice), timedelta(hours=model.GRACES[choice // 4 % len(model.GRACES)])
        arguments = passcode.id, self.new_key(by), grace
        issued = self.check(passcode.rotate(by, grace, self.clock.now), circles.rotate_passcode, by, *arguments)
        self.add_passcode(issued, by, passcode.max_uses, passcode.lifetime)
        assert not issued or choice % 2 or self.check(None, circles.rotate_passcode, by, *arguments) == issued

    def revoke(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Revoke a passcode or quarantine it, which affects its joiners only when the stream is handled."""
        passcode, is_quarantine = self.pick_passcode(choice), choice % 2 == 1
        call = circles.quarantine_passcode if is_quarantine else circles.revoke_passcode
        quarantined = (self.clock.now, by.id) if is_quarantine else None
        self.check(passcode.revoke(by, quarantined, self.clock.now), call, by, passcode.id)

    def join(self, by: UserModel, user: UserModel, choice: int) -> None:
        passcode = self.pick_passcode(choice)
        self.try_passcode(self.screening.join(user, passcode, self.clock.now), user, pasted(passcode.text, choice // 4))

    def try_passcode(self, error: Error, user: UserModel, text: str) -> None:
        """Join with a passcode. The attempts are deleted afterwards: the limit on guesses is not part of this model."""
        if error is None:
            assert str(circles.join_circle(self.simulation.circles, self.callers[user.id], text).state) == user.state
            return
        with pytest.raises(DomainError) as raised:
            circles.join_circle(self.simulation.circles, self.callers[user.id], text)
        assert type(raised.value) is error
        self.table.delete(attempts_key(user.id), when=None)

    def fail_to_join(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Try a passcode that was never issued and a text without one; banned users try every passcode and a new one."""
        self.try_passcode(PasscodeRejected, user, pasted(model.WRONG, choice))
        self.try_passcode(PasscodeUnclear, user, model.UNCLEAR[choice % len(model.UNCLEAR)])
        self.issue_passcode(self.owner, 1, timedelta(hours=1))
        for other in self.users:
            for passcode in self.passcodes * other.is_excluded(self.clock.now):
                self.try_passcode(PasscodeRejected, other, pasted(passcode.text, choice))

    def set_screening(self, by: UserModel, user: UserModel, choice: int) -> None:
        screening, request = model.SCREENINGS[choice % len(model.SCREENINGS)], change(self.screening.revision)
        error = self.screening.set(by, screening, self.clock.now)
        if screening is None:
            self.check(error, circles.stop_screening, by)
        else:
            self.check(error, circles.set_screening, by, request, *screening[:2], approval=screening[2])

    def answer(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Answer, sometimes for another revision, sometimes with too many answers."""
        revision = self.screening.revision - (choice % 8 == 1)
        answer_count = self.screening.question_count + (choice % 8 == 2)
        error = self.screening.answer(user, revision, answer_count, self.clock.now)
        self.check(error, circles.answer_screening, user, revision, ("江边",) * answer_count)

    def approve(self, by: UserModel, user: UserModel, choice: int) -> None:
        self.clock.advance(milliseconds=1)  # an approval counts only if it is later than the quarantine
        self.check(user.be_approved(by, self.clock.now), circles.approve_member, by, user.id)

    def leave(self, by: UserModel, user: UserModel, choice: int) -> None:
        self.check(user.leave(), circles.leave_circle, user, gives_up_role=True)

    def post(self, by: UserModel, user: UserModel, choice: int) -> None:
        error = user.post(self.clock.now)
        self.check(error, circles.post_note, user, self.new_key(user), circles.NoteInput("早"))
        self.notes += error is None

    def sanction(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Impose a sanction, sometimes twice, which must count once."""
        kind, days = model.SANCTIONS[choice % len(model.SANCTIONS)]
        until = self.clock.now + timedelta(days=days) if days else None
        for _ in range(1 + choice // 8 % 2):
            error = user.be_sanctioned((kind, by.id, until), by, self.clock.now)
            self.check(error, circles.impose_member_sanction, by, user.id, SanctionKind(kind), reason="公布巢址", until=until)

    def lift_sanctions(self, by: UserModel, user: UserModel, choice: int) -> None:
        self.check(user.have_sanctions_lifted(by, self.clock.now), circles.lift_member_sanction, by, user.id, "误判")

    def set_role(self, by: UserModel, user: UserModel, choice: int) -> None:
        role = model.ROLES[choice % len(model.ROLES)]
        request = change(getattr(find_member(self.table, self.circle_id, user.id), "version", 0))
        after = self.check(user.set_role(role, by, self.clock.now), circles.set_role, by, user.id, request, Role(role))
        if after and role != user.role:
            user.take_on(role, self.clock.now)
            self.check(None, circles.accept_role, user, Role(role))

    def transfer(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Offer the circle. The offer is then declined, withdrawn, or accepted and approved, each event delivered twice."""
        offer = self.check(user.be_offered_circle(by, self.clock.now), circles.offer_ownership, by, user.id)
        if offer and choice % 4 < 2:
            self.check(None, circles.withdraw_ownership_offer, (by, user)[choice % 4])
        elif offer:
            for state in ("accepted", "accepted", "approved", "approved"):
                ids = {"succession_id": offer.id, "circle_id": self.circle_id, "owner_id": by.id, "candidate_id": user.id}
                decided = SuccessionDecidedData.model_validate({**ids, "state": state})
                circles.apply_succession_decided(
                    self.simulation.circles, SuccessionDecided(**envelope(self.simulation, offer.id), data=decided)
                )
            user.become_owner(by, self.clock.now)
            self.owner = user

    def handle_stream(self, by: UserModel, user: UserModel, choice: int) -> None:
        """Handle the stream from its beginning, sometimes twice; then check the audit chains."""
        for _ in range(1 + choice % 2):
            handle_all_changes(self.simulation, "circles")
        for other in self.users:
            other.apply_quarantine()
        if choice % 2:
            items = (item for item in self.table.all_items() if item["sk"].startswith("MEMBER#"))
            assert {verify_chain(self.table, item).state for item in items} == {"intact"}

    def pass_time(self, by: UserModel, user: UserModel, choice: int) -> None:
        self.clock.advance(**model.PAUSES[choice % len(model.PAUSES)])

    def teardown(self) -> None:
        if hasattr(self, "passcodes"):
            self.handle_stream(self.owner, self.owner, 1)
            self.members_are_equal()

    @invariant()
    def members_are_equal(self) -> None:
        members, _ = circles.list_memberships(
            self.simulation.circles, self.callers[self.owner.id], self.circle_id, PageRequest(100)
        )
        users = {user.id: user for user in self.users if user.state}
        assert {member.user_id for member in members} == users.keys()
        for member, user in ((member, users[member.user_id]) for member in members):
            status = str(member.pending_step if member.state == "pending" else member.state)
            assert (status, str(member.role), member.trail.length) == (user.status, user.role, user.audit_length)
            assert (member.passcode_id, member.invited_by, member.joined_at) == (*user.joined_with, user.joined_at)
            sanctions = [one and (str(one.kind), one.by, one.until) for one in (member.sanction, member.mute)]
            assert sanctions == [user.sanction, user.mute]
        assert [member.user_id for member in members if member.role == "owner"] == [self.owner.id]

    @invariant()
    def passcodes_are_equal(self) -> None:
        stored, _ = circles.list_passcodes(
            self.simulation.circles, self.callers[self.owner.id], self.circle_id, PageRequest(100)
        )
        assert {
            one.id: (one.uses, one.max_uses, one.expires_at, one.revoked, one.quarantined_at, one.quarantined_by)
            for one in stored
        } == {
            one.id: (one.uses, one.max_uses, one.expires_at, one.revoked, *(one.quarantined or (None, "")))
            for one in self.passcodes
        }
        assert all(one.uses <= one.max_uses for one in stored)

    @invariant()
    def lists_are_equal(self) -> None:
        """Compare pending members, each user's circles, the feed, and the screening that pending users can read."""
        ports, pending = self.simulation.circles, [user for user in self.users if user.state == "pending"]
        listed, _ = circles.list_pending_members(ports, self.callers[self.owner.id], self.circle_id, PageRequest(100))
        in_order = sorted(pending, key=lambda user: (user.joined_at, user.id))
        assert [member.user_id for member in listed] == [user.id for user in in_order]
        for user in self.users:
            joined, _ = circles.list_circles(ports, self.callers[user.id], PageRequest(20))
            assert [circle.id for circle, _ in joined] == [self.circle_id] * user.is_active
            feed = self.check(None if user.is_active else CircleNotFound, circles.list_notes, user, PageRequest(1))
            assert feed is None or len(feed[0]) == min(self.notes, 1)
        assert {self.screening_seen_by(user) for user in (self.owner, *pending)} == {self.screening.seen}

    def screening_seen_by(self, user: UserModel) -> tuple[Any, int]:
        circle = circles.get_screening(self.simulation.circles, self.callers[user.id], self.circle_id)
        seen = circle.screening
        return seen and (seen.rules, seen.questions, seen.approval), seen.revision if seen else circle.screening_revision


@pytest.mark.parametrize("batch", range(max(1, TOTAL // STEPS // RUNS)))
def test_c9_members_passcodes_and_sanctions_match_the_model(batch: int) -> None:
    machine = seed(batch)(type("Machine", (MembershipMachine,), {}))
    run_state_machine_as_test(machine, settings=SETTINGS)
