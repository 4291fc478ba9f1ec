"""Emergencies (R15): one reviewer alone acts only upwards, once, and takes nothing from what two decided."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from pydantic import ValidationError

from services.review import errors
from services.review import usecases as review
from services.review.repository import people
from services.review.schemas import SanctionRecordResponse
from services.review.settings import settings
from services.shared.kernel.errors import DomainError
from services.shared.security.account_status import SanctionLevel, account_status_key
from services.shared.security.audit import chain_of, verify_chain
from services.shared.table.items import Query
from simulation.settings import overridden
from simulation.setup.applications import create_application, enrol_reviewer
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.review.causes import verify
from tests.usecases.review.test_sanctions import DAY, LIN, impose, level, ratify, reject


def test_r15_the_replaced_sanction_is_in_force_again_at_24_hours_before_the_schedule_runs() -> None:
    """In what other services and reviewers read. Then the schedule changes nothing of it."""
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.RESTRICTED, days=30)
    ratify(simulation, "shan")
    until = simulation.clock() + 30 * DAY
    impose(simulation, "tao", SanctionLevel.BANNED, emergency=True)
    assert level(simulation) is SanctionLevel.BANNED
    simulation.clock.advance(days=1)
    for _ in range(2):
        record = review.get_sanction_record(simulation.review, enrol_reviewer(simulation, "rui"), LIN.user_id)
        response = SanctionRecordResponse.of(record, simulation.clock())
        assert (level(simulation), response.level, response.until) == (
            SanctionLevel.RESTRICTED,
            SanctionLevel.RESTRICTED,
            until,
        )
        assert (response.reason, response.pending) == ("多次刷屏。", None)
        review.handle_schedule(simulation.review)
    simulation.clock.now = until
    assert level(simulation) is SanctionLevel.NONE


@pytest.mark.parametrize("step", [SanctionLevel.WARNED, SanctionLevel.MUTED, SanctionLevel.BANNED])
def test_r15_an_emergency_does_not_replace_an_equal_or_higher_sanction(step: SanctionLevel) -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.BANNED)
    ratify(simulation, "shan")
    before = simulation.review_table.get(account_status_key(LIN.user_id))
    assert error_code(lambda: impose(simulation, "tao", step, days=0.5, emergency=True)) == "emergency-not-higher"
    assert simulation.review_table.get(account_status_key(LIN.user_id)) == before


def test_r15_a_reviewer_who_rejects_an_own_emergency_cannot_impose_it_again() -> None:
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=True)
    simulation.clock.advance(hours=23, minutes=59)
    reject(simulation, "rui")
    again = partial(impose, simulation, "rui", SanctionLevel.SUSPENDED, emergency=True)
    for _ in range(7):
        assert error_code(again) == "emergency-not-ratified"
        simulation.clock.advance(days=1)
    assert again().pending


def test_r15_a_user_does_not_reject_an_own_pending_sanction_under_any_user() -> None:
    simulation = Simulation()
    create_application(simulation, LIN, identity_id="lin")
    pending = impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=True).pending
    for by in (enrol_reviewer(simulation, "lin", "lin"), enrol_reviewer(simulation, "lin-too", "lin")):
        with pytest.raises(errors.ConflictOfInterest):
            review.reject_sanction(simulation.review, by, LIN.user_id, pending.id)
    assert level(simulation) is SanctionLevel.SUSPENDED


def test_r15_a_person_enrolled_under_two_identities_has_one_emergency() -> None:
    """The link can be as late as the second emergency."""
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=True)
    another = caller("another")
    enrol_reviewer(simulation, "rui-too", another.user_id)
    verify(simulation, caller("rui"), another)
    simulation.clock.advance(days=1)
    for by, identity_id in (("rui-too", another.user_id), ("rui", "")):
        again = partial(impose, simulation, by, SanctionLevel.SUSPENDED, emergency=True, identity_id=identity_id)
        assert error_code(again) == "emergency-not-ratified"
    assert impose(simulation, "tao", SanctionLevel.SUSPENDED, emergency=True).pending


def test_r15_no_setting_lets_one_reviewer_suspend_without_a_pause() -> None:
    for pause in (timedelta(0), timedelta(hours=23)):
        with pytest.raises(ValidationError), overridden(settings, emergency_pause=pause):
            pass
    with pytest.raises(ValidationError), overridden(settings, emergency_period=timedelta(days=7), emergency_pause=DAY):
        pass


@pytest.mark.parametrize("act", ["impose", "an emergency", "lift", "reject"])
@pytest.mark.parametrize("emergency", [True, False])
def test_r12_what_expired_before_an_act_has_an_audit_entry_of_its_own(act: str, emergency: bool) -> None:
    """The schedule can be late: then the act finds the pending sanction, and must not record both in one write."""
    simulation = Simulation()
    impose(simulation, "rui", SanctionLevel.MUTED)
    pending = impose(simulation, "rui", SanctionLevel.SUSPENDED, emergency=emergency).pending
    assert pending
    simulation.clock.advance(days=8)
    by = enrol_reviewer(simulation, "tao")
    acts: dict[str, Callable[[], object]] = {
        "impose": lambda: impose(simulation, "tao", SanctionLevel.WARNED),
        "an emergency": lambda: impose(simulation, "tao", SanctionLevel.BANNED, emergency=True),
        "lift": lambda: review.lift_sanction(simulation.review, by, LIN.user_id, "误判。"),
        "reject": lambda: review.reject_sanction(simulation.review, by, LIN.user_id, pending.id),
    }
    with suppress(DomainError):
        acts[act]()
    handle_new_changes(simulation, "review")
    item = simulation.review_table.get(account_status_key(LIN.user_id), consistent_read=True) or {}
    entries = simulation.review_table.query(Query(pk=f"AUDIT#{chain_of(item)}", limit=10)).items
    actions = [json.loads(entry["entry"])[3] for entry in entries]
    assert verify_chain(simulation.review_table, item).state == "intact", actions
    assert actions[2] == "expired"


def test_r12_a_write_with_two_audit_entries_is_rejected_whatever_made_it() -> None:
    simulation = Simulation()
    loaded = people.load_sanction_record(simulation.review_table, LIN.user_id, simulation.review.new_id)
    trail = loaded.entity.trail
    for number in (1, 2):
        trail = trail.extend(f"act {number}", actor="rui", at=simulation.clock())
    with pytest.raises(RuntimeError, match="one audit entry"):
        loaded.write(simulation.review, replace(loaded.entity, trail=trail))
