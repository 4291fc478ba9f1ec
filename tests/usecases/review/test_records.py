"""Access logs (R12), and personal data: minimal, encrypted and erased (R17)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from services.review import errors
from services.review import usecases as review
from services.review.domain import Application, Content, State
from services.review.repository import applications as repository
from services.shared.security.audit import chain_of, verify_chain
from simulation.memory import MemoryTable
from simulation.setup.applications import (
    CONTENT,
    EVIDENCE,
    OPERATOR,
    application_input,
    decide_application,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller

LIN = caller("lin")


def dump(simulation: Simulation) -> str:
    assert isinstance(simulation.review_table, MemoryTable)
    return json.dumps(simulation.review_table.all_items(), ensure_ascii=False)


def test_r12_access_to_personal_data_is_recorded_in_a_chain_per_reader() -> None:
    simulation = Simulation()
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui")
    for _ in range(3):
        review.get_application(simulation.review, rui, application.id)
    review.get_application(simulation.review, LIN, application.id)  # access to the own application is not recorded
    handle_new_changes(simulation, "review")
    assert isinstance(simulation.review_table, MemoryTable)
    (item,) = (item for item in simulation.review_table.all_items() if item["sk"] == "ACCESS_LOG")
    assert verify_chain(simulation.review_table, item).length == 3
    partition = f"AUDIT#{chain_of(item)}"
    entries = [item["entry"] for item in simulation.review_table.all_items() if item["pk"] == partition]
    assert len(entries) == 3
    assert all(f"read {application.id}" in entry and rui.user_id in entry for entry in entries)


def test_r12_a_reviewer_reads_at_most_sixty_applications_per_hour() -> None:
    """Over all users of the reviewer's identity."""
    simulation = Simulation()
    application, rui = submit_application(simulation, LIN), enrol_reviewer(simulation, "rui", "rui")
    rui_too = enrol_reviewer(simulation, "rui-too", "rui")
    for number in range(60):
        review.get_application(simulation.review, (rui, rui_too)[number % 2], application.id)
    for by in (rui, rui_too):
        with pytest.raises(errors.ReadLimitReached):
            review.get_application(simulation.review, by, application.id)
    review.get_application(simulation.review, enrol_reviewer(simulation, "shan"), application.id)
    simulation.clock.advance(hours=1)
    review.get_application(simulation.review, rui, application.id)


def test_r12_a_clock_set_back_does_not_break_a_chain() -> None:
    simulation = Simulation()
    application = submit_application(simulation, LIN)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), application)
    simulation.clock.advance(minutes=-5)
    after = decide_application(simulation, enrol_reviewer(simulation, "shan"), application)
    handle_new_changes(simulation, "review")
    assert after.state is State.ACTIVE
    assert review.audit_application(simulation.review, OPERATOR, application.id).state == "intact"


# R17


def test_r17_a_dump_of_the_table_contains_no_personal_data() -> None:
    simulation = Simulation()
    submit_application(simulation, LIN)
    rejected = submit_application(simulation, caller("mei"))
    decide_application(simulation, enrol_reviewer(simulation, "rui"), rejected, approves=False)
    handle_new_changes(simulation, "review")
    text = dump(simulation)
    for private in ("林", *EVIDENCE, LIN.user_id + "'s name"):
        assert private not in text
    assert "real_name" not in text


def test_r17_encrypted_data_is_decrypted_only_for_its_application() -> None:
    simulation = Simulation()
    own, other = submit_application(simulation, LIN), submit_application(simulation, caller("mei"))
    _, private = review.get_application(simulation.review, LIN, own.id)
    assert (private.masked_name, private.evidence) == ("林*", EVIDENCE)
    item = simulation.review_table.get(repository.application_key(own.id)) or {}
    simulation.review_table.put({**item, "encrypted_data": other.encrypted_data}, when=None)
    with pytest.raises(AssertionError, match="another context"):
        review.get_application(simulation.review, LIN, own.id)


def end_application(simulation: Simulation, how: str) -> Application:
    first = submit_application(simulation, LIN)
    new = application_input(simulation, LIN, replace(CONTENT, plan="改为每周两次。"))
    first = review.update_application(simulation.review, LIN, first.id, change(first.applicant_version), new)
    if how == "withdrawn":
        return review.withdraw_application(simulation.review, LIN, first.id)
    return decide_application(simulation, enrol_reviewer(simulation, "rui"), first, approves=False)


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_r17_personal_data_is_erased_after_180_days_and_the_chain_stays_valid(how: str) -> None:
    simulation = Simulation()
    after = end_application(simulation, how)
    handle_new_changes(simulation, "review")
    simulation.clock.advance(days=180, seconds=-1)
    assert review.handle_schedule(simulation.review) == 0
    simulation.clock.advance(seconds=1)
    assert [review.handle_schedule(simulation.review) for _ in range(2)] == [1, 0]
    handle_new_changes(simulation, "review")
    erased = repository.load_application(simulation.review_table, after.id).entity
    assert (erased.content, erased.encrypted_data, erased.trail.salt) == (Content(), "", "")
    assert erased.trail.last and erased.trail.last.action == "erased"
    text = dump(simulation)
    for sentence in (CONTENT.resonance, CONTENT.plan, "改为每周两次。", "写得清楚。"):
        assert sentence not in text
    assert review.audit_application(simulation.review, OPERATOR, after.id).state == "intact"


def test_r17_a_granted_application_is_not_erased() -> None:
    simulation = Simulation()
    application: Any = submit_application(simulation, LIN)
    for name in ("rui", "shan"):
        application = decide_application(simulation, enrol_reviewer(simulation, name), application)
    simulation.clock.advance(days=400)
    review.handle_schedule(simulation.review)
    assert repository.load_application(simulation.review_table, application.id).entity.content == application.content


def test_r12_a_read_of_a_user_without_a_sanction_is_recorded_and_limited_too() -> None:
    """That a user has no sanction, and no proposal, is personal data as well."""
    simulation = Simulation()
    rui = enrol_reviewer(simulation, "rui")
    for _ in range(60):
        with pytest.raises(errors.UserNotFound):
            review.get_sanction_record(simulation.review, rui, LIN.user_id)
    with pytest.raises(errors.ReadLimitReached):
        review.get_sanction_record(simulation.review, rui, LIN.user_id)
    assert f"read sanctions of {LIN.user_id}" in dump(simulation)


def test_r5_a_reviewer_does_not_learn_whether_a_sanction_of_their_own_is_proposed() -> None:
    simulation = Simulation()
    rui = enrol_reviewer(simulation, "rui")
    with pytest.raises(errors.ConflictOfInterest):
        review.get_sanction_record(simulation.review, rui, rui.user_id)
