"""A state machine: acts of single reviewers never take from a user's sanction what two reviewers decided (R14, R15)."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from services.review.domain import Reviewer, Sanction, SanctionRecord
from services.review.repository.people import sanction_record_from_item, sanction_record_to_item
from services.shared.kernel.errors import DomainError
from services.shared.messaging.events import AccountStatusChangedData
from services.shared.security.account_status import SanctionLevel, account_status_data
from services.shared.security.audit import AuditTrail

TOTAL = int(os.environ.get("MACHINE_STEPS", "10000"))
STEPS = 40  # steps of a run
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAUSE = 7 * DAY
# "rui" has two users.
REVIEWERS = [Reviewer("rui", "1"), Reviewer("rui-too", "1"), Reviewer("shan", "2"), Reviewer("tao", "3")]
NONE, *LEVELS = SanctionLevel
ENDS = (None, timedelta(minutes=1), HOUR, 24 * HOUR, 30 * DAY)
PROBES = (timedelta(0), timedelta(minutes=1), HOUR, 23 * HOUR, 24 * HOUR, 25 * HOUR, 6 * DAY, 30 * DAY, 400 * DAY)

reviewers, levels, ends = st.sampled_from(REVIEWERS), st.sampled_from(LEVELS), st.sampled_from(ENDS)


class SanctionMachine(RuleBasedStateMachine):
    """`decided` and `decided_until`: what two reviewers decided last. `spent`: when an identity's last emergency ended."""

    @initialize()
    def begin(self) -> None:
        self.now = datetime(2026, 3, 5, tzinfo=UTC)
        self.record = SanctionRecord("lin", AuditTrail(salt="salt"))
        self.decided = NONE
        self.decided_until: datetime | None = None
        self.spent: dict[str, datetime] = {}

    def floor(self, at: datetime) -> SanctionLevel:
        return self.decided if self.decided_until is None or at < self.decided_until else NONE

    def apply(self, after: SanctionRecord) -> None:
        pending, self.record = self.record.pending, sanction_record_from_item(sanction_record_to_item(after))
        if pending and pending.emergency and self.record.pending != pending and not self.is_ratified(pending):
            self.spent[pending.by.identity_hash] = min(self.now, pending.ratify_until)

    def is_ratified(self, pending: Sanction) -> bool:
        current = self.record.current
        if current is None or not current.ratified:
            return False
        return replace(current, at=pending.at, ratified=False, ratifier=None, emergency=True) == pending

    @rule(by=reviewers, level=levels, end=ends, emergency=st.booleans())
    def impose(self, by: Reviewer, level: SanctionLevel, end: timedelta | None, emergency: bool) -> None:
        before, pending = self.record.account_status, self.record.pending
        sanction = Sanction(level, self.now + end if end else None, "刷屏", by, self.now, emergency)
        try:
            self.apply(self.record.impose(sanction, has_conflict=False))
        except DomainError:
            return
        if emergency and self.record.pending == sanction != pending:
            last = self.spent.get(by.identity_hash)
            assert last is None or self.now - last >= PAUSE
            assert all(
                self.record.account_status.at(self.now + probe).includes(before.at(self.now + probe)) for probe in PROBES
            )

    @rule(by=reviewers, mistake=st.booleans())
    def lift(self, by: Reviewer, mistake: bool) -> None:
        try:
            self.apply(self.record.lift(by, "误判", has_conflict=False, mistake=mistake, at=self.now))
        except DomainError:
            return

    @precondition(lambda self: self.record.pending)
    @rule(by=reviewers)
    def reject(self, by: Reviewer) -> None:
        assert self.record.pending
        self.apply(self.record.reject(by, self.record.pending.id, has_conflict=False, at=self.now))

    @precondition(lambda self: self.record.pending)
    @rule(by=reviewers)
    def ratify(self, by: Reviewer) -> None:
        pending = self.record.pending
        assert pending
        try:
            self.apply(self.record.ratify(by, pending.id, has_conflict=False, at=self.now))
        except DomainError:
            return
        assert by.identity_hash != pending.by.identity_hash
        self.decided, self.decided_until = pending.level, pending.until

    @rule()
    def expire(self) -> None:
        """Run the schedule: it changes what is stored, and no level at any time."""
        before = [self.record.account_status.at(self.now + probe) for probe in PROBES]
        self.apply(self.record.expire_pending(at=self.now))
        assert [self.record.account_status.at(self.now + probe) for probe in PROBES] == before

    @rule(wait=st.sampled_from(PROBES[1:7]))
    def wait(self, wait: timedelta) -> None:
        self.now += wait

    @invariant()
    def the_level_is_never_below_what_two_reviewers_decided(self) -> None:
        for probe in PROBES:
            at = self.now + probe
            level = self.record.account_status.at(at)
            assert level.includes(self.floor(at))
            if probe >= DAY:  # and one reviewer alone reaches at most a mute for longer than 24 hours
                assert max(self.floor(at), SanctionLevel.MUTED, key=lambda each: each.rank).includes(level)

    @invariant()
    def the_event_carries_what_the_record_has(self) -> None:
        status = self.record.account_status
        data = AccountStatusChangedData(user_id="lin", **account_status_data(status))
        sent = AccountStatusChangedData.model_validate(data.model_dump(mode="json"))
        assert {name: getattr(sent, name) for name in account_status_data(status)} == account_status_data(status)


SETTINGS = settings(
    max_examples=max(1, TOTAL // STEPS),
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_r15_no_sequence_of_acts_of_single_reviewers_lowers_what_two_decided() -> None:
    run_state_machine_as_test(SanctionMachine, settings=SETTINGS)
