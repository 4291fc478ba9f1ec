"""The transparency report (R20): its counts are those of the audit log."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import AppealOutcome, CaseOutcome, Reason
from services.review.domain.tenure import AssessmentOutcome
from services.review.domain.transparency import COUNTED, Count, Process, TransparencyReport, find_act
from services.review.repository.transparency import count_acts
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.security.audit import GENESIS_HASH, AuditEntry
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.items import Put
from simulation.memory import MemoryTable
from simulation.setup.applications import (
    create_application,
    decide_application,
    decision_input,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.events import note_reported
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, handle_changes, handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, YAN, HAO, ZOE = (caller(name) for name in ("lin", "mei", "yan", "hao", "zoe"))
MONTH = "2026-03"


def act_for_a_month(simulation: Simulation) -> dict[Count, int]:
    """Do most of what the report counts, and return the counts as added up by hand."""
    rui, shan, tao = (enrol_reviewer(simulation, name) for name in ("rui", "shan", "tao"))
    decide_applications(simulation, rui, shan, tao)
    sanction_users(simulation, rui, shan)
    decide_cases(simulation, rui)
    appeal_decisions(simulation, shan)
    return {
        Count.APPLICATIONS_SUBMITTED: 5,
        Count.APPLICATIONS_GRANTED: 1,
        Count.APPLICATIONS_REJECTED: 2,
        Count.APPLICATIONS_WITHDRAWN: 1,
        Count.INFORMATION_REQUESTED: 1,
        Count.APPEALS_SUBMITTED: 4,  # of 2 applications, a take-down and a sanction
        Count.APPEALS_GRANTED: 2,
        Count.APPEALS_UPHELD: 2,
        Count.CONTENT_TAKEN_DOWN: 1,
        Count.CONTENT_RESTORED: 1,
        Count.CASES_DISMISSED: 2,
        Count.USERS_WARNED: 1,
        Count.USERS_SUSPENDED: 1,
        Count.EMERGENCIES: 1,
        Count.SANCTIONS_LIFTED: 1,
        Count.PROPOSALS_REJECTED: 1,
        Count.OWNERS_RENEWED: 1,
    }


def decide_applications(simulation: Simulation, rui: Caller, shan: Caller, tao: Caller) -> None:
    """Grant one of 5 applications and reject 2, of which an appeal grants one; one is withdrawn, and one answers a question."""
    ports = simulation.review
    lin, mei, yan, hao, zoe = (submit_application(simulation, caller(name)) for name in ("lin", "mei", "yan", "hao", "zoe"))
    create_application(simulation, caller("draft"))
    for reviewer in (rui, shan):
        decide_application(simulation, reviewer, lin)
    for rejected in (mei, yan):
        decide_application(simulation, rui, rejected, approves=False)
    handle_new_changes(simulation, "review")
    for applicant, application in ((MEI, mei), (YAN, yan)):
        key = new_key(applicant, now=simulation.clock.now)
        review.appeal_application(ports, applicant, application.id, key, Reason.CIRCLE_VAGUE, "已写明。")
    decide_application(simulation, shan, mei, approves=False)
    for reviewer in (shan, tao):
        decide_application(simulation, reviewer, yan)
    review.withdraw_application(ports, HAO, hao.id)
    review.claim_application(ports, rui, zoe.id)
    review.request_information(ports, rui, zoe.id, new_key(rui, now=simulation.clock.now), ("plan",), "请补充。")
    review.submit_application(ports, ZOE, zoe.id)
    handle_new_changes(simulation, "review")
    key = new_key(rui, now=simulation.clock.now)
    review.assess_owner(ports, rui, lin.id, key, AssessmentOutcome.RENEW, "好。")


def appeal_decisions(simulation: Simulation, shan: Caller) -> None:
    """Appeal the take-down, which another reviewer grants, and the suspension, which that reviewer upholds."""
    ports, author, two = simulation.review, caller("author"), caller("two")
    handle_new_changes(simulation, "review")
    (taken_down,) = review.list_take_downs(ports, author, PageRequest(5)).items
    review.appeal_take_down(ports, author, taken_down.id, new_key(author, now=simulation.clock.now), "是我自己的原创。")
    (appeal,) = review.list_appeals(ports, shan, PageRequest(5)).items
    review.decide_appeal(ports, shan, appeal.id, AppealOutcome.GRANTED, "确为原创。")
    review.appeal_sanction(ports, two, new_key(two, now=simulation.clock.now), "误会。")
    (appeal,) = review.list_appeals(ports, enrol_reviewer(simulation, "wen"), PageRequest(5)).items
    review.decide_appeal(ports, enrol_reviewer(simulation, "wen"), appeal.id, AppealOutcome.UPHELD, "证据充分。")


def decide_cases(simulation: Simulation, rui: Caller) -> None:
    ports = simulation.review
    for number, outcome in enumerate((CaseOutcome.UPHELD, CaseOutcome.DISMISSED, CaseOutcome.DISMISSED)):
        review.apply_content_reported(ports, note_reported(simulation, caller(f"reporter {number}")))
        (case,) = review.list_cases(ports, rui, PageRequest(5)).items
        violation = Violation.SPAM if outcome is CaseOutcome.UPHELD else None
        review.decide_case(ports, rui, case.id, outcome, f"核实 {number}。", violation=violation)
        simulation.clock.advance(hours=30)


def sanction_users(simulation: Simulation, rui: Caller, shan: Caller) -> None:
    """Warn a user and lift it, suspend one by two reviewers, and reject an emergency."""
    ports = simulation.review

    def impose(name: str, level: SanctionLevel, emergency: bool = False) -> str:
        user_id = caller(name).user_id
        record = review.impose_sanction(
            ports, rui, user_id, level=level, violation=Violation.SPAM, until=None, reason="刷屏", emergency=emergency
        )
        return record.pending.id if record.pending else ""

    impose("one", SanctionLevel.WARNED)
    review.lift_sanction(ports, rui, caller("one").user_id, "误判")
    review.ratify_sanction(ports, shan, caller("two").user_id, impose("two", SanctionLevel.SUSPENDED))
    review.reject_sanction(ports, shan, caller("three").user_id, impose("three", SanctionLevel.SUSPENDED, emergency=True))


def report_of(simulation: Simulation, month: str = MONTH) -> TransparencyReport:
    return review.get_transparency_report(simulation.review, month)


def entries_of_the_log(simulation: Simulation) -> Counter[tuple[str, str]]:
    """Return the number of entries in the audit log, by kind of chain and action."""
    assert isinstance(simulation.review_table, MemoryTable)
    items = [item for item in simulation.review_table.all_items() if item["pk"].startswith("AUDIT#")]
    return Counter((item["pk"].rpartition("|")[2], AuditEntry(*json.loads(item["entry"])).action) for item in items)


def test_r20_the_counts_are_those_of_a_month_counted_by_hand() -> None:
    simulation = Simulation()
    by_hand = act_for_a_month(simulation)
    handle_new_changes(simulation, "review")
    assert report_of(simulation).counts == {count: by_hand.get(count, 0) for count in Count}


def test_r20_the_counts_are_the_entries_of_the_audit_log() -> None:
    simulation = Simulation()
    act_for_a_month(simulation)
    handle_new_changes(simulation, "review")
    log, counts = entries_of_the_log(simulation), report_of(simulation).counts
    plain: Counter[Count] = Counter()
    for kind, rules in COUNTED.items():
        for action, rule in rules.items():
            if isinstance(rule, Count):
                plain[rule] += log[kind, action]
    derived = {count: counts[count] - plain[count] for count in plain if counts[count] != plain[count]}
    assert derived.keys() <= {Count.SANCTIONS_LIFTED, Count.APPEALS_UPHELD}
    assert 0 <= derived.get(Count.SANCTIONS_LIFTED, 0) <= log["ACCOUNT_STATUS", "ratified"]
    rejected = counts[Count.APPLICATIONS_REJECTED] + counts[Count.APPEALS_UPHELD]
    assert rejected == log["APPLICATION", "rejected"] + log["APPEAL", "appeal upheld"]
    upheld = counts[Count.CASES_UPHELD] + counts[Count.CONTENT_TAKEN_DOWN]
    assert upheld == log["CASE", "case upheld"]
    sanctioned = sum(counts[count] for count in Count if count.startswith("users_"))
    assert sanctioned == log["ACCOUNT_STATUS", "sanctioned"] + log["ACCOUNT_STATUS", "ratified"]


@pytest.mark.parametrize("cut", [1, 2, 7, 25])
def test_r20_the_counts_are_the_same_when_the_stream_is_delivered_twice_and_cut_differently(cut: int) -> None:
    simulation = Simulation()
    by_hand = act_for_a_month(simulation)
    changes = all_changes(simulation, "review")
    for start in range(0, len(changes), cut):
        handle_changes("review", simulation.review, changes[start : start + cut])
    first = report_of(simulation)
    handle_all_changes(simulation, "review")
    handle_changes("review", simulation.review, all_changes(simulation, "review")[cut // 2 :])
    assert report_of(simulation) == first
    assert {count: number for count, number in first.counts.items() if number} == by_hand


def test_r20_the_counts_can_be_computed_again_from_the_counted_acts() -> None:
    simulation = Simulation()
    act_for_a_month(simulation)
    handle_new_changes(simulation, "review")
    assert isinstance(simulation.review_table, MemoryTable)
    items = simulation.review_table.all_items()
    sums = Counter(name for item in items if item["pk"] == f"COUNTED#{MONTH}" for name in item["counted"])
    (stored,) = (item for item in items if item["pk"] == f"TRANSPARENCY#{MONTH}")
    assert {name: value for name, value in stored.items() if name not in ("pk", "sk")} == sums


def test_r20_an_act_counts_in_the_month_of_its_entry_and_not_of_its_delivery() -> None:
    simulation = Simulation()
    submit_application(simulation, LIN)
    simulation.clock.advance(days=40)
    handle_new_changes(simulation, "review")
    assert report_of(simulation).counts[Count.APPLICATIONS_SUBMITTED] == 1
    assert report_of(simulation, "2026-04").counts[Count.APPLICATIONS_SUBMITTED] == 0


def test_r20_the_report_of_the_current_month_is_not_complete_and_a_later_month_has_none() -> None:
    simulation = Simulation()
    simulation.clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    assert [report_of(simulation, month).is_complete for month in ("2026-10", "2026-11")] == [True, False]
    with pytest.raises(errors.TransparencyReportNotFound):
        report_of(simulation, "2026-12")
    simulation.clock.advance(seconds=1)
    assert [report_of(simulation, month).is_complete for month in ("2026-11", "2026-12")] == [True, False]


def test_r20_a_median_is_a_bound_of_at_least_five_times() -> None:
    simulation = Simulation()
    rui = enrol_reviewer(simulation, "rui")
    for number, hours in enumerate((2, 3, 30, 40, 800)):
        application = submit_application(simulation, caller(f"applicant {number}"))
        assert report_of(simulation).get_median_bound(Process.APPLICATIONS) is None
        simulation.clock.advance(hours=hours)
        decide_application(simulation, rui, application, approves=False)
        handle_new_changes(simulation, "review")
    times = Counter[int]()
    for month in (MONTH, "2026-04"):
        times.update(report_of(simulation, month).times[Process.APPLICATIONS])
    assert times == {4: 2, 48: 2, 0: 1}
    counts = dict.fromkeys(Count, 0)
    report = TransparencyReport(MONTH, True, counts, dict.fromkeys(Process, times))
    assert report.get_median_bound(Process.APPLICATIONS) == 48
    longer = TransparencyReport(MONTH, True, counts, {process: {4: 2, 0: 3} for process in Process})
    assert longer.get_median_bound(Process.CASES) is None
    fewer = TransparencyReport(MONTH, True, counts, {process: {4: 4} for process in Process})
    assert fewer.get_median_bound(Process.CASES) is None


def test_r20_a_time_at_its_bound_is_within_it() -> None:
    simulation = Simulation()
    rui, application = enrol_reviewer(simulation, "rui"), submit_application(simulation, LIN)
    simulation.clock.advance(hours=4)
    review.claim_application(simulation.review, rui, application.id)
    key = new_key(rui, now=simulation.clock.now)
    review.decide_application(simulation.review, rui, application.id, key, decision_input(application, approves=False))
    handle_new_changes(simulation, "review")
    assert report_of(simulation).times[Process.APPLICATIONS] == {4: 1}


def test_r20_a_month_with_many_acts_is_counted_in_one_transaction() -> None:
    entry = AuditEntry(1, "2026-03-01T00:00:00.000Z", "a", "case upheld", "", GENESIS_HASH)
    opened = type("Opened", (), {"opened_at": datetime(2026, 3, 1, tzinfo=UTC) - timedelta(hours=5), "is_taken_down": True})
    acts = [find_act(f"CASE#{number}|CASE", "CASE", entry, opened()) for number in range(25)]
    writes = count_acts([act for act in acts if act])
    assert [isinstance(write, Put) for write in writes] == [True] * 25 + [False]
